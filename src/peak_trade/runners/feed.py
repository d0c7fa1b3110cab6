"""The candles of one shadow run: from a file or made up, cut to a span of time.

Guarantees that at least one candle is there and that all can be traded on (four prices above zero);
what was left out is told in `notices`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pandas as pd

from peak_trade.errors import MarketDataError
from peak_trade.runners.bars import (
    MONTH,
    PRICE_COLUMNS,
    Holes,
    common_step,
    find_holes,
    timeframe_name,
)
from peak_trade.runners.market_data import (
    NOTICES,
    SKIPPED_LINES,
    TIMEFRAME,
    TRADES_TIMEFRAME,
    load_candles,
)
from peak_trade.runners.synthetic import (
    DEFAULT_BARS,
    DEFAULT_SEED,
    DEFAULT_START,
    synthetic_candles,
)


@dataclass(frozen=True, slots=True)
class Feed:
    """Candles of shape (n, 5), n > 0, their time frame, and where they come from.

    `tags` are those that every run on them has to carry.
    """

    candles: pd.DataFrame
    timeframe: str
    source: dict[str, object]
    notices: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


def file_feed(
    path: Path,
    timeframe: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
) -> Feed:
    """Return the candles of a file with `start <= time < end`.

    Raises
    ------
    MarketDataError
        If the file cannot be used or no candle is left.
    """
    candles = load_candles(path, timeframe)
    notices = list(candles.attrs[NOTICES])
    if skipped := candles.attrs[SKIPPED_LINES]:
        notices.append(f"{path.name}: {len(skipped)} lines without a time, first: {skipped[0]}")
    source: dict[str, object] = {"source": "file", "file": path.name}
    return _cut(candles, candles.attrs[TIMEFRAME], source, notices, start, end)


def synthetic_feed(
    timeframe: str | None = None,
    bars: int | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    seed: int = DEFAULT_SEED,
) -> Feed:
    """Return made-up candles from `start` on: `bars` of them, or enough for a demonstration."""
    timeframe = timeframe or TRADES_TIMEFRAME
    candles = synthetic_candles(
        timeframe, bars or DEFAULT_BARS, seed=seed, start=start or DEFAULT_START
    )
    source: dict[str, object] = {"source": "synthetic", "seed": seed}
    feed = _cut(candles, timeframe, source, ["the candles are synthetic"], None, end)
    return replace(feed, tags=("synthetic",))


def _cut(
    candles: pd.DataFrame,
    timeframe: str,
    source: dict[str, object],
    notices: list[str],
    start: datetime | None,
    end: datetime | None,
) -> Feed:
    if start is not None:
        candles = candles[candles.index >= pd.Timestamp(start)]
    if end is not None:
        candles = candles[candles.index < pd.Timestamp(end)]
    holes = find_holes(pd.DatetimeIndex(candles.index), timeframe)
    if holes is not None:
        source = {**source, "missing_candles": holes.missing}
        notices.append(_tell_holes(candles, timeframe, holes))
    usable = candles[(candles[list(PRICE_COLUMNS)] > 0).all(axis="columns")]
    if usable.empty:
        raise MarketDataError(
            f"{source.get('file', 'synthetic data')}: no candle with four prices above zero in "
            "this span of time; choose other data or times"
        )
    if left_out := len(candles) - len(usable):
        notices.append(f"{left_out} candles without four prices above zero are left out")
    return Feed(usable, timeframe, source, tuple(notices))


def _tell_holes(candles: pd.DataFrame, timeframe: str, holes: Holes) -> str:
    index = pd.DatetimeIndex(candles.index)
    told = (
        f"{holes.missing} of {len(index) + holes.missing} candles of {timeframe} are missing, in "
        f"{holes.places} holes, the longest of {holes.longest} after {holes.after.isoformat()}"
    )
    step = timeframe_name((common_step(index) or 0) // 1_000_000)
    return (
        told if timeframe in {step, MONTH} else f"{told}; all steps are whole multiples of {step}"
    )
