"""Rows as files to take away: CSV and Parquet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from peak_trade import jsonio
from peak_trade.contract.base.route import Raw

CSV_TYPE: Final = "text/csv; charset=utf-8"
PARQUET_TYPE: Final = "application/vnd.apache.parquet"


def filename(name: str, suffix: str) -> str:
    """Return a harmless file name."""
    return f"{re.sub(r'[^A-Za-z0-9._-]', '', name)}.{suffix}"


def called(*parts: str, at: datetime) -> str:
    """Return a name for a file: what is in it, of what, and when it was (UTC)."""
    stamp = at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    return "_".join([*(part for part in parts if part), stamp])


def harmless(cell: str) -> str:
    """Return a text cell that cannot start a spreadsheet formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


# Where `;` separates, what follows it begins a cell, and so does a line of a text: the quotes of a
# cell that does not begin the line mean nothing then.
_BEGIN = re.compile(r'(^|[;\t\r\n])(["\s]*)(?=[=+@-])')


def guarded(cell: str) -> str:
    """Return a text cell of which no part can start a formula, whichever sign separates cells."""
    text = _BEGIN.sub(r"\1\2'", cell)
    return f"'{text}" if text[:1] in {"\t", "\r"} else text


def as_file(
    form: str, rows: Sequence[Mapping[str, Any]], name: str, columns: Sequence[str] | None = None
) -> Raw:
    """Return rows in a form, `csv` or `parquet`; `columns` as for `as_csv`."""
    return as_csv(rows, name, columns) if form == "csv" else rows_as_parquet(rows, name)


def as_csv(
    rows: Sequence[Mapping[str, Any]], name: str, columns: Sequence[str] | None = None
) -> Raw:
    """Return rows as CSV: null is empty, numbers are as JSON has them.

    `columns` are those of a table that may have no row; without them all keys are columns.
    """
    names = columns or list(dict.fromkeys(key for row in rows for key in row))
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow([guarded(column) for column in names])
    for row in rows:
        writer.writerow([_cell(row.get(column)) for column in names])
    return Raw(stream.getvalue().encode(), CSV_TYPE, filename=filename(name, "csv"))


def rows_as_parquet(rows: Sequence[Mapping[str, Any]], name: str) -> Raw:
    """Return rows as Parquet; objects, lists and columns of mixed kinds become JSON text."""
    names = dict.fromkeys(key for row in rows for key in row)
    columns = {key: _column([row.get(key) for row in rows]) for key in names}
    return as_parquet(pa.table(columns), name)


def _column(values: list[Any]) -> pa.Array:
    if not any(isinstance(value, dict | list) for value in values):
        try:
            return pa.array(values)
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
            pass
    return pa.array([None if value is None else jsonio.dumps(value).decode() for value in values])


def as_parquet(table: pa.Table, name: str) -> Raw:
    """Return a table as Parquet."""
    stream = io.BytesIO()
    pq.write_table(table, stream)
    return Raw(stream.getvalue(), PARQUET_TYPE, filename=filename(name, "parquet"))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return guarded(value)
    text = jsonio.dumps(value).decode().strip('"')
    return guarded(text) if isinstance(value, dict | list) else text
