"""Bars and time frames: the time grid that market data, strategies and runs share.

Assumes candles as `market_data.load_candles` gives them. Guarantees that replayed times only grow.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import chain
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from peak_trade.errors import SettingsError

PRICE_COLUMNS: Final = ("open", "high", "low", "close")
CANDLE_COLUMNS: Final = (*PRICE_COLUMNS, "volume")
BEYOND: Final = 1e30
"""Numbers from here on, or as small, are none of a market; books of them would overflow."""

_UNIT_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
MONTH: Final = "1M"
"""A bar a calendar month; of any other time frame all bars have one length."""
_A_DAY: Final = 86_400_000_000  # microseconds
_LONGEST_MONTH: Final = timedelta(days=31)
_TIMEFRAME: Final = re.compile(r"([1-9][0-9]{0,8})([smhdw])")


class Bar(NamedTuple):
    """One candle. Prices in quote currency, volume in base units (NaN if unknown)."""

    time: datetime
    open: float
    high: float
    low: float
    close: float
    volume: float


def timeframe_seconds(timeframe: str) -> int:
    """Return the length of a bar in seconds.

    Parameters
    ----------
    timeframe
        A number and a unit: `s`, `m` (minutes), `h`, `d` or `w`, such as `1m`, `5m`, `4h`.

    Raises
    ------
    SettingsError
        If the text is no such time frame.
    """
    if timeframe == MONTH:
        raise SettingsError("timeframe '1M': months are read from files alone, choose another")
    match = _TIMEFRAME.fullmatch(timeframe)
    if not match:
        raise SettingsError(f"timeframe {timeframe!r} is not a number and a unit, such as 1m or 4h")
    return int(match[1]) * _UNIT_SECONDS[match[2]]


def timeframe_name(seconds: int) -> str:
    """Return the shortest time frame of that length: 300 gives `5m`."""
    unit = max(
        (unit for unit, length in _UNIT_SECONDS.items() if seconds % length == 0),
        key=_UNIT_SECONDS.__getitem__,
    )
    return f"{seconds // _UNIT_SECONDS[unit]}{unit}"


class Holes(NamedTuple):
    """Candles that are missing: in all, in how many places, in the longest, and after which."""

    missing: int
    places: int
    longest: int
    after: datetime


def check_timeframe(timeframe: str) -> None:
    """Check that a file can have candles of this time frame.

    Raises
    ------
    SettingsError
        If it is no time frame.
    """
    if timeframe != MONTH:
        timeframe_seconds(timeframe)


def begins_of_bars(moments: pd.DatetimeIndex, timeframe: str) -> pd.DatetimeIndex:
    """Return when the bars of these moments begin: whole months, or multiples since 1970."""
    if timeframe == MONTH:
        return moments.tz_localize(None).to_period("M").to_timestamp().tz_localize("UTC")
    width = timeframe_seconds(timeframe) * 1_000_000  # microseconds
    micros = _micros(moments) // width * width
    return pd.DatetimeIndex(pd.to_datetime(micros, unit="us", utc=True))


def end_of_bar(begin: pd.Timestamp, timeframe: str) -> pd.Timestamp:
    """Return when the bar ends that begins then."""
    if timeframe == MONTH:
        return begin + pd.offsets.MonthBegin()
    return begin + pd.Timedelta(seconds=timeframe_seconds(timeframe))


def are_months(index: pd.DatetimeIndex, step: int) -> bool:
    """Tell whether all candles begin with a month; `step` is their common one."""
    return step >= _A_DAY and bool((index == begins_of_bars(index, MONTH)).all())


def _micros(index: pd.DatetimeIndex) -> np.ndarray:
    """Return microseconds since 1970, without a copy of times that are so already."""
    return index.asi8 if index.unit == "us" else index.as_unit("us").asi8


def common_step(index: pd.DatetimeIndex) -> int | None:
    """Return the greatest length, in microseconds, of which every step is a whole multiple.

    None where there are no steps. The index is ascending, without duplicates.
    """
    steps = np.diff(_micros(index))
    return int(np.gcd.reduce(steps)) if len(steps) else None


def find_holes(index: pd.DatetimeIndex, timeframe: str) -> Holes | None:
    """Count the candles that are missing between the first and the last one; None: none is."""
    if timeframe == MONTH:
        missing = np.diff(12 * np.asarray(index.year) + np.asarray(index.month))
    else:
        missing = np.diff(_micros(index))
        missing //= timeframe_seconds(timeframe) * 1_000_000
    missing -= 1
    if not (missing > 0).any():
        return None
    longest = int(missing.argmax())
    return Holes(
        int(missing.sum()),
        int((missing > 0).sum()),
        int(missing[longest]),
        index[longest].to_pydatetime(warn=False),
    )


def bars_of(candles: pd.DataFrame) -> Iterator[Bar]:
    """Return candles, of shape (n, 5) and with an index in UTC, as bars."""
    times = pd.DatetimeIndex(candles.index).to_pydatetime().tolist()
    columns = candles[list(CANDLE_COLUMNS)].to_numpy(dtype=float).T.tolist()
    return map(Bar, times, *columns)


def replay(
    blocks: Callable[[], Iterable[pd.DataFrame]], timeframe: str, *, loop: bool
) -> Iterator[tuple[Bar, bool]]:
    """Yield each candle as a bar, and whether it is the last before the data starts again.

    Parameters
    ----------
    blocks
        Reads the data from its beginning: at least one candle, ascending in time.
    timeframe
        Step of the clock from the last candle to the first one of the next round.
    loop
        Start again at the end, for ever: round k is shifted in time by k times the span of the
        data plus one bar, so that the time of the bars goes on.
    """
    is_month = timeframe == MONTH
    length = _LONGEST_MONTH if is_month else timedelta(seconds=timeframe_seconds(timeframe))
    shift = timedelta(0)
    while True:
        bars = chain.from_iterable(map(bars_of, blocks()))
        first = bar = next(bars)
        for after in bars:
            yield (bar._replace(time=bar.time + shift) if shift else bar), False
            bar = after
        yield (bar._replace(time=bar.time + shift) if shift else bar), loop
        if not loop:
            return
        shift += bar.time - first.time + length
