"""The time of each row of market data, and the marks of a spreadsheet in it.

Assumes columns of `candle_tables`. Guarantees UTC times of microseconds in the years 1 to 9999.
Numbers that are no unix time (dates without dashes, days of a spreadsheet) and numbers that have
lost their last digits are refused, since rows would silently move or become one.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

import numpy as np
import pandas as pd

from peak_trade.errors import MarketDataError
from peak_trade.runners.candle_tables import Table, has_decimal_comma, shown
from peak_trade.schemas import NULL_WORDS

_UNITS: Final = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3))
"""From the first number on a time is counted in units of which the second make a second."""
_LATEST: Final = 253_402_300_800.0  # unix seconds of the year 10000
_COARSE: Final = 10_000_000_000  # microseconds that a time with six digits left is rounded to
_DAY: Final = 86_400_000_000  # microseconds
_DATE_FORMATS: Final = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
_SPREADSHEET_DAYS: Final = (20_000, 80_000)  # the years 1954 to 2119, counted from 1900
_UNIX_NAMES: Final = ("time", "open_time", "timestamp", "unix")
"""Names of columns that may hold unix times; in any other column those are refused."""
_EXPONENT: Final = re.compile(r"[+-]?(\d+)(?:\.(\d*))?e\+?(\d+)", re.IGNORECASE)

LOST_DIGITS: Final = (
    "the times have lost their last digits, as long numbers do in a spreadsheet; export the file "
    "again, and give the time column a number format without decimals before it is saved"
)


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
        _check_numbers(table, column, text, numbers.where(is_unix), is_unix=named is not None)
    stamps = pd.to_datetime(text.mask(is_unix), utc=True, format="ISO8601", errors="coerce")
    micros = (seconds[is_unix] * 1e6).round().astype("int64")
    stamps = stamps.dt.as_unit("us")
    stamps[is_unix] = pd.to_datetime(micros, unit="us", utc=True)
    bad = (stamps.isna() & ~empty).to_numpy()
    if bad.any():
        row = int(bad.argmax())
        hint = " (its decimal sign is a comma)" if has_decimal_comma(text.iloc[row]) else ""
        raise MarketDataError(
            f"{table.place(row, column)}: {shown(text.iloc[row])} is not a time{hint}; write ISO "
            "8601, or unix seconds in a column 'time'"
        )
    _check_rounding(f"{table.file}, column '{column}'", micros.to_numpy())
    return stamps


def _seconds(numbers: pd.Series[float]) -> pd.Series[float]:
    """Return unix seconds of times in seconds, milliseconds, microseconds or nanoseconds."""
    seconds = numbers
    for first, count in reversed(_UNITS):
        seconds = seconds.where(numbers.abs() < first, numbers / count)
    return seconds


def _check_numbers(
    table: Table, column: str, text: pd.Series[str], numbers: pd.Series[float], *, is_unix: bool
) -> None:
    """Refuse plain numbers that are something else than unix times."""
    row = int(numbers.notna().to_numpy().argmax())
    if named := _named(text.iloc[row], numbers.iloc[row]):
        raise MarketDataError(f"{table.place(row, column)}: {shown(text.iloc[row])} is {named}")
    if not is_unix:
        raise MarketDataError(
            f"{table.place(row, column)}: {shown(text.iloc[row])} is a plain number; write ISO "
            "8601 times, or name the column 'time' if it holds unix seconds"
        )
    short = text[text.str.contains("e", case=False) & numbers.notna()]
    for number, cell in short.items():
        if _has_lost_digits(cell):
            place = table.place(int(str(number)), column)
            raise MarketDataError(f"{place}: {shown(cell)}: {LOST_DIGITS}")


def _named(text: str, number: float) -> str | None:
    """Return what a number is that is no unix time, and how to mend it."""
    digits = text.removesuffix(".0")
    if form := _DATE_FORMATS.get(len(digits)):
        try:
            is_date = 1900 <= datetime.strptime(digits, form).year < 2100  # noqa: DTZ007 no instant
        except ValueError:
            is_date = False
        if is_date:
            return "a date without dashes, no unix time; write it as 2026-01-15 or 2026-01-15T18:30"
    if _SPREADSHEET_DAYS[0] <= number < _SPREADSHEET_DAYS[1]:
        return (
            "a day as a spreadsheet counts them, no unix time; give the column a date format such "
            "as 2026-01-15 18:30 before it is saved"
        )
    return None


def _has_lost_digits(cell: str) -> bool:
    """Tell whether the last digit that an exponent leaves is worth more than a second."""
    match = _EXPONENT.fullmatch(cell)
    if not match:
        return False
    last = int(match[3]) - len(match[2] or "")  # power of ten of the last digit
    value = float(cell)
    unit = next((count for first, count in _UNITS if value >= first), 1.0)
    return bool(10.0**last > unit)


def _check_rounding(place: str, micros: np.ndarray) -> None:
    """Refuse times that all end in zeros, which steps of no market do."""
    if len(micros) < 2 or (micros % _COARSE).any() or not (micros % _DAY).any():
        return
    raise MarketDataError(f"{place}: {LOST_DIGITS}")
