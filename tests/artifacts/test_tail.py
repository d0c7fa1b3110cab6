"""A file that no longer begins with what was read starts again, in every way a file can change."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from peak_trade.artifacts import events, files, json_lines, tail
from peak_trade.artifacts.events import CsvCursor
from peak_trade.artifacts.json_lines import LinesState
from peak_trade.artifacts.tail import FIRST_BYTES, Cursor, Growth

LINES = [b"%05d,%040d\n" % (number, number) for number in range(2_000)]
"""Many times as much as the first block."""


def consumed(path: Path, data: bytes) -> Cursor:
    """Write a file and return the cursor after all of it, fed in pieces."""
    path.write_bytes(data)
    growth = tail.read_growth(path, None)
    assert isinstance(growth, Growth)
    cursor = growth.cursor
    for block in growth.blocks():
        for line in block.splitlines(keepends=True):
            cursor = cursor.consumed(line)
    return cursor


def rewrite(path: Path, place: int, data: bytes, end: bytes) -> None:
    """Change bytes in place and append some: the same file, and longer."""
    with path.open("r+b") as file:
        file.seek(place)
        file.write(data)
        file.seek(0, 2)
        file.write(end)


@pytest.mark.parametrize("count", [1, 20, len(LINES)])
@pytest.mark.parametrize("where", ["start", "middle of the first block", "end"])
def test_a_file_rewritten_in_place_and_grown_starts_again(
    tmp_path: Path, count: int, where: str
) -> None:
    path = tmp_path / "file"
    data = b"".join(LINES[:count])
    cursor = consumed(path, data)
    middle = min(len(data), FIRST_BYTES) // 2
    place = {"start": 0, "middle of the first block": middle, "end": len(data) - 2}[where]
    rewrite(path, place, b"x", b"more\n")
    growth = tail.read_growth(path, cursor)
    assert isinstance(growth, Growth)
    assert growth.restarted
    assert growth.cursor.offset == 0


@pytest.mark.parametrize("count", [0, 1, 20, len(LINES)])
def test_a_file_that_only_grew_goes_on(tmp_path: Path, count: int) -> None:
    path = tmp_path / "file"
    data = b"".join(LINES[:count])
    cursor = consumed(path, data)
    rewrite(path, 0, b"", b"more\n")
    growth = tail.read_growth(path, cursor)
    assert isinstance(growth, Growth)
    assert not growth.restarted
    assert b"".join(growth.blocks()) == b"more\n"


def test_growth_costs_the_same_however_long_the_file_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    cursor = consumed(path, b"".join(LINES))
    rewrite(path, 0, b"", b"more\n")
    before = files.READ.total
    tail.read_growth(path, cursor)
    assert files.READ.total - before == FIRST_BYTES + tail.GUARD_BYTES


def line_numbers(path: Path) -> Callable[[], list[float]]:
    """Return what reads on in a file of JSON lines and gives the numbers known."""
    state: LinesState[float] = LinesState()

    def look() -> list[float]:
        nonlocal state
        state = json_lines.refresh(path, state, lambda record: record.number("n"))
        assert state.counts.total == len(state.records) + state.read_errors.total
        return state.records

    return look


def test_records_losses_and_counts_of_a_rewritten_file_are_its_own(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("junkjunk\n" + "".join(f'{{"n": {n}}}\n' for n in range(1_000)))
    look = line_numbers(path)
    assert look() == list(range(1_000))
    rewrite(path, 0, b'{"n": 5}', b'{"n": 7}\n')
    assert look() == [5, *range(1_000), 7]
    path.write_text('{"n": 1}\n{"n": 2}\n')
    assert look() == [1, 2]


def test_rows_of_events_rewritten_in_place_are_read_again(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text("step,equity\n" + "".join(f"{n},{100 + n}\n" for n in range(1, 2_000)))
    first = events.read_csv(path, None)
    assert first is not None
    assert isinstance(first.cursor, CsvCursor)
    rewrite(path, len("step,equity\n"), b"1,909\n", b"2000,5\n")
    again = events.read_csv(path, first.cursor)
    assert again is not None
    assert again.restarted
    assert again.table is not None
    assert again.table.num_rows == 2_000
    assert again.table["equity"][0].as_py() == 909
