"""Parquet tables that grow while others read them, by replacing the file.

Imported where Parquet is asked for alone, as Arrow takes long to load. Guarantees that a reader
never meets a half-written file.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from peak_trade.schemas import Column, Kind
from peak_trade.writing.cells import Row, cell_kind
from peak_trade.writing.files import replace_file

_COPIED_ROWS: Final = 65_536  # rows per group of a Parquet file, held in memory while it is copied

_ARROW: Final = {
    Kind.INTEGER: pa.int64(),
    Kind.NUMBER: pa.float64(),
    Kind.BOOLEAN: pa.bool_(),
    Kind.TIME: pa.string(),
    Kind.TEXT: pa.string(),
}


class ParquetFile:
    """Copies the file with the new rows at its end, then replaces it."""

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        self._path = path
        self._schema = pa.schema([(one.name, _ARROW[cell_kind(one)]) for one in columns])

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
