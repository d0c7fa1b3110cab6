"""Time of a run's last event from the end of its events file, without reading the rest.

Guarantees: the answer equals that of reading the whole file whenever the steps never fall; where
the end of the file cannot tell (steps fall, quotes that may belong to an unseen start), the answer
is `NEEDS_ALL`.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

import pyarrow as pa

from peak_trade.artifacts import cells, csv_rows, events, files, times
from peak_trade.artifacts.csv_rows import Record
from peak_trade.artifacts.memory import sufficing
from peak_trade.derive.freshness import OBSERVED_ROWS, observed_interval
from peak_trade.derive.metrics import StepOrder, floats
from peak_trade.schemas import INSTANT_COLUMN, Kind

END_BYTES: Final = 1 << 13
HEADER_BYTES: Final = 1 << 13
HEADERS: Final = 64
"""Headers that are remembered: runs of one writer have the same."""
_COLUMNS = ("step", "ts_event", "ts_bar")
_PLAIN = re.compile(r"[0-9]{1,15}", re.ASCII)
"""A step as writers write it: no column needs to be made to read it."""


class Answer(Enum):
    """What the end of a file cannot tell."""

    NEEDS_ALL = "the whole file must be read"


NEEDS_ALL: Final = Answer.NEEDS_ALL


class End(NamedTuple):
    """Time of the last event, None without one, and the interval at which rows come.

    The interval is that of the rows that the end holds, at most `OBSERVED_ROWS`.
    """

    last: datetime | None = None
    interval: timedelta | None = None


@sufficing
def end_of(path: Path, size: int, *, paced: bool) -> End | Answer:
    """Return the end of a file of `size` bytes; without `paced`, no interval is looked for.

    Raises
    ------
    UnusableError
        If the file cannot be read.
    """
    if path.suffix == ".csv":
        return _from_csv(path, size, paced=paced)
    return _from_parquet(path, paced=paced)


def end_of_table(table: pa.Table) -> End:
    """Return the same of rows in the order of the run."""
    if table.num_rows == 0:
        return End()
    times = table[INSTANT_COLUMN][-OBSERVED_ROWS:].to_pylist()
    return End(times[-1], observed_interval(times))


def _from_csv(path: Path, size: int, *, paced: bool) -> End | Answer:
    beginning = _bytes(path, 0, min(size, HEADER_BYTES))
    line, newline, data = beginning.partition(b"\n")
    if not newline or not line.strip():
        return NEEDS_ALL
    first = len(line) + 1
    start = max(first, size - END_BYTES)
    if size > HEADER_BYTES:
        data = _bytes(path, start, size)
    if start > first:  # the window begins inside a record
        data = data.partition(b"\n")[2]
        if b'"' in data or b"\n" not in data:
            return NEEDS_ALL
    width, places = _places(line.strip())
    rows = [_pick(record, places) for record in csv_rows.split(data, width, 1)[0]]
    position = _last(rows, whole=start == first)
    if isinstance(position, Answer):
        return position
    if not rows:
        return End()
    newest = rows[-OBSERVED_ROWS:] if paced else []
    interval = observed_interval(_row_time(*row[1:]) for row in newest)
    return End(_row_time(*rows[position][1:]), interval)


@lru_cache(HEADERS)
def _places(header: bytes) -> tuple[int, tuple[int, ...]]:
    """Return how many columns there are, and where those that the end is read from; -1: nowhere."""
    columns = csv_rows.header(header)
    places = (columns.index(name) if name in columns else -1 for name in _COLUMNS)
    return len(columns), tuple(places)


def _bytes(path: Path, start: int, end: int) -> bytes:
    found = files.read_range(path, start, end)
    return found[0] if found else b""


def _pick(record: Record, places: Sequence[int]) -> list[str]:
    text = record[1].decode("utf-8", "replace")
    try:
        row = next(csv.reader(io.StringIO(text, newline=""))) if '"' in text else text.split(",")
    except csv.Error:
        row = []
    return [row[place] if 0 <= place < len(row) else "" for place in places]


def _last(rows: list[list[str]], *, whole: bool) -> int | Answer:
    """Return the position of the last event."""
    known = _steps([row[0] for row in rows])
    position = len(rows) - 1
    if None not in known and any(a > b for a, b in itertools.pairwise(known)):
        if not whole:
            return NEEDS_ALL
        position = max(range(len(rows)), key=lambda index: (known[index], index))
    return position


def _steps(texts: list[str]) -> list[float]:
    if all(map(_PLAIN.fullmatch, texts)):
        return [float(text) for text in texts]
    steps: list[float] = cells.convert(pa.array(texts, pa.string()), Kind.INTEGER)[0].to_pylist()
    return steps


def _row_time(event: str, bar: str) -> datetime | None:
    if (found := times.parse(event)) is not None:
        return found
    texts = pa.array([event, bar], pa.string())
    first, second = cells.convert(texts, Kind.TIME)[0].to_pylist()
    return times.parse(first if first is not None else second)


def _from_parquet(path: Path, *, paced: bool) -> End | Answer:
    try:
        with files.open_binary(path) as stream:
            if stream is None:
                return NEEDS_ALL
            table = events.read_columns(stream, _COLUMNS)
    except events.UnreadableError:
        return NEEDS_ALL
    order = StepOrder().plus(floats(table, "step"))
    if order.unsorted:
        return NEEDS_ALL
    found = end_of_table(table)
    return found if paced else End(found.last)
