"""CSV bytes to columns of text cells: comma, `"` quoting, line ends allowed inside quotes.

A record ends at a line end at which the number of quotes seen since its start is even, so records
depend on the bytes alone and not on how the file was cut into blocks. A quote that is not closed
within `MAX_RECORD_BYTES` is an ordinary character of its line; so is one before a line that is
whole by itself, because it has no quotes and as many cells as the header.

Guarantees: each record gives one row or one read error; surplus cells are dropped and missing cells
are empty, both counted. Blocks whose quotes are all around whole cells of one line take a faster
way with the same result: where all cells of a block suit the types of their columns, they are read
as these types at once.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from peak_trade.artifacts.read_errors import Counting
from peak_trade.schemas import FALSE_WORDS, NULL_WORDS, TRUE_WORDS

MAX_RECORD_BYTES = 1 << 16

_QUOTED_CELL = re.compile(rb'"(?<![^,\n]")(?:[^"\n]|""){0,65536}+"(?=[,\n])')
"""A cell in quotes, no longer than what the module `csv` takes; a line may be one of them."""

_LONE_RETURN = re.compile(r"\r(?!\n)")

_CELLS_AT_ONCE = 1_000_000
"""Cells that are held as Python objects at a time."""

_NULLS, _TRUE, _FALSE = sorted(NULL_WORDS), sorted(TRUE_WORDS), sorted(FALSE_WORDS)

Record = tuple[int, bytes]
"""Line number of a record's first line, and its bytes without the line end."""


@dataclass(slots=True)
class Cells:
    """Columns of cells with the line of each row, and read errors.

    A column is text (never null), or has the Arrow type of its kind; null is "no value" there.
    """

    columns: list[pa.Array]
    lines: Sequence[int]
    read_errors: Counting = field(default_factory=Counting)


def split(data: bytes, width: int, first_line: int) -> tuple[list[Record], int]:
    """Return the complete records of `data` and the number of bytes they take.

    `width` is the number of cells of the header.
    """
    records: list[Record] = []
    start, line = 0, first_line
    while (end := _record_end(data, start, width - 1)) is not None:
        record = data[start:end]
        if record.strip():
            records.append((line, record.removesuffix(b"\r")))
        line += record.count(b"\n") + 1
        start = end + 1
    return records, start


def _record_end(data: bytes, start: int, commas: int) -> int | None:
    end = first = data.find(b"\n", start)
    quotes = 0
    position = start
    while end >= 0:
        found = data.count(b'"', position, end)
        if position > start and not found and 0 < commas == data.count(b",", position, end):
            return first
        quotes += found
        if quotes % 2 == 0:
            return end
        position = end + 1
        end = data.find(b"\n", position)
        if (end if end >= 0 else len(data)) - start > MAX_RECORD_BYTES:
            return first
    return None


def header(record: bytes, reserved: AbstractSet[str] = frozenset()) -> tuple[str, ...]:
    """Return the column names of a header record, as `unique_names` gives them."""
    text = record.decode("utf-8-sig", "replace")
    try:
        names = next(csv.reader([text]), [])
    except csv.Error:
        names = text.split(",")
    return unique_names(names, reserved)


def tell_of_header(record: bytes, file: str, line: int, tally: Counting) -> None:
    """Count a header that is no UTF-8: its names have signs in place of what cannot be decoded."""
    try:
        record.decode("utf-8")
    except UnicodeDecodeError:
        tally.add("not_utf8", file, line, "a header with bytes that are not UTF-8")


def unique_names(names: Iterable[str], reserved: AbstractSet[str] = frozenset()) -> tuple[str, ...]:
    """Return trimmed column names that differ from each other and from the reserved ones."""
    unique: dict[str, None] = {}
    for position, raw in enumerate(names, start=1):
        name = raw.strip() or f"column_{position}"
        while name in unique or name in reserved:
            name = f"{name}_{position}"
        unique[name] = None
    return tuple(unique)


