"""Tables that grow while others read them: CSV by appending, Parquet by replacing.

Assumes one writer a file and a column set that never changes. Guarantees that a reader never meets
a half-written Parquet file, and of CSV at most a last line without its end.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from peak_trade.runners.files import append_lines, replace_file
from peak_trade.schemas import Column, Kind

Cell = int | float | bool | str | None
Row = tuple[Cell, ...]

_COPIED_ROWS: Final = 65_536  # rows per group of a Parquet file, held in memory while it is copied


class RowFile(Protocol):
    """A table that grows."""

    def add(self, rows: Sequence[Row]) -> None:
        """Add rows at the end; returns when they are in the file."""


class CsvFile:
    """Appears with a header and its first rows at once, then grows by appending."""

    def __init__(self, path: Path, names: Sequence[str]) -> None:
        self._path = path
        self._names = tuple(names)
        self._is_there = False

    def add(self, rows: Sequence[Row]) -> None:
        """Add rows at the end, in one write."""
        if self._is_there:
            append_lines(self._path, _csv_lines(rows))
            return
        lines = _csv_lines([self._names, *rows])
        replace_file(self._path, lambda draft: draft.write_bytes(lines))
        self._is_there = True


class ParquetFile:
    """Copies the file with the new rows at its end, then replaces it."""

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        self._path = path
        self._schema = pa.schema([(column.name, _arrow_type(column)) for column in columns])

    def add(self, rows: Sequence[Row]) -> None:
        """Add rows at the end, by a new file in the place of the old one."""
        columns = dict(zip(self._schema.names, zip(*rows, strict=True), strict=True))
        table = pa.Table.from_pydict(columns, schema=self._schema)
        replace_file(self._path, lambda draft: self._write(draft, table))

    def _write(self, draft: Path, table: pa.Table) -> None:
        with pq.ParquetWriter(draft, self._schema, compression="snappy") as writer:
            if self._path.exists():
                with pq.ParquetFile(self._path) as before:
                    for batch in before.iter_batches(_COPIED_ROWS):
                        writer.write_batch(batch)
            writer.write_table(table)


def _arrow_type(column: Column) -> pa.DataType:
    if column.kind is Kind.BOOLEAN:
        return pa.bool_()
    if column.kind in {Kind.TIME, Kind.TEXT}:
        return pa.string()
    counts = column.kind is Kind.INTEGER or not column.unit  # a number without a unit is a count
    return pa.int64() if counts else pa.float64()


def _csv_lines(rows: Sequence[Row]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
