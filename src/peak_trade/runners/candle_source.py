"""Candles that are read again and again in blocks, so that a file of any length fits in memory.

Guarantees ascending times without duplicates. Of a file of candles in the order of time the times
alone are kept, eight bytes a candle, and of its other cells those in the span that is asked for are
understood; trades, JSON and files in another order are kept as candles.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from peak_trade.errors import MarketDataError
from peak_trade.runners.bars import (
    MONTH,
    PRICE_COLUMNS,
    begins_of_bars,
    check_timeframe,
    end_of_bar,
    timeframe_seconds,
)
from peak_trade.runners.candle_files import read_tables
from peak_trade.runners.market_data import (
    NOTICES,
    SKIPPED_LINES,
    TIMEFRAME,
    candle_rows,
    check_timeframe_of,
    gathered,
    is_trades,
    load_candles,
    skipped_lines,
    times_of,
)

_SECONDS_OF_A_DAY: Final = 86_400
_AS_THEY_ARE: Final[Mapping[str, str]] = {name: name for name in PRICE_COLUMNS}

Read = Callable[[pd.Timestamp, pd.Timestamp], Iterator[pd.DataFrame]]
"""Yields the candles from one time on and before another, in blocks of shape (n, 5)."""


@dataclass(frozen=True, slots=True)
class CandleSource:
    """Candles of one market: their times, how to read them, and what to tell of them."""

    name: str
    times: pd.DatetimeIndex
    timeframe: str
    read: Read
    notices: tuple[str, ...] = ()

    @classmethod
    def of(cls, name: str, candles: pd.DataFrame, timeframe: str) -> CandleSource:
        """Return candles in memory as a source; their index ascends."""
        index = pd.DatetimeIndex(candles.index)
        return cls(name, index, timeframe, partial(_cut, candles))


def open_candles(path: Path, timeframe: str | None = None) -> CandleSource:
    """Look through a file of candles or trades.

    Raises
    ------
    MarketDataError
        If it cannot be used; of a long file, errors in cells that are read later are raised then.
    SettingsError
        If `timeframe` is no time frame.
    """
    if timeframe is not None:
        check_timeframe(timeframe)
    known, skipped = array("q"), list[int]()  # grows in place
    for table in read_tables(path):
        moments = times_of(table)
        skipped += skipped_lines(table, moments)
        micros = pd.DatetimeIndex(moments.dropna()).asi8
        if is_trades(table) or (np.diff(np.concatenate([known[-1:], micros])) <= 0).any():
            return _in_memory(path, timeframe)
        known.frombytes(micros.tobytes())
    if not known:
        raise MarketDataError(f"{path.name}: no row with a time; export it again")
    utc = pd.DatetimeTZDtype("us", "UTC")
    index = pd.DatetimeIndex(np.asarray(known), dtype=utc, copy=False)
    found = check_timeframe_of(path.name, index, timeframe)
    return CandleSource(path.name, index, found, partial(_blocks, path), _told(path.name, skipped))


def resampled(source: CandleSource, timeframe: str) -> CandleSource:
    """Return longer candles; a last one whose end the source does not reach is left out.

    Raises
    ------
    MarketDataError
        If the new time frame is no whole multiple of that of the source.
    SettingsError
        If it is no time frame.
    """
    wanted = _SECONDS_OF_A_DAY if timeframe == MONTH else timeframe_seconds(timeframe)
    if source.timeframe == MONTH or wanted % timeframe_seconds(source.timeframe):
        raise MarketDataError(
            f"{source.name}: candles of {timeframe} are no whole multiple of those of "
            f"{source.timeframe} that are there; choose another length to resample to"
        )
    begins = begins_of_bars(source.times, timeframe)
    begins = begins[np.diff(begins.asi8, prepend=-1) != 0]
    told = list(source.notices)
    if len(begins):
        end = end_of_bar(begins[-1], timeframe)
        reached = end_of_bar(source.times[-1], source.timeframe)
        if reached < end:
            begins = begins[:-1]
            told.append(
                f"{source.name}: the last candle of {timeframe} is left out: it ends at "
                f"{end.isoformat()}, the data at {reached.isoformat()}"
            )
    read = partial(_gather, source, timeframe, begins)
    return CandleSource(source.name, begins, timeframe, read, tuple(told))


def _blocks(path: Path, begin: pd.Timestamp, end: pd.Timestamp) -> Iterator[pd.DataFrame]:
    for table in read_tables(path):
        moments = times_of(table)
        inside = np.flatnonzero(((moments >= begin) & (moments < end)).to_numpy())
        if len(inside):
            first, stop = int(inside[0]), int(inside[-1]) + 1
            rows = candle_rows(table.part(first, stop), moments.iloc[first:stop])
            yield rows[rows.index.notna()]
        if (moments >= end).any():
            return


def _cut(candles: pd.DataFrame, begin: pd.Timestamp, end: pd.Timestamp) -> Iterator[pd.DataFrame]:
    yield candles[(candles.index >= begin) & (candles.index < end)]


def _gather(
    source: CandleSource,
    timeframe: str,
    begins: pd.DatetimeIndex,
    begin: pd.Timestamp,
    end: pd.Timestamp,
) -> Iterator[pd.DataFrame]:
    wanted = begins[(begins >= begin) & (begins < end)]
    if wanted.empty:
        return
    held: list[pd.DataFrame] = []
    for block in source.read(wanted[0], end_of_bar(wanted[-1], timeframe)):
        rows = pd.concat([*held, block])
        of_bar = begins_of_bars(pd.DatetimeIndex(rows.index), timeframe)
        is_open = of_bar == of_bar[-1]
        held = [rows[is_open]]
        if not is_open.all():
            yield gathered(rows[~is_open], _AS_THEY_ARE, timeframe)
    if held:
        yield gathered(held[0], _AS_THEY_ARE, timeframe)


def _in_memory(path: Path, timeframe: str | None) -> CandleSource:
    candles = load_candles(path, timeframe)
    source = CandleSource.of(path.name, candles, candles.attrs[TIMEFRAME])
    told = (*candles.attrs[NOTICES], *_told(path.name, candles.attrs[SKIPPED_LINES]))
    return replace(source, notices=told)


def _told(file: str, skipped: Sequence[int]) -> tuple[str, ...]:
    if not skipped:
        return ()
    return (f"{file}: {len(skipped)} lines without a time, first: {skipped[0]}",)
