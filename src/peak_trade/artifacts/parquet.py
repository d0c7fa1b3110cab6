"""Parquet tables within their bounds: looked at before they are decoded, and while they are.

What a file says of itself bounds its rows, columns and values. How long its texts become it does
not say: they are decoded with each different text once, and counted before they are written out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from peak_trade.artifacts.bounds import MAX_COLUMNS, MAX_ROWS, MAX_TEXT_BYTES


class BeyondBoundError(Exception):
    """The table is larger than is read; the message says how."""


def read(stream: BinaryIO, names: Sequence[str] | None, max_cells: int) -> pa.Table:
    """Return the named columns of a table as far as it has them; all without names.

    Raises
    ------
    BeyondBoundError
        If it is beyond a bound.
    pyarrow.ArrowException, OSError, ValueError, KeyError, NotImplementedError
        If it cannot be decoded.
    """
    with pq.ParquetFile(stream) as plain:
        _check(plain.metadata, max_cells)
        wanted = [name for name in plain.schema_arrow.names if not names or name in names]
        texts = [field.name for field in plain.schema_arrow if _is_text(field.type)]
        stream.seek(0)
        with pq.ParquetFile(stream, read_dictionary=texts) as file:
            table = file.read(wanted, use_threads=False)
    room = MAX_TEXT_BYTES
    for column in table.columns:
        for chunk in column.chunks:
            room -= _text_bytes(chunk)
    if room < 0:
        raise BeyondBoundError(f"more than {MAX_TEXT_BYTES} bytes of text")
    return table


def _check(found: pq.FileMetaData, max_cells: int) -> None:
    groups = [found.row_group(place) for place in range(found.num_row_groups)]
    values = sum(
        group.column(place).num_values for group in groups for place in range(group.num_columns)
    )
    if found.num_columns > MAX_COLUMNS:
        raise BeyondBoundError(f"more than {MAX_COLUMNS} columns")
    if found.num_rows > MAX_ROWS:
        raise BeyondBoundError(f"more than {MAX_ROWS} rows")
    if max(values, found.num_rows * found.num_columns) > max_cells:
        raise BeyondBoundError(f"more than {max_cells} cells")
    if sum(group.total_byte_size for group in groups) > 2 * MAX_TEXT_BYTES:
        raise BeyondBoundError(f"more than {2 * MAX_TEXT_BYTES} bytes before they are decoded")


def _is_text(kind: pa.DataType) -> bool:
    return kind in (pa.string(), pa.large_string(), pa.binary(), pa.large_binary())


def _text_bytes(chunk: pa.Array) -> int:
    """Return how many bytes the texts of a column take once they are written out."""
    if not isinstance(chunk, pa.DictionaryArray) or not _is_text(chunk.type.value_type):
        return 0
    lengths = pc.binary_length(chunk.dictionary).take(chunk.indices)
    return int(pc.sum(lengths.cast(pa.int64())).as_py() or 0)
