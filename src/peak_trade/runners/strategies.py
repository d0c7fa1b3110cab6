"""Strategies: what to hold after each bar, and the table of them.

Assumes bars in time order, without gaps that matter. Guarantees that a signal depends only on bars
seen so far, and that equal bars give equal signals. A strategy is an object with a state; a fresh
one is made for each round of the data.

To add one: subclass `Strategy`, give it `key` and `summary`, and put it into `STRATEGIES`, or keep
it in a file or package of your own (`runners.choosing`).
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, ClassVar, Final, Self

from peak_trade.errors import SettingsError
from peak_trade.runners.bars import Bar

_TIE: Final = 1e-9
"""Averages closer than this fraction of the price are equal (rounding must not make a signal)."""

_SCORE_DIGITS: Final = 9
"""Decimals of a score that are compared with a level, for the same reason."""


@dataclass(slots=True)
class Strategy(ABC):
    """One strategy.

    A signal is the view after a bar: +1 hold the asset, -1 expect it to fall, 0 no view (also
    while there are too few bars). On a spot market both 0 and -1 mean to hold none.
    """

    key: ClassVar[str]
    summary: ClassVar[str]
    ranges: ClassVar[Mapping[str, tuple[float, float]]] = MappingProxyType({})
    """Least and greatest value of settings."""
    indicator_names: ClassVar[tuple[str, ...]] = ()
    """Names of the values of `indicators`; events have them in columns `extra_<name>`."""

    @abstractmethod
    def on_bar(self, bar: Bar) -> int:
        """Take the next finished bar and return the signal: -1, 0 or +1."""

    def indicators(self) -> Sequence[float | None]:
        """Return the values that the last signal came from, in the order of their names."""
        return ()

    def fresh(self) -> Self:
        """Return a strategy with the same settings that has seen no bar."""
        return type(self)(**self.parameters())

    def parameters(self) -> dict[str, Any]:
        """Return the settings of this strategy by name."""
        return {item.name: getattr(self, item.name) for item in fields(self) if item.init}


@dataclass(slots=True)
class MaCrossover(Strategy):
    """Moving-average crossover: +1 while the fast mean of the closes is above the slow one."""

    key: ClassVar[str] = "ma_crossover"
    summary: ClassVar[str] = "long while the fast moving average is above the slow one"

    ranges: ClassVar[Mapping[str, tuple[float, float]]] = {"fast": (1, 99_999), "slow": (2, 10**5)}
    indicator_names: ClassVar[tuple[str, ...]] = ("fast_mean", "slow_mean")

    fast: int = 8
    slow: int = 24
    _closes: deque[float] = field(init=False, repr=False)
    _means: tuple[float | None, float | None] = field(default=(None, None), init=False, repr=False)

    def __post_init__(self) -> None:
        if self.fast >= self.slow:
            raise SettingsError(f"fast {self.fast} is not below slow {self.slow}")
        self._closes = deque(maxlen=self.slow)

    def indicators(self) -> Sequence[float | None]:
        """Return both means."""
        return self._means

    def on_bar(self, bar: Bar) -> int:
        """Take the next finished bar and return the signal."""
        self._closes.append(bar.close)
        if len(self._closes) < self.slow:
            return 0
        closes = list(self._closes)
        self._means = fast, slow = _mean(closes[-self.fast :]), _mean(closes)
        gap = fast - slow
        if abs(gap) <= _TIE * bar.close:
            return 0
        return 1 if gap > 0 else -1


@dataclass(slots=True)
class _Reversion(Strategy):
    """Act against an extreme score, until the score is back at its middle.

    +1 from a score at or below `low` until it reaches `middle`; -1 from one at or above `high`
    until it falls back to `middle`.
    """

    low: ClassVar[float]
    middle: ClassVar[float]
    high: ClassVar[float]

    _signal: int = field(default=0, init=False, repr=False)
    _seen: float | None = field(default=None, init=False, repr=False)

    def indicators(self) -> Sequence[float | None]:
        """Return the score."""
        return (self._seen,)

    def on_bar(self, bar: Bar) -> int:
        """Take the next finished bar and return the signal."""
        self._seen = exact = self._score(bar.close)
        if exact is None:
            return 0
        score = round(exact, _SCORE_DIGITS)
        if score <= self.low:
            self._signal = 1
        elif score >= self.high:
            self._signal = -1
        elif (score - self.middle) * self._signal >= 0:
            self._signal = 0
        return self._signal

    @abstractmethod
    def _score(self, close: float) -> float | None: ...


@dataclass(slots=True)
class RsiReversion(_Reversion):
    """Relative strength index, against extremes: long from 30 to 50.

    RSI = 100 * G / (G + L), with G and L the mean gain and loss a bar, smoothed with factor
    1 / period after a first plain mean (Wilder, New Concepts in Technical Trading Systems, 1978).
    Without any change RSI is 50.
    """

    key: ClassVar[str] = "rsi_reversion"
    summary: ClassVar[str] = "long from an RSI of 30 or less until it is back at 50"
    low: ClassVar[float] = 30.0
    middle: ClassVar[float] = 50.0
    high: ClassVar[float] = 70.0
    ranges: ClassVar[Mapping[str, tuple[float, float]]] = {"period": (1, 10**5)}
    indicator_names: ClassVar[tuple[str, ...]] = ("rsi",)

    period: int = 14
    _last: float | None = field(default=None, init=False, repr=False)
    _changes: int = field(default=0, init=False, repr=False)
    _gain: float = field(default=0.0, init=False, repr=False)
    _loss: float = field(default=0.0, init=False, repr=False)

    def _score(self, close: float) -> float | None:
        last, self._last = self._last, close
        if last is None:
            return None
        self._changes += 1
        weight = 1 / min(self._changes, self.period)
        self._gain += (max(close - last, 0.0) - self._gain) * weight
        self._loss += (max(last - close, 0.0) - self._loss) * weight
        if self._changes < self.period:
            return None
        total = self._gain + self._loss
        return 100 * self._gain / total if total else 50.0


@dataclass(slots=True)
class BollingerBands(_Reversion):
    """Bollinger bands, against extremes: long from the lower band to the mean.

    The score is (close - mean) / standard deviation over the last `period` closes, population
    form (Bollinger, Bollinger on Bollinger Bands, 2001). Without any movement it is 0.
    """

    key: ClassVar[str] = "bollinger_bands"
    summary: ClassVar[str] = "long from the lower Bollinger band until the mean is reached"
    low: ClassVar[float] = -2.0
    middle: ClassVar[float] = 0.0
    high: ClassVar[float] = 2.0
    ranges: ClassVar[Mapping[str, tuple[float, float]]] = {"period": (2, 10**5)}
    indicator_names: ClassVar[tuple[str, ...]] = ("deviations",)

    period: int = 20
    _closes: deque[float] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._closes = deque(maxlen=self.period)

    def _score(self, close: float) -> float | None:
        self._closes.append(close)
        if len(self._closes) < self.period:
            return None
        mean = _mean(self._closes)
        deviation = math.sqrt(_mean([(value - mean) ** 2 for value in self._closes]))
        return (close - mean) / deviation if deviation > _TIE * close else 0.0


STRATEGIES: Final[dict[str, type[Strategy]]] = {
    strategy.key: strategy for strategy in (MaCrossover, RsiReversion, BollingerBands)
}
"""Every strategy by its key."""


def create_strategy(key: str) -> Strategy:
    """Return a fresh strategy.

    Raises
    ------
    SettingsError
        If there is no strategy with this key; the message names the nearest one.
    """
    if key not in STRATEGIES:
        nearest = get_close_matches(key, STRATEGIES, n=1, cutoff=0.0)[0]
        raise SettingsError(f"no strategy {key!r}; did you mean {nearest!r}?")
    return STRATEGIES[key]()


def _mean(values: list[float] | deque[float]) -> float:
    return math.fsum(values) / len(values)
