"""Trades of a run: free columns, passed on row by row.

CSV types are inferred per column: all integers, else numbers, else booleans, else text; an empty
cell is null. Identifiers are text, and so is a column with a number that would change if it were
read as one: leading zeros, or more than it can hold. Parquet columns have the types of `columns`.
"""

from __future__ import annotations

import io
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from peak_trade.artifacts import csv_rows, events, files, times
from peak_trade.artifacts.bounds import MAX_COLUMNS, MAX_TRADE_CELLS
from peak_trade.artifacts.files import Signature
from peak_trade.artifacts.memory import sufficing
from peak_trade.artifacts.read_errors import (
    NO_READ_ERRORS,
    Counting,
    ReadError,
    ReadErrors,
    unusable,
)
from peak_trade.derive.fills import TIMES
from peak_trade.jsonio import finite
from peak_trade.schemas import TRADES_STEM, is_identifier

_FILES: Final = (f"{TRADES_STEM}.parquet", f"{TRADES_STEM}.csv")
_INTEGER = re.compile(r"[+-]?(0|[1-9]\d{0,14})", re.ASCII)
"""Up to 15 digits, so that every reader of JSON has them exactly."""
_NUMBER = re.compile(
    r"[+-]?((0|[1-9]\d{0,14})(\.\d*)?|\.\d+)(e[+-]?\d+)?|[+-]?(nan|inf|infinity)",
    re.ASCII | re.IGNORECASE,
)
_NO_NUMBERS = {"nan", "inf", "infinity"}
_BOOLEANS = {"True": True, "true": True, "False": False, "false": False}


@dataclass(frozen=True, slots=True)
class Trades:
    """One version of a trades file; `rows` is None if it cannot be read.

    `revision` is given by the store. Without a `signature` the next refresh tries again.
    """

    name: str
    signature: Signature | None
    rows: tuple[dict[str, Any], ...] | None
    read_errors: ReadErrors = NO_READ_ERRORS
    revision: int = 0


def refresh(directory: Path, known: Trades | None) -> Trades | None:
    """Return the run's current trades, the same object if unchanged, None if there is no file."""
    try:
        found = _found(directory)
        if found is None:
            return None
        return known if _is_of(known, found) else _read(directory / found[0], found[1])
    except files.UnusableError as error:
        return _unread(error.file, str(error), known)


def is_same(directory: Path, known: Trades | None) -> bool:
    """Tell whether a refresh would give `known`; no file is opened."""
    try:
        found = _found(directory)
    except files.UnusableError:
        return False
    return known is None if found is None else _is_of(known, found)


def _found(directory: Path) -> tuple[str, Signature] | None:
    for name in _FILES:
        if (seen := files.signature(directory / name)) is not None:
            return name, seen
    return None


def _is_of(known: Trades | None, found: tuple[str, Signature]) -> bool:
    return known is not None and (known.name, known.signature) == found


def _unread(name: str, reason: str, known: Trades | None) -> Trades:
    """Return trades that could not be read just now: the rows known before, and the read error."""
    same = known is not None and known.name == name
    rows, revision = (known.rows, known.revision) if known is not None and same else (None, 0)
    read_errors = NO_READ_ERRORS.plus([unusable(name, reason)])
    found = Trades(name, None, rows, read_errors, revision)
    return known if known is not None and found == known else found


@sufficing
def _read(path: Path, seen: Signature) -> Trades:
    content = files.read_whole(path)
    if content is None:  # it changes just now
        return _unread(path.name, "changing or not readable", None)
    tally = Counting()
    try:
        read = _from_csv if path.suffix == ".csv" else _from_parquet
        rows = read(content[0], path.name, tally)
    except events.UnreadableError as error:
        read_error = ReadError(error.kind, path.name, 0, str(error))
        return Trades(path.name, seen, None, NO_READ_ERRORS.plus([read_error]))
    return Trades(path.name, seen, tuple(map(_with_offset, rows)), tally.found())


def _with_offset(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row whose time has the offset that it means."""
    if not times.have_zone():
        return row
    known = {name: row[name] for name in TIMES if isinstance(row.get(name), str)}
    return row | {name: times.with_offset(text) for name, text in known.items()}


def _from_parquet(data: bytes, file: str, tally: Counting) -> list[dict[str, Any]]:
    table = events.read_plain(io.BytesIO(data), file, tally, MAX_TRADE_CELLS)
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def _from_csv(data: bytes, file: str, tally: Counting) -> list[dict[str, Any]]:
    line, _, _ = data.partition(b"\n")
    width = line.count(b",") + 1
    if width > MAX_COLUMNS or width * data.count(b"\n") > MAX_TRADE_CELLS:
        raise events.TooLargeError(f"more than {MAX_COLUMNS} columns or {MAX_TRADE_CELLS} cells")
    records, _ = csv_rows.split(data, width, 1)
    if not records:
        raise events.UnreadableError
    number, header = records[0]
    columns = csv_rows.header(header)
    csv_rows.tell_of_header(header, file, number, tally)
    cells = csv_rows.parse_records(records[1:], len(columns), file)
    tally.merge(cells.read_errors)
    texts = [column.to_pylist() for column in cells.columns]
    typed = [
        [cell or None for cell in column] if is_identifier(name) else _infer(column)
        for name, column in zip(columns, texts, strict=True)
    ]
    return [dict(zip(columns, row, strict=True)) for row in zip(*typed, strict=True)]


def _infer(cells: list[str]) -> list[Any]:
    filled = [cell for cell in cells if cell]
    if filled and all(_INTEGER.fullmatch(cell) for cell in filled):
        return [int(cell) if cell else None for cell in cells]
    if filled and all(_is_number(cell) for cell in filled):
        return [finite(float(cell)) if cell else None for cell in cells]
    if filled and all(cell in _BOOLEANS for cell in filled):
        return [_BOOLEANS[cell] if cell else None for cell in cells]
    return [cell or None for cell in cells]


def _is_number(cell: str) -> bool:
    return _NUMBER.fullmatch(cell) is not None and (
        math.isfinite(float(cell)) or cell.strip("+-").lower() in _NO_NUMBERS
    )
