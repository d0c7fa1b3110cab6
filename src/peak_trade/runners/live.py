"""Live candles: each finished bar of one market once, from an exchange that is asked again.

Assumes that the clock of this machine is right to within a second, since it decides which candle
is finished. Guarantees bars in the order of time with four prices above zero.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Protocol

import pandas as pd

from peak_trade import clock
from peak_trade.exchange.results import Health, MarketLimits
from peak_trade.runners.bars import PRICE_COLUMNS, Bar, replay, timeframe_seconds


class Exchange(Protocol):
    """What a session needs of an exchange client."""

    @property
    def is_sandbox(self) -> bool:
        """Whether the test environment is asked."""

    def fetch_ohlcv(
        self, symbol: str, timeframe: str, *, since: datetime | None = ..., limit: int | None = ...
    ) -> pd.DataFrame:
        """Return candles, the last one perhaps not finished."""

    def market_limits(self, symbol: str) -> MarketLimits:
        """Return what an order has to keep."""

    def health(self) -> Health:
        """Return the state of the client."""


class LiveBars:
    """Each finished candle of one market once, in the order of time."""

    def __init__(self, exchange: Exchange, symbol: str, timeframe: str) -> None:
        self._exchange = exchange
        self._symbol = symbol
        self._timeframe = timeframe
        self._length = timedelta(seconds=timeframe_seconds(timeframe))
        self._last: datetime | None = None

    def first(self, count: int) -> list[Bar]:
        """Return the last `count` finished bars of now."""
        finished = list(self._take(self._ask(None, count + 2)))
        return finished[max(0, len(finished) - count) :]

    def new(self) -> Iterator[Bar]:
        """Yield the bars that have finished since the last one."""
        since = None if self._last is None else self._last + self._length
        return self._take(self._ask(since, None))

    def _ask(self, since: datetime | None, limit: int | None) -> pd.DataFrame:
        return self._exchange.fetch_ohlcv(self._symbol, self._timeframe, since=since, limit=limit)

    def _take(self, candles: pd.DataFrame) -> Iterator[Bar]:
        is_usable = (candles[list(PRICE_COLUMNS)] > 0).all(axis="columns")
        is_finished = candles.index <= pd.Timestamp(clock.now() - self._length)
        is_new = True if self._last is None else candles.index > pd.Timestamp(self._last)
        chosen = candles[is_usable & is_finished & is_new]
        if not chosen.empty:
            for bar, _ in replay(chosen, self._timeframe, loop=False):
                self._last = bar.time
                yield bar
