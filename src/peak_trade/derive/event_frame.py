"""All events of a run as one pandas frame, for notebooks and models."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from peak_trade.schemas import DERIVED_COLUMNS, EVENT_KINDS, INSTANT_COLUMN, Kind

LARGEST: Final = 2.0**63
"""Whole numbers from here on are no 64-bit integers."""


def events_frame(table: pa.Table, *, shared: bool = False) -> pd.DataFrame:
    """Return all events in the order of the run.

    Index `time`: `ts_event`, else `ts_bar`, as UTC instants (NaT where there is none). Columns:
    those of the file; counts as `Int64`, other numbers as float64, texts as `str`; meanings and
    units are those of `peak_trade.schemas.EVENT_COLUMNS`. A count that is no 64-bit integer makes
    its column float64. A frame that is `shared` lies on read-only memory: see `models.frames.lent`.
    """
    stored = [name for name in table.column_names if name not in DERIVED_COLUMNS]
    columns = {name: _column(name, table[name], writable=not shared) for name in stored}
    return pd.DataFrame(columns, index=event_times(table), copy=False)


def event_times(table: pa.Table) -> pd.DatetimeIndex:
    """Return the times of events as an index `time` in UTC, NaT where there is none."""
    is_known = INSTANT_COLUMN in table.column_names
    values: Any = table[INSTANT_COLUMN].to_pandas() if is_known else [None] * table.num_rows
    return pd.DatetimeIndex(pd.to_datetime(values, utc=True), name="time")


def _column(name: str, cells: pa.ChunkedArray, *, writable: bool) -> Any:
    if pa.types.is_string(cells.type) or pa.types.is_timestamp(cells.type):
        return cells.to_pandas().array  # a series would be aligned with the times, and be lost
    values: Any = np.array(cells.to_numpy())
    values.setflags(write=writable)
    if EVENT_KINDS.get(name) is not Kind.INTEGER or values.dtype.kind != "f":
        return values
    missing = np.isnan(values)
    numbers = np.where(missing, 0.0, values)
    if np.any(np.abs(numbers) >= LARGEST) or np.any(numbers % 1):
        return values
    whole = numbers.astype(np.int64)
    for part in (whole, missing):
        part.setflags(write=writable)
    return pd.arrays.IntegerArray(whole, missing)
