"""Live candles: each finished bar of one market once, from an exchange that is asked again.

A candle is finished if it was when it was asked for, by the clock of this machine and by that of
the exchange, and the exchange does not say otherwise; where it says nothing and has not begun
another one, some seconds later. Guarantees bars in the order of time, with four prices above zero,
open and close between low and high, no volume below zero, that begin at whole multiples of the time
frame; the candles between them that the exchange did not give, or not so, are counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple, Protocol

import pandas as pd

from peak_trade import clock
from peak_trade.exchange.results import COMMITTED, EXCHANGE_TIME, Health, MarketLimits
from peak_trade.runners.bars import BEYOND, PRICE_COLUMNS, Bar, bars_of, timeframe_seconds

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR: Final = timedelta(hours=1)
_SECOND: Final = timedelta(seconds=1)  # the exchange tells its time in whole ones
_SETTLING: Final = timedelta(seconds=5)
"""Time in which an exchange may still add to a candle that is over, if it does not tell."""
_STILL_BARS: Final = 60
_STILL_ANSWERS: Final = 2
"""A market stood still at the start if its newest candle was so many bars old, and so many more
answers end where the first one did: else that was an old answer."""


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
    changed it since it was given: as it was and as it is. `past` are those before them that were
    finished before the first question, and come only now.
    """

    bars: Sequence[Bar]
    gaps: Sequence[Gap] = ()
    past: Sequence[Bar] = ()
    revised: tuple[Bar, Bar] | None = None


class LiveBars:
    """Each finished candle of one market once, in the order of time.

    `clock_bounds` are the least and the most that the clock of this machine is ahead of that of the
    exchange, as the last answer proves them: the longer it travelled, the less.
    """

    def __init__(self, exchange: Exchange, symbol: str, timeframe: str) -> None:
        self.clock_bounds = (timedelta(0), timedelta(0))
        self._exchange = exchange
        self._symbol = symbol
        self._timeframe = timeframe
        self._length = timedelta(seconds=timeframe_seconds(timeframe))
        self._last: datetime | None = None
        self._past_end = _EPOCH
        self._still = 0
        self._finished_at = _EPOCH
        self._unchanged: Bar | None = None

    @property
    def clock_offset(self) -> timedelta:
        """How far the clock of this machine is ahead of that of the exchange, at the least."""
        least, most = self.clock_bounds
        return max(least, min(most, timedelta(0)))

    def first(self, count: int) -> list[Bar]:
        """Return the last `count` finished bars of now, or as many as there are.

        Nothing that was finished before this question is new later, unless more answers agree that
        there was nothing of it yet; after too few it is left out.
        """
        finished = self._take(self._ask(None, count + 2))
        self._past_end = self._before(self._finished_at)
        if finished:
            self._last, self._unchanged = finished[-1].time, finished[-1]
        if not finished or len(finished) < count:
            self._last, self._unchanged = self._past_end, None
        return finished[max(0, len(finished) - count) :]

    def new(self, most: int | None = None) -> News:
        """Return at most `most` of the bars that have finished since the last one."""
        candles = self._ask(self._last, None)
        revised = self._confirm(candles)
        bars = self._take(candles)
        self._note_still(candles, bars)
        past: list[Bar] = []
        if bars and bars[-1].time >= self._past_end:  # else it has no candles of now: a replay
            past = [bar for bar in bars if bar.time <= self._past_end]
        if past:
            self._last, self._unchanged = past[-1].time, past[-1]
        bars, gaps = bars[len(past) :][:most], []
        for bar in bars:
            if self._last is not None and bar.time > self._last + self._length:
                missing = -((self._last - bar.time) // self._length) - 1
                gaps.append(Gap(missing, self._last, bar.time))
            self._last, self._unchanged = bar.time, bar
        return News(bars, gaps, past, revised)

    def _note_still(self, candles: pd.DataFrame, bars: Sequence[Bar]) -> None:
        """Take what comes for new if the market stood still at the start."""
        oldest = pd.Timestamp(self._past_end - _STILL_BARS * self._length)
        self._still += not bars and not candles.empty and candles.index[-1] < oldest
        if self._still == _STILL_ANSWERS:
            self._past_end = _EPOCH

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
            self.clock_bounds = (asked_at - told - _SECOND, clock.now() - told)
        self._finished_at = asked_at if told is None else min(asked_at, told)
        over = candles[candles.index <= pd.Timestamp(self._finished_at - self._length)]
        if over.empty:
            return over
        last, is_newest = over.index[-1], len(over) == len(candles)
        committed: datetime | None = candles.attrs.get(COMMITTED)
        if committed is not None and abs(last - pd.Timestamp(committed)) <= self._length:
            is_open = pd.Timestamp(committed) < last
        else:  # it tells nothing of this candle
            settled_at = last + self._length + min(_SETTLING, self._length)
            is_open = is_newest and pd.Timestamp(self._finished_at) < settled_at
        return over.iloc[:-1] if is_open else over

    def _confirm(self, candles: pd.DataFrame) -> tuple[Bar, Bar] | None:
        """Compare the last bar with what the exchange says of it now; a change is told once."""
        before = self._unchanged
        again = candles[candles.index == pd.Timestamp(before.time)] if before else candles[:0]
        if before is None or again.empty:
            return None
        now = next(bars_of(again))
        if str(before) == str(now):  # NaN is like NaN
            return None
        self._unchanged = None
        return before, now

    def _take(self, candles: pd.DataFrame) -> list[Bar]:
        prices, volume = candles[list(PRICE_COLUMNS)], candles["volume"]
        is_usable = ((prices > 1 / BEYOND) & (prices < BEYOND)).all(axis="columns")
        is_usable &= ~((volume < 0) | (volume >= BEYOND))  # one that is not told is NaN
        is_usable &= candles["low"] <= candles[["open", "close"]].min(axis="columns")
        is_usable &= candles["high"] >= candles[["open", "close"]].max(axis="columns")
        if _HOUR % self._length == timedelta(0):  # of longer ones each exchange has its own grid
            begins = pd.DatetimeIndex(candles.index)
            is_usable &= begins == begins.floor(self._length)
        is_new = True if self._last is None else candles.index > pd.Timestamp(self._last)
        return list(bars_of(candles[is_usable & is_new]))
