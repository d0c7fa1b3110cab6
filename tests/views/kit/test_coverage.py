"""What a count of read errors covers, in words."""

from __future__ import annotations

import pytest

from peak_trade import i18n
from peak_trade.contract.base.coverage import read_error_coverage
from peak_trade.store.tally import Coverage, Covered
from peak_trade.views.kit.coverage import coverage, unfinished


@pytest.mark.parametrize(
    ("parts", "short", "whole"),
    [
        (
            ((12, 55), (9, 9), (1, 4)),
            "12/55 runs",
            "in 12 of 55 runs, 9 of 9 alert files and 1 of 4 telemetry logs read so far",
        ),
        (
            ((1200, 1200), (8, 9), (1, 4)),
            "8/9 alert files",
            "in 1,200 of 1,200 runs, 8 of 9 alert files and 1 of 4 telemetry logs read so far",
        ),
        (
            ((0, 0), (9, 9), (1, 4)),
            "1/4 logs",
            "in 0 of 0 runs, 9 of 9 alert files and 1 of 4 telemetry logs read so far",
        ),
        (
            ((55, 55), (9, 9), (4, 4)),
            "",
            "in all of 55 runs, 9 alert files and 4 telemetry logs",
        ),
    ],
)
def test_it_says_how_much_was_read(
    parts: tuple[tuple[int, int], ...], short: str, whole: str
) -> None:
    runs, alert_files, logs = (Covered(*part) for part in parts)
    found = read_error_coverage(Coverage(runs, alert_files, logs))
    assert found["complete"] == (not short)
    assert found["text"] == whole.replace("1,200", "1200")
    assert unfinished(found) == ((short, "read so far") if short else ())
    assert coverage(found) == whole


def test_it_is_said_in_the_language_of_the_page() -> None:
    found = read_error_coverage(Coverage(Covered(1, 1200), Covered(0, 0), Covered(0, 0)))
    i18n.use("de")
    try:
        assert unfinished(found) == ("1/1.200 Läufe", "bisher gelesen")
    finally:
        i18n.use(i18n.DEFAULT)
