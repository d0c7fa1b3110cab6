"""Live candles: each finished bar of one market once, from an exchange that is asked again.

A candle is finished if it was when it was asked for, by the clock of this machine and by that of
the exchange, and the exchange does not say otherwise. Guarantees bars in the order of time with
four prices above zero; the candles between them that the exchange did not give, or not with four
prices, are counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple, Protocol

import pandas as pd

from peak_trade import clock
from peak_trade.exchange.results import COMMITTED, EXCHANGE_TIME, Health, MarketLimits
from peak_trade.runners.bars import PRICE_COLUMNS, Bar, bars_of, timeframe_seconds

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND: Final = timedelta(seconds=1)  # the exchange tells its time in whole ones


class Exchange(Protocol):
    """What a session needs of an exchange client."""

    @property
    def is_sandbox(self) -> bool:
        """Whether the test environment is asked."""

    @property
    def place(self) -> str:
        """The exchange, with the host that is asked if it is not its own."""

    def fetch_ohlcv(
        self, symbol: str, timeframe: str, *, since: datetime | None = ..., limit: int | None = ...
    ) -> pd.DataFrame:
        """Return candles, the last one perhaps not finished."""

    def market_limits(self, symbol: str) -> MarketLimits:
        """Return what an order has to keep."""

    def health(self) -> Health:
        """Return the state of the client."""


class Gap(NamedTuple):
    """Candles that did not come, between two that did."""

    missing: int
    after: datetime
    before: datetime


@dataclass(frozen=True, slots=True)
class News:
    """What one question brought.

    Finished bars, the gaps before and between them, and the bar before them if the exchange has
    changed it since it was given: as it was and as it is.
    """

    bars: Sequence[Bar]
    gaps: Sequence[Gap] = ()
    revised: tuple[Bar, Bar] | None = None


class LiveBars:
    """Each finished candle of one market once, in the order of time.

    `clock_offset` is how far the clock of this machine is ahead of that of the exchange, as far as
    the last answer proves it.
    """

    def __init__(self, exchange: Exchange, symbol: str, timeframe: str) -> None:
        self.clock_offset = timedelta(0)
        self._exchange = exchange
        self._symbol = symbol
        self._timeframe = timeframe
        self._length = timedelta(seconds=timeframe_seconds(timeframe))
        self._last: datetime | None = None
        self._unconfirmed: Bar | None = None

    def first(self, count: int) -> list[Bar]:
        """Return the last `count` finished bars of now, or as many as there are.

        After too few, nothing that was finished before this question is new.
        """
        asked_at = clock.now()
        finished = self._take(self._ask(None, count + 2))
        if finished:
            self._last, self._unconfirmed = finished[-1].time, finished[-1]
        if not finished or len(finished) < count:
            self._last, self._unconfirmed = self._before(asked_at), None
        return finished[max(0, len(finished) - count) :]

    def new(self, most: int | None = None) -> News:
        """Return at most `most` of the bars that have finished since the last one."""
        candles = self._ask(self._last, None)
        revised = self._confirm(candles)
        bars = self._take(candles)[:most]
        gaps = []
        for bar in bars:
            if self._last is not None and bar.time > self._last + self._length:
                missing = -((self._last - bar.time) // self._length) - 1
                gaps.append(Gap(missing, self._last, bar.time))
            self._last, self._unconfirmed = bar.time, bar
        return News(bars, gaps, revised)

    def _before(self, moment: datetime) -> datetime:
        """Return when the last bar began that was finished at a moment."""
        return moment - (moment - _EPOCH) % self._length - self._length

    def _ask(self, since: datetime | None, limit: int | None) -> pd.DataFrame:
        """Return the candles that were finished when they were asked for."""
        asked_at = clock.now()
        candles = self._exchange.fetch_ohlcv(
            self._symbol, self._timeframe, since=since, limit=limit
        )
        told: datetime | None = candles.attrs.get(EXCHANGE_TIME)
        if told is not None:
            behind, ahead = clock.now() - told, asked_at - told - _SECOND
            self.clock_offset = max(ahead, min(behind, timedelta(0)))
        finished_at = asked_at if told is None else min(asked_at, told)
        candles = candles[candles.index <= pd.Timestamp(finished_at - self._length)]
        committed: datetime | None = candles.attrs.get(COMMITTED)
        if committed is None or candles.empty:
            return candles
        last = candles.index[-1]
        is_open = last - self._length <= pd.Timestamp(committed) < last
        return candles.iloc[:-1] if is_open else candles

    def _confirm(self, candles: pd.DataFrame) -> tuple[Bar, Bar] | None:
        """Compare the last bar, once, with what the exchange says of it now."""
        before, self._unconfirmed = self._unconfirmed, None
        if before is None:
            return None
        again = candles[candles.index == pd.Timestamp(before.time)]
        if again.empty:
            self._unconfirmed = before
            return None
        now = next(bars_of(again))
        return (before, now) if str(before) != str(now) else None  # NaN is like NaN

    def _take(self, candles: pd.DataFrame) -> list[Bar]:
        is_usable = (candles[list(PRICE_COLUMNS)] > 0).all(axis="columns")
        is_new = True if self._last is None else candles.index > pd.Timestamp(self._last)
        return list(bars_of(candles[is_usable & is_new]))
