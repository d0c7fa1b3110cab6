"""Rows of `events.csv` and `events.parquet`: typed tables of what is new.

A table has the columns of the file (known ones typed as `schemas` says, others as they are) plus
the instants `INSTANT_COLUMN` and `BAR_COLUMN`. Time columns keep the stored text. Guarantees: a
cell that cannot be read is null and counted; rows are in file order.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from peak_trade.artifacts import cells, columns, csv_rows, files, parquet, tail
from peak_trade.artifacts.bounds import MAX_CELLS, MAX_COLUMNS, MAX_LINE_BYTES, MAX_ROWS
from peak_trade.artifacts.csv_rows import Cells
from peak_trade.artifacts.files import Signature
from peak_trade.artifacts.read_errors import NO_READ_ERRORS, Counting, ReadErrors
from peak_trade.errors import is_shortage
from peak_trade.schemas import (
    BAR_COLUMN,
    DERIVED_COLUMNS,
    EVENT_KINDS,
    INSTANT_COLUMN,
    Kind,
    is_identifier,
)

_ROWS_AT_ONCE = 1 << 18
_HEADER = "no name of the first line is a known column; names are separated by commas"


@dataclass(frozen=True, slots=True)
class CsvCursor:
    """How far a CSV file has been read. `columns` is None until the header is complete.

    With `full`, what follows is beyond a bound and not read.
    """

    tail: tail.Cursor
    columns: tuple[str, ...] | None = None
    full: bool = False


@dataclass(frozen=True, slots=True)
class NewRows:
    """What a refresh of an events file found.

    `restarted` says that `table` holds all rows and replaces what was known; else it holds the
    rows that follow it. `table` is None while the file has no header (or no bytes) yet.
    """

    cursor: CsvCursor | Signature
    table: pa.Table | None
    restarted: bool
    read_errors: ReadErrors = NO_READ_ERRORS


@dataclass(slots=True)
class _Reading:
    """A CSV file while it is being read: the cursor, the rows so far, the read errors so far."""

    cursor: CsvCursor
    tables: list[pa.Table] = field(default_factory=list)
    small: list[pa.Table] = field(default_factory=list)
    tally: Counting = field(default_factory=Counting)

    def add(self, table: pa.Table) -> None:
        """Add rows; each is copied once, into a table of many."""
        self.small.append(table)
        if sum(small.num_rows for small in self.small) >= _ROWS_AT_ONCE:
            self.merge()

    def merge(self) -> None:
        """Make one table of the small ones."""
        if self.small:
            self.tables.append(pa.concat_tables(self.small).combine_chunks())
            self.small = []


def read_csv(path: Path, cursor: CsvCursor | None) -> NewRows | None:
    """Return what `path` has gained since `cursor`, or None if nothing has changed.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    """
    growth = tail.read_growth(path, cursor.tail if cursor else None)
    if growth is None:
        raise FileNotFoundError(path.name)
    if isinstance(growth, tail.Cursor):
        return None
    known = cursor
    if known is None or growth.restarted or (known.full and known.columns is None):
        known = CsvCursor(growth.cursor)
    # while no line has ended, nothing that was told of it is certain
    anew = growth.restarted or not growth.cursor.offset
    reading = _Reading(replace(known, tail=growth.cursor))
    rest = b""
    for block in growth.blocks():
        if reading.cursor.full:
            break
        rest = _feed(reading, rest + block, path.name)
    columns = reading.cursor.columns
    if not reading.cursor.tail.offset and tail.has_returns_alone(rest):
        reading.tally.add("bad_row", path.name, 1, tail.RETURNS)
    table = None
    if columns is not None:
        reading.merge()
        empty = event_schema(columns).empty_table()
        table = pa.concat_tables(reading.tables) if reading.tables else empty
    return NewRows(reading.cursor, table, anew, reading.tally.found())


def _feed(reading: _Reading, data: bytes, file: str) -> bytes:
    """Consume the complete records of `data`; return the rest."""
    if reading.cursor.tail.skipping:
        data = _skip(reading, data)
    if reading.cursor.columns is None:
        data = _take_header(reading, data, file)
    line = reading.cursor.tail.lines + 1
    if len(data) > MAX_LINE_BYTES and b"\n" not in data:
        reading.tally.add("line_too_long", file, line, f"longer than {MAX_LINE_BYTES} bytes")
        return _skip(reading, data)
    columns = reading.cursor.columns
    if columns is None or reading.cursor.full:
        return data
    rows = reading.cursor.tail.lines + data.count(b"\n")
    if rows > MAX_ROWS or rows * len(columns) > MAX_CELLS:
        _stop(reading, file, line, "more rows or cells than are read; those after them are not")
        return data
    types = [cells.TYPES[EVENT_KINDS.get(name, Kind.TEXT)] for name in columns]
    parsed, used = csv_rows.parse_block(data, types, line, file)
    if used:
        table = _typed(parsed, columns, file, reading.tally)
        reading.add(table)
        cursor = reading.cursor
        reading.cursor = replace(cursor, tail=cursor.tail.consumed(data[:used]))
    return data[used:]


def _skip(reading: _Reading, data: bytes) -> bytes:
    cursor, rest = reading.cursor.tail.skipped(data)
    reading.cursor = replace(reading.cursor, tail=cursor)
    return rest


def _stop(reading: _Reading, file: str, line: int, reason: str) -> None:
    """Read no more of the file; said once."""
    reading.tally.add("too_large", file, line, reason)
    reading.cursor = replace(reading.cursor, full=True)


def _take_header(reading: _Reading, data: bytes, file: str) -> bytes:
    """Consume blank lines and the header; return the rest."""
    while reading.cursor.columns is None and (end := data.find(b"\n") + 1):
        line, data = data[:end], data[end:]
        number = reading.cursor.tail.lines + 1
        if line.count(b",") >= MAX_COLUMNS:
            _stop(reading, file, number, f"more than {MAX_COLUMNS} columns")
            return data
        names = None
        if record := line.strip():
            names = csv_rows.header(record, set(DERIVED_COLUMNS))
            csv_rows.tell_of_header(record, file, number, reading.tally)
        reading.cursor = CsvCursor(reading.cursor.tail.consumed(line), names)
        if names is not None and not EVENT_KINDS.keys() & set(names):
            reading.tally.add("no_known_column", file, number, _HEADER)
    return data


def _typed(parsed: Cells, columns: Sequence[str], file: str, tally: Counting) -> pa.Table:
    arrays: list[pa.Array] = []
    tally.merge(parsed.read_errors)
    for name, texts in zip(columns, parsed.columns, strict=True):
        array, bad = cells.convert(texts, EVENT_KINDS.get(name, Kind.TEXT))
        tally.add_lines("bad_cell", file, [parsed.lines[at] for at in bad], f"column {name}")
        arrays.append(array)
    table = pa.table(arrays, event_schema(columns, instants=False))
    return _with_instants(table, parsed.lines, file, tally)


def event_schema(columns: Sequence[str], *, instants: bool = True) -> pa.Schema:
    """Return the Arrow schema of a CSV file with these columns."""
    fields = [(name, cells.TYPES[EVENT_KINDS.get(name, Kind.TEXT)]) for name in columns]
    derived = [(name, cells.INSTANT) for name in (INSTANT_COLUMN, BAR_COLUMN)]
    return pa.schema([*fields, *derived] if instants else fields)


def _with_instants(table: pa.Table, lines: Sequence[int], file: str, tally: Counting) -> pa.Table:
    """Return a table with its instants, and count the rows of which a time is no time."""
    times = row_times(table)
    row = bar = _instants(times)
    bad = _unreadable(times, row)
    if "ts_bar" in table.column_names and not table["ts_bar"].equals(times):
        own = _instants(table["ts_bar"])
        bad, bar = pc.or_(bad, _unreadable(table["ts_bar"], own)), pc.coalesce(own, row)
    places = cells.positions(bad)
    tally.add_lines("bad_cell", file, [lines[at] for at in places], "a time of the row")
    return table.append_column(INSTANT_COLUMN, row).append_column(BAR_COLUMN, bar)


def _unreadable(texts: pa.ChunkedArray, instants: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.and_(pc.is_valid(texts), pc.is_null(instants))


def _instants(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    return pa.chunked_array([cells.instants(chunk) for chunk in texts.chunks], cells.INSTANT)


def row_times(table: pa.Table) -> pa.ChunkedArray:
    """Return the stored time text of each row: `ts_event`, else `ts_bar`, else null."""
    present = [table[name] for name in ("ts_event", "ts_bar") if name in table.column_names]
    if not present:
        return pa.chunked_array([pa.nulls(table.num_rows, pa.string())])
    return present[0] if len(present) == 1 else pc.coalesce(*present)


class UnreadableError(Exception):
    """A file has content that gives no table: half-written, damaged or beyond a bound."""

    kind = "unreadable"

    def __init__(self, reason: str = "half-written or damaged") -> None:
        super().__init__(reason)


class TooLargeError(UnreadableError):
    """A table is beyond a bound."""

    kind = "too_large"


def read_parquet(path: Path, seen: Signature | None) -> NewRows | None:
    """Return all rows of `path`, or None if it has not changed since `seen`.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    UnreadableError
        If the file is half-written, damaged or beyond a bound.
    """
    now = files.signature(path)
    if now is None:
        raise FileNotFoundError(path.name)
    if now == seen:
        return None
    content = files.read_whole(path)
    if content is None:
        raise UnreadableError
    tally = Counting()
    table = _read(io.BytesIO(content[0]), None, lambda raw: _canonical(raw, path.name, tally))
    return NewRows(content[1], table, restarted=True, read_errors=tally.found())


def read_columns(stream: BinaryIO, names: Sequence[str]) -> pa.Table:
    """Return the named columns of a parquet file, as far as it has them, and the row times.

    Raises
    ------
    UnreadableError
        If the file is half-written, damaged or beyond a bound.
    """
    return _read(stream, names, lambda raw: _canonical(raw, "", Counting()))


def read_plain(stream: BinaryIO, file: str, tally: Counting, max_cells: int) -> pa.Table:
    """Return all columns of a parquet file in plain types, and count what was lost.

    Raises
    ------
    UnreadableError
        If the file is half-written, damaged or beyond a bound.
    """
    return _read(stream, None, lambda raw: _plain(raw, file, tally), max_cells)


def _read(
    stream: BinaryIO,
    names: Sequence[str] | None,
    finish: Callable[[pa.Table], pa.Table],
    max_cells: int = MAX_CELLS,
) -> pa.Table:
    try:
        raw = parquet.read(stream, names, max_cells)
        return finish(raw)
    except parquet.BeyondBoundError as error:
        raise TooLargeError(str(error)) from None
    except (pa.ArrowException, OSError, ValueError, KeyError, NotImplementedError) as error:
        if is_shortage(error):  # which says nothing of the file
            raise
        raise UnreadableError from None


def _plain(raw: pa.Table, file: str, tally: Counting) -> pa.Table:
    """Return a table with plain columns, those of a pandas index left out."""
    arrays: list[pa.Array] = []
    names: list[str] = []
    unique = csv_rows.unique_names(raw.column_names, set(DERIVED_COLUMNS))
    for name, column in zip(unique, raw.columns, strict=True):
        if name.startswith("__index_level_"):
            continue
        found = columns.plain(column.combine_chunks(), is_id=is_identifier(name))
        found.count(tally, file, name)
        names.append(name)
        arrays.append(found.array)
    return pa.table(arrays, names=names)


def _canonical(raw: pa.Table, file: str, tally: Counting) -> pa.Table:
    table = _plain(raw, file, tally)
    if not table.column_names:
        nulls = pa.nulls(raw.num_rows, cells.INSTANT)
        return pa.table({INSTANT_COLUMN: nulls, BAR_COLUMN: nulls})
    for place, name in enumerate(table.column_names):
        kind = EVENT_KINDS.get(name)
        if kind is not None:
            array, bad = _known(table[name].combine_chunks(), kind)
            columns.Plain(array, bad).count(tally, file, name)
            table = table.set_column(place, name, array)
    return _with_instants(table, range(1, table.num_rows + 1), file, tally)


def _known(array: pa.Array, kind: Kind) -> tuple[pa.Array, list[int]]:
    """Return a known column in the type of its kind, and the positions of bad values."""
    if pa.types.is_string(array.type):
        return (array, []) if kind is Kind.TEXT else cells.convert(pc.fill_null(array, ""), kind)
    if kind in {Kind.NUMBER, Kind.INTEGER}:
        numbers = cells.finite(pc.cast(array, pa.float64(), safe=False))
        found = cells.quantities(numbers, kind)
        return found, cells.positions(pc.and_(pc.is_valid(numbers), pc.is_null(found)))
    if kind is Kind.TIME:  # a number is no time
        return pa.nulls(len(array), cells.TYPES[kind]), cells.positions(pc.is_valid(array))
    return pc.cast(array, cells.TYPES[kind]), []
