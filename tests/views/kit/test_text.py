"""Numbers and times as text."""

from __future__ import annotations

import contextvars
from collections.abc import Callable

import pytest

from peak_trade import i18n
from peak_trade.views.kit import text


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        *((412.5, "+412.50"), (-1200.0, "-1,200.00"), (0.0, "0.00"), (-0.0, "0.00")),
        *((-0.004, "-0.004"), (0.004, "+0.004"), (1.005001, "+1.01"), (None, "\N{EM DASH}")),
    ],
)
def test_profit_and_loss_have_their_sign_and_zero_has_none(value: float, shown: str) -> None:
    assert text.signed(value, "EUR") == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(9997.0664, "9,997.07"), (-3.0, "-3.00"), (None, "\N{EM DASH}")]
)
def test_amounts(value: float | None, shown: str) -> None:
    assert text.money(value, "EUR") == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(-0.018, "-1.80 %"), (0.0, "0.00 %"), (-0.00001, "0.00 %"), (None, "\N{EM DASH}")],
)
def test_percent(value: float | None, shown: str) -> None:
    assert text.percent(value) == shown


@pytest.mark.parametrize(("value", "shown"), [(-0.004, "0.00"), (-0.0, "0.00"), (-0.006, "-0.01")])
def test_a_ratio_is_no_negative_zero(value: float, shown: str) -> None:
    assert text.statistic(value, "ratio", "") == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        *((0.018, "+1.80 %"), (-0.018, "-1.80 %"), (0.0, "0.00 %"), (0.00001, "0.00 %")),
        (None, "\N{EM DASH}"),
    ],
)
def test_a_return_has_its_sign_and_zero_has_none(value: float | None, shown: str) -> None:
    assert text.gain(value) == shown


@pytest.mark.parametrize(
    ("hours", "shown"),
    [(1, "1 h"), (24, "24 h"), (168, "7 d"), (73, "73 h"), (0.5, "30 min 00 s"), (720, "30 d")],
)
def test_a_chosen_length_has_no_rest_of_nothing(hours: float, shown: str) -> None:
    assert text.length(hours) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.04, "0.04"), (0.0, "0"), (-12.5, "-12.5"), (1e-8, "0.00000001"), (1234.0, "1,234")],
)
def test_a_position_has_as_many_digits_as_it_needs(value: float, shown: str) -> None:
    assert text.size(value) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        *((0, "0 s"), (59, "59 s"), (60, "1 min 00 s"), (3723, "1 h 02 min")),
        *((251999, "2 d 21 h"), (None, "\N{EM DASH}")),
    ],
)
def test_durations_name_their_two_largest_units(seconds: int | None, shown: str) -> None:
    assert text.duration(seconds) == shown


def test_tone_is_for_profit_and_loss_alone() -> None:
    shown = [text.signed(value, "EUR") for value in (1.0, -1.0, 0.0, None)]
    shown += [text.gain(value) for value in (0.0001, -0.0001, 0.00001, -0.00001, None)]
    signs = ["gain", "loss", None, None]
    assert [text.tone(one) for one in shown] == [*signs, *signs, None]


@pytest.mark.parametrize(
    ("shown", "german"),
    [
        (lambda: text.money(9997.0664, "EUR"), "9.997,07"),
        (lambda: text.percent(-0.018), "-1,80 %"),
        (lambda: text.signed(1234.5, "EUR"), "+1.234,50"),
        (lambda: text.latency(1250.0), "1,25 s"),
    ],
)
def test_numbers_are_written_as_the_language_writes_them(
    shown: Callable[[], str], german: str
) -> None:
    assert contextvars.copy_context().run(in_german, shown) == german


def in_german(shown: Callable[[], str]) -> str:
    i18n.use("de")
    return shown()


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan")])
@pytest.mark.parametrize(
    "written",
    [
        *(text.percent, text.gain, text.size, text.duration, text.latency, text.basis_points),
        *(lambda value: text.amount(value, 2), lambda value: text.money(value, "EUR")),
        lambda value: text.signed(value, "EUR"),
    ],
)
def test_beyond_the_range_of_numbers_there_is_none(
    value: float, written: Callable[[float], str]
) -> None:
    assert written(value) == text.NONE