def parse_block(
    data: bytes, types: Sequence[pa.DataType], first_line: int, file: str
) -> tuple[Cells, int]:
    """Return the complete records of `data` as cells, and the number of bytes they take.

    `types` are those that the columns should have: text, float64 or boolean.
    """
    end = data.rfind(b"\n") + 1
    whole = data[:end]
    if b"\r" in whole:  # the other way takes one off the end of each record, too
        whole = whole.replace(b"\r\n", b"\n")
    if len(types) > 1 and _is_plain(whole):
        fast = _parse_plain(whole, types, first_line)
        if fast is not None:
            return fast, end
    records, used = split(data, len(types), first_line)
    return parse_records(records, len(types), file), used


def _is_plain(data: bytes) -> bool:
    if len(data) <= MAX_RECORD_BYTES or any(odd in data for odd in (b"\r", b"\x00", b"\n\n")):
        return False
    if data.startswith(b"\n"):  # Arrow would pass over the empty line and not count it
        return False
    return b'"' not in data or b'"' not in _QUOTED_CELL.sub(b"", data)


def _parse_plain(data: bytes, types: Sequence[pa.DataType], first_line: int) -> Cells | None:
    """Return all lines as cells; None if they are not of one width, or not UTF-8."""
    typed = _read(data, types)
    if typed is None or not all(map(_is_finite, typed)):
        typed = _read(data, [pa.string()] * len(types))
    if typed is None:
        return None
    return Cells(typed, range(first_line, first_line + len(typed[0])))


def _read(data: bytes, types: Sequence[pa.DataType]) -> list[pa.Array] | None:
    """Return the columns of plain lines; None if a line or a cell does not suit."""
    names = [str(position) for position in range(len(types))]
    try:
        table = arrow_csv.read_csv(
            io.BytesIO(data),
            read_options=arrow_csv.ReadOptions(column_names=names, block_size=len(data) + 1),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict(zip(names, types, strict=True)),
                null_values=_NULLS,
                true_values=_TRUE,
                false_values=_FALSE,
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid:
        return None
    return [column.combine_chunks() for column in table.columns]


def _is_finite(column: pa.Array) -> bool:
    """Tell whether all numbers of a column are finite: words for others have their own rules."""
    if not pa.types.is_floating(column.type):
        return True
    return pc.all(pc.is_finite(column)).as_py() is not False


def parse_records(records: Sequence[Record], width: int, file: str) -> Cells:
    """Return records as columns of `width` text cells."""
    read_errors = Counting()
    parts: list[list[pa.Array]] = [[pa.array([], pa.string())] for _ in range(width)]
    lines: list[int] = []
    step = max(1, _CELLS_AT_ONCE // max(width, 1))
    for start in range(0, len(records), step):
        rows: list[list[str]] = []
        for line, record in records[start : start + step]:
            for number, cells in _cells(line, record, file, read_errors):
                if len(cells) != width:
                    kind = "surplus_cells" if len(cells) > width else "missing_cells"
                    read_errors.add(kind, file, number, f"{len(cells)} of {width} cells")
                rows.append((cells + [""] * (width - len(cells)))[:width])
                lines.append(number)
        for part, column in zip(parts, zip(*rows, strict=True), strict=bool(rows)):
            part.append(pa.array(column, pa.string()))
    return Cells([pa.concat_arrays(part) for part in parts], lines, read_errors)


def _cells(
    line: int, record: bytes, file: str, read_errors: Counting
) -> list[tuple[int, list[str]]]:
    try:
        text = record.decode("utf-8")
    except UnicodeDecodeError:
        read_errors.add("not_utf8", file, line, "bytes that are not UTF-8")
        return []
    if '"' not in text:
        return [(line, text.split(","))]
    rows: list[tuple[int, list[str]]] = []
    # To the csv module a carriage return alone ends a row; here it is an ordinary character.
    stand_in = next((c for c in map(chr, range(0xE000, 0xF900)) if c not in text), "\r")
    reader = csv.reader(io.StringIO(_LONE_RETURN.sub(stand_in, text), newline=""))
    before = 0
    try:
        for row in reader:  # more than one where stray quotes joined several lines
            rows.append((line + before, [cell.replace(stand_in, "\r") for cell in row]))
            before = reader.line_num
    except csv.Error as error:
        read_errors.add("bad_row", file, line + before, str(error))
    return rows
