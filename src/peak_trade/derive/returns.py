"""Returns of a run from one event to the next, kept up to date per new row.

Assumes rows in the order of the run. The return of a row is E / E' - 1, where E' is the equity of
the row before that has one; the first one, the start equity, is the base of the first return. A
run whose equity is 0 or below at some event has no such returns: `broken` names the event.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field, replace
from math import floor, nan, sqrt
from typing import Final, Self

import numpy as np

from peak_trade.derive.arrays import Floats

RECENT: Final = 4096
"""New values that are kept beside the sorted ones before they are merged into them."""


def _none() -> Floats:
    return np.array([], dtype=np.float64)


def _merged(left: Floats, right: Floats) -> Floats:
    """Return sorted values of two sorted ones; stable is quick where most of them are sorted."""
    if not left.size:
        return right
    return np.sort(np.concatenate((left, right)), kind="stable")


@dataclass(frozen=True, slots=True, eq=False)
class Ordered:
    """Values by size: many in `known` and a few in `recent`, both sorted.

    To add a value costs what the few cost; the many are merged once in `RECENT` values.
    """

    known: Floats = field(default_factory=_none)
    recent: Floats = field(default_factory=_none)

    @property
    def n(self) -> int:
        """Number of values."""
        return self.known.size + self.recent.size

    def plus(self, values: Floats) -> Ordered:
        """Return these values with others among them."""
        recent = _merged(self.recent, np.sort(values))
        if recent.size <= RECENT:
            return Ordered(self.known, recent)
        return Ordered(_merged(self.known, recent), _none())

    def below(self, value: float) -> int:
        """Return how many values are below this one."""
        return int(np.searchsorted(self.known, value) + np.searchsorted(self.recent, value))

    def _few_of(self, count: int) -> int:
        """Return how many of the `count` smallest values are among the recent ones."""

        def rank(few: int) -> int:
            return int(np.searchsorted(self.known, self.recent[few], "right")) + few

        return bisect_left(range(self.recent.size), count, key=rank)

    def quantile(self, q: float) -> float:
        """Return the quantile q, interpolated between the two values that it lies between."""
        exact = q * (self.n - 1)
        place = floor(exact)
        few = self._few_of(place + 1)
        many = place + 1 - few
        low = max(float(part[n - 1]) for part, n in ((self.known, many), (self.recent, few)) if n)
        above = ((self.known, many), (self.recent, few))
        high = min((float(part[n]) for part, n in above if n < part.size), default=low)
        return low + (high - low) * (exact - place)

    def mean_of_smallest(self, count: int) -> float:
        """Return the mean of the `count` smallest values, `count` > 0."""
        few = self._few_of(count)
        return float(self.known[: count - few].sum() + self.recent[:few].sum()) / count


@dataclass(frozen=True, slots=True)
class Moments:
    """Mean and spread of values: those of the parts are those of the whole, up to rounding."""

    n: int = 0
    mean: float = 0.0
    square: float = 0.0
    """Sum of the squared distances from the mean."""

    def plus(self, values: Floats) -> Moments:
        """Return the moments with other values added."""
        if not values.size:
            return self
        mean = float(values.sum()) / values.size
        return self.joined(Moments(values.size, mean, float(np.square(values - mean).sum())))

    def joined(self, other: Moments) -> Moments:
        """Return the moments of the values of both (Chan, Golub, LeVeque 1979)."""
        if not self.n:  # infinite distances times none are no number
            return other
        n, apart = self.n + other.n, other.mean - self.mean
        return Moments(
            n,
            self.mean + apart * other.n / n,
            self.square + other.square + apart * apart * self.n * other.n / n,
        )

    @property
    def deviation(self) -> float:
        """Standard deviation of a sample (n - 1); NaN of fewer than two values."""
        return sqrt(self.square / (self.n - 1)) if self.n > 1 else nan

    @property
    def flat(self) -> bool:
        """All values are the same, up to rounding."""
        return not self.deviation > 1e-12 * max(abs(self.mean), 1e-3)


@dataclass(frozen=True, slots=True, eq=False)
class Returns:
    """Returns so far, as fractions."""

    start: float | None = None
    last: float | None = None
    rows: int = 0
    """Rows with an equity."""
    mean_equity: float = 0.0
    moments: Moments = field(default_factory=Moments)
    downside: float = 0.0
    """Sum of the squares of the returns below 0."""
    ordered: Ordered = field(default_factory=Ordered)
    broken: int | None = None
    """Position of the first event whose equity is 0 or below, or no ratio to the one before."""

    def plus(self, equity: Floats, first: int) -> Self:
        """Return these with the equity of further rows, of which the first is at `first`."""
        places = np.flatnonzero(~np.isnan(equity))
        known = equity[places]
        if not known.size:
            return self
        start = float(known[0]) if self.start is None else self.start
        rows = self.rows + known.size
        counted = replace(
            self,
            start=start,
            last=float(known[-1]),
            rows=rows,
            mean_equity=self.mean_equity + float((known - self.mean_equity).sum()) / rows,
        )
        if self.broken is not None:
            return counted
        whole = known if self.last is None else np.concatenate(([self.last], known))
        values = whole[1:] / whole[:-1] - 1
        sound = known > 0
        sound[known.size - values.size :] &= np.isfinite(values)
        broken = None if sound.all() else first + int(places[int(sound.argmin())])
        if broken is not None:
            return replace(counted, broken=broken)
        return replace(
            counted,
            moments=self.moments.plus(values),
            downside=self.downside + float(np.square(np.minimum(values, 0)).sum()),
            ordered=self.ordered.plus(values),
        )
