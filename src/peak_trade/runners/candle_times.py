"""The time of each row of market data, and the marks of a spreadsheet in it.

Assumes columns of `candle_tables`. Guarantees UTC times of microseconds in the years 1 to 9999.
Numbers that are no unix time (dates without dashes, days of a spreadsheet) and numbers that have
lost their last digits are refused, since rows would silently move or become one.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from peak_trade import clock
from peak_trade.derive.unix_times import (
    LOST_DIGITS,
    UNITS,
    has_lost_digits,
    no_unix_time,
    not_past,
    past_seconds,
)
from peak_trade.errors import MarketDataError
from peak_trade.runners.candle_tables import Table, has_decimal_comma, shown
from peak_trade.schemas import NULL_WORDS

_LATEST: Final = 253_402_300_800.0  # unix seconds of the year 10000
_COARSE: Final = 10_000_000_000  # microseconds that a time with six digits left is rounded to
_DAY: Final = 86_400_000_000  # microseconds
_UNIX_NAMES: Final = ("time", "open_time", "timestamp", "unix")
"""Names of columns that may hold unix times; in any other column those are refused."""
_DATE: Final = "date"
"""A column of days, beside which `time` is a time of day."""


def times(table: Table) -> pd.Series[pd.Timestamp]:
    """Return the time of each row in UTC; NaT where the cell is empty.

    Raises
    ------
    MarketDataError
        If a cell is no time, or no longer the time it was.
    """
    named = next((name for name in _UNIX_NAMES if name in table.columns), None)
    column = named or str(table.columns.columns[0])
    cells = table.columns[column]
    if isinstance(cells.dtype, (pd.DatetimeTZDtype, np.dtypes.DateTime64DType)):
        return pd.to_datetime(cells, utc=True).dt.as_unit("us")
    text = cells.astype(str).str.strip()
    empty = cells.isna() | text.isin(NULL_WORDS)
    numbers = pd.to_numeric(text, errors="coerce")
    seconds = _seconds(numbers)
    is_unix = seconds.notna() & (seconds.abs() < _LATEST)
    if is_unix.any():
        _check_numbers(table, column, text, seconds.where(is_unix), is_unix=named is not None)
    stamps = pd.to_datetime(text.mask(is_unix), utc=True, format="ISO8601", errors="coerce")
    micros = (seconds[is_unix] * 1e6).round().astype("int64")
    stamps = stamps.dt.as_unit("us")
    stamps[is_unix] = pd.to_datetime(micros, unit="us", utc=True)
    bad = (stamps.isna() & ~empty).to_numpy()
    if bad.any():
        row = int(bad.argmax())
        hint = " (its decimal sign is a comma)" if has_decimal_comma(text.iloc[row]) else ""
        mend = "write ISO 8601, or unix seconds in a column 'time'"
        if column != _DATE and _DATE in table.columns:
            mend = f"write date and time of day as one ISO 8601 time, not also in column '{_DATE}'"
        raise MarketDataError(
            f"{table.place(row, column)}: {shown(text.iloc[row])} is not a time{hint}; {mend}"
        )
    _check_rounding(f"{table.file}, column '{column}'", micros.to_numpy())
    return stamps


def _seconds(numbers: pd.Series[float]) -> pd.Series[float]:
    """Return unix seconds of times in seconds, milliseconds, microseconds or nanoseconds."""
    seconds = numbers
    for first, count in reversed(UNITS):
        seconds = seconds.where(numbers.abs() < first, numbers / count)
    return seconds


def _check_numbers(
    table: Table, column: str, text: pd.Series[str], seconds: pd.Series[float], *, is_unix: bool
) -> None:
    """Refuse plain numbers that are something else than unix times."""
    now = clock.now()
    earliest, latest = past_seconds(now)
    is_odd = ((seconds < earliest) | (seconds >= latest)).to_numpy()
    row = int((is_odd if is_odd.any() else seconds.notna().to_numpy()).argmax())
    number = float(text.iloc[row])
    if named := no_unix_time(text.iloc[row], number, now) or (is_unix and not_past(number, now)):
        raise MarketDataError(f"{table.place(row, column)}: {shown(text.iloc[row])} is {named}")
    if not is_unix:
        raise MarketDataError(
            f"{table.place(row, column)}: {shown(text.iloc[row])} is a plain number; write ISO "
            "8601 times, or name the column 'time' if it holds unix seconds"
        )
    short = text[text.str.contains("e", case=False) & seconds.notna()]
    for place_of_cell, cell in short.items():
        if has_lost_digits(cell):
            place = table.place(int(str(place_of_cell)), column)
            raise MarketDataError(f"{place}: {shown(cell)}: {LOST_DIGITS}")


def _check_rounding(place: str, micros: np.ndarray) -> None:
    """Refuse times that all end in zeros, which steps of no market do."""
    if len(micros) < 2 or (micros % _COARSE).any() or not (micros % _DAY).any():
        return
    raise MarketDataError(f"{place}: {LOST_DIGITS}")
