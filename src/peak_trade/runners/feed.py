"""The candles of one shadow run: from a file or made up, cut to a span of time.

Guarantees that at least one candle is there and that all can be traded on (four prices above zero);
what was left out is told in `notices`. The candles are read in blocks whenever they are needed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

import pandas as pd

from peak_trade.errors import MarketDataError
from peak_trade.runners.bars import (
    MONTH,
    PRICE_COLUMNS,
    Bar,
    Holes,
    bars_of,
    common_step,
    end_of_bar,
    find_holes,
    timeframe_name,
    timeframe_seconds,
)
from peak_trade.runners.candle_source import CandleSource, open_candles, resampled
from peak_trade.runners.market_data import TRADES_TIMEFRAME
from peak_trade.runners.synthetic import (
    DEFAULT_BARS,
    DEFAULT_SEED,
    DEFAULT_START,
    synthetic_candles,
)

_ROUNDING: Final = 1e-9
"""Part of a price by which one that was adjusted may be above its high."""


@dataclass(frozen=True, slots=True)
class Span:
    """Which candles are traded: those with `start <= time < end`, None: no border.

    `warmup` is the number of candles before them that the strategy sees first; without `start`
    the first ones of the data.
    """

    start: datetime | None = None
    end: datetime | None = None
    warmup: int = 0


_ALL: Final = Span()


@dataclass(frozen=True, slots=True)
class Feed:
    """Candles, their time frame, and where they come from.

    `blocks` reads the candles from the beginning, in blocks of shape (n, 5); `count` is how many
    there are, at least one. `warmup` are those before them that the strategy sees first. `tags` are
    those that every run on them has to carry.
    """

    blocks: Callable[[], Iterable[pd.DataFrame]]
    count: int
    timeframe: str
    source: dict[str, object]
    notices: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    warmup: tuple[Bar, ...] = ()

    @classmethod
    def of(cls, candles: pd.DataFrame, timeframe: str, source: dict[str, object]) -> Feed:
        """Return candles in memory as a feed; all can be traded on."""
        return cls(lambda: [candles], len(candles), timeframe, source)


def file_feed(
    path: Path, timeframe: str | None = None, span: Span = _ALL, resample: str | None = None
) -> Feed:
    """Return the candles of a file, made longer ones if `resample` says so.

    Raises
    ------
    MarketDataError
        If the file cannot be used or no candle is left.
    """
    candles = open_candles(path, timeframe)
    source: dict[str, object] = {"source": "file", "file": path.name}
    if resample is not None:
        source["resampled_from"] = candles.timeframe
        candles = resampled(candles, resample)
    return _cut(candles, source, span)


def synthetic_feed(
    timeframe: str | None = None,
    bars: int | None = None,
    span: Span = _ALL,
    seed: int = DEFAULT_SEED,
    symbol: str = "",
) -> Feed:
    """Return made-up candles from the start on: `bars` of them, or enough for a demonstration."""
    timeframe = timeframe or TRADES_TIMEFRAME
    before = span.warmup * timedelta(seconds=timeframe_seconds(timeframe))
    start = (span.start or DEFAULT_START) - before
    count = (bars or DEFAULT_BARS) + span.warmup
    made = synthetic_candles(timeframe, count, seed=seed, start=start, symbol=symbol)
    source: dict[str, object] = {"source": "synthetic", "seed": seed}
    candles = CandleSource.of("synthetic data", made, timeframe)
    feed = _cut(candles, source, replace(span, start=None))
    notices = ("the candles are synthetic", *feed.notices)
    return replace(feed, tags=("synthetic",), notices=notices)


def _cut(candles: CandleSource, source: dict[str, object], span: Span) -> Feed:
    times, notices = candles.times, list(candles.notices)
    stop = len(times) if span.end is None else int(times.searchsorted(pd.Timestamp(span.end)))
    start = span.warmup if span.start is None else int(times.searchsorted(pd.Timestamp(span.start)))
    if start >= stop:
        raise _nothing(candles)
    first = max(0, start - span.warmup)
    end = end_of_bar(times[stop - 1], candles.timeframe)
    holes = find_holes(times[start:stop], candles.timeframe)
    if holes is not None:
        source = {**source, "missing_candles": holes.missing}
        notices.append(_tell_holes(times[start:stop], candles.timeframe, holes))
    warmup = deque[Bar](maxlen=span.warmup)
    if first < start:
        for block in candles.read(times[first], times[start]):
            warmup.extend(bars_of(block[_is_usable(block)]))
    if span.warmup:
        source = {**source, "warmup_bars": len(warmup)}
    if len(warmup) < span.warmup:
        notices.append(f"{len(warmup)} of {span.warmup} candles to warm up with are there")
    read = partial(candles.read, times[start], end)
    blocks = partial(_usable, read)
    usable, outside = _counted(blocks())
    if not usable:
        raise _nothing(candles)
    if left_out := stop - start - usable:
        notices.append(f"{left_out} candles without four prices above zero are left out")
    notices += outside
    return Feed(blocks, usable, candles.timeframe, source, tuple(notices), warmup=tuple(warmup))


def _nothing(candles: CandleSource) -> MarketDataError:
    times = candles.times
    there = (
        f"whose candles of {candles.timeframe} are from {times[0].isoformat()} to "
        f"{times[-1].isoformat()}"
        if len(times)
        else f"which has no whole candle of {candles.timeframe}"
    )
    return MarketDataError(
        f"{candles.name}, {there}: no candle with four prices above zero in this span of time; "
        "choose other data or times"
    )


def _is_usable(block: pd.DataFrame) -> pd.Series[bool]:
    return (block[list(PRICE_COLUMNS)] > 0).all(axis="columns")


def _counted(blocks: Iterator[pd.DataFrame]) -> tuple[int, list[str]]:
    """Return how many candles there are, and what to tell of prices outside of high and low."""
    count = outside = 0
    first: pd.Timestamp | None = None
    for block in blocks:
        count += len(block)
        slack = _ROUNDING * block["high"]
        body = block[["open", "close"]]
        is_above = body.gt(block["high"] + slack, axis="index")
        is_below = body.lt(block["low"] - slack, axis="index")
        odd = block.index[(is_above | is_below).any(axis="columns")]
        outside += len(odd)
        first = odd[0] if first is None and len(odd) else first
    if first is None:
        return count, []
    told = f"{outside} candles open or close above their high or below their low, the first at "
    return count, [f"{told}{first.isoformat()}; see whether the columns have their right names"]


def _usable(read: Callable[[], Iterator[pd.DataFrame]]) -> Iterator[pd.DataFrame]:
    for block in read():
        yield block[_is_usable(block)]


def _tell_holes(index: pd.DatetimeIndex, timeframe: str, holes: Holes) -> str:
    told = (
        f"{holes.missing} of {len(index) + holes.missing} candles of {timeframe} are missing, in "
        f"{holes.places} holes, the longest of {holes.longest} after {holes.after.isoformat()}"
    )
    step = timeframe_name((common_step(index) or 0) // 1_000_000)
    return (
        told if timeframe in {step, MONTH} else f"{told}; all steps are whole multiples of {step}"
    )
