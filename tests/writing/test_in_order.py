"""Quick ways for who writes without a pause: the same bytes as the others."""

from __future__ import annotations

import csv
import math
import os
from datetime import datetime
from pathlib import Path

import pytest

from peak_trade import clock
from peak_trade.errors import ArtifactError
from peak_trade.writing import RunWriter, TelemetryWriter
from peak_trade.writing.files import iso
from runners.support import EVENT_NAMES, read_lines
from writing.test_writers import SUBJECT, row


def test_cells_in_their_order_are_those_of_a_row_by_names(tmp_path: Path) -> None:
    extra, cells = ("extra_mean",), row(7, price=math.nan, extra_mean=2)
    files = []
    for name in ("named", "ordered"):
        with RunWriter(tmp_path, SUBJECT, name, extra=extra) as writer:
            if name == "named":
                writer.append(cells)
            else:
                ordered = [cells[name] for name in (*EVENT_NAMES, *extra)]
                for wrong in (ordered[:-1], [*ordered, 1.0]):
                    with pytest.raises(ArtifactError, match=f"{len(wrong)} cells, not 23"):
                        writer.append_cells(wrong)
                with pytest.raises(ArtifactError, match="column 'step': 'x' is not a whole number"):
                    writer.append_cells(["x", *ordered[1:]])
                writer.append_cells(ordered)
            assert writer.metrics["steps"] == 1
        files.append((writer.directory / "events.csv").read_bytes())
    assert files[0] == files[1]


NUMBERS = [5e-324, 1e-7, -0.0, 0.1 + 0.2, 1e16, 1.7976931348623157e308, 2**53 + 1, 10**30, -7]


def test_numbers_of_every_magnitude_are_read_back_as_they_were(tmp_path: Path) -> None:
    with RunWriter(tmp_path, SUBJECT, "r", extra=["extra_mean"]) as writer:
        for number in (*NUMBERS, math.nan, math.inf, None):
            writer.append({"signal": 2**63 - 1, "close": number, "extra_mean": number})
    with (writer.directory / "events.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for name in ("price", "close", "extra_mean"):
        assert [row[name] for row in rows[len(NUMBERS) :]] == ["", "", ""]
        found = [float(row[name]) for row in rows[: len(NUMBERS)]]
        assert list(map(repr, found)) == [repr(float(number)) for number in NUMBERS]
    assert {row["signal"] for row in rows} == {str(2**63 - 1)}
    assert {row["risk_allowed"] for row in rows} == {"True"}


def test_the_stamp_of_a_row_is_the_time_with_six_decimals() -> None:
    for _ in range(3):
        begin, stamp, end = clock.now(), clock.stamp(), clock.now()
        moment = datetime.fromisoformat(stamp)
        assert begin <= moment <= end
        assert iso(moment) == stamp


def test_telemetry_of_what_happened_together_is_one_piece(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = TelemetryWriter(tmp_path, "s", SUBJECT)
    lines = [writer.line("error", {"error": str(number)}) for number in range(3)]
    assert not list(tmp_path.iterdir())
    written: list[bytes] = []
    real = os.write

    def write(descriptor: int, data: bytes) -> int:
        written.append(data)
        return real(descriptor, data)

    monkeypatch.setattr(os, "write", write)
    writer.write(lines)
    assert written == [b"".join(lines)]
    assert [line["payload"]["error"] for line in read_lines(tmp_path / "s.jsonl")] == [*"012"]
