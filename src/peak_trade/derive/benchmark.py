"""A run beside its symbol, bought at the first price and held: kept up to date per new row.

Assumes rows in the order of the run. Of the rows that have an equity E and a price P (the close,
else the price of the row), the returns from one to the next are r = E / E' - 1 of the run and
b = P / P' - 1 of its symbol. Where one of the four is 0 or below, there are no such returns.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NamedTuple, Self

import numpy as np
import pyarrow as pa

from peak_trade.derive.arrays import Floats, Instants
from peak_trade.derive.downsample import extremes
from peak_trade.derive.metrics import floats
from peak_trade.derive.returns import Moments


class Pair(NamedTuple):
    """Equity and price of one row."""

    equity: float
    price: float


@dataclass(frozen=True, slots=True, eq=False)
class Benchmark:
    """Both of the rows so far."""

    start: Pair | None = None
    last: Pair | None = None
    rows: int = 0
    """Rows with an equity and a price."""
    run: Moments = field(default_factory=Moments)
    """Of r."""
    price: Moments = field(default_factory=Moments)
    """Of b."""
    active: Moments = field(default_factory=Moments)
    """Of r - b."""
    product: float = 0.0
    """Sum of the products of the distances of r and b from their means."""
    broken: bool = False
    """An equity or a price was 0 or below, or had no ratio to the one before."""

    def plus(self, equity: Floats, prices: Floats) -> Self:
        """Return both with further rows."""
        known = np.array((equity, prices))[:, ~(np.isnan(equity) | np.isnan(prices))]
        if not known.size:
            return self
        first, last = Pair(*known[:, 0].tolist()), Pair(*known[:, -1].tolist())
        counted = replace(
            self, start=self.start or first, last=last, rows=self.rows + known.shape[1]
        )
        if self.broken:
            return counted
        whole = known
        if self.last is not None:
            whole = np.concatenate((np.array(self.last).reshape(2, 1), known), axis=1)
        run, price = whole[:, 1:] / whole[:, :-1] - 1
        values = np.array((run, price, run - price))
        if (known <= 0).any() or not np.isfinite(values).all():
            return replace(counted, broken=True)
        return counted.joined(values) if run.size else counted

    def joined(self, values: Floats) -> Self:
        """Return both with further r, b and r - b (Chan, Golub, LeVeque 1979)."""
        n = values.shape[1]
        means = values.sum(axis=1, keepdims=True) / n
        away = values - means
        parts = zip(means.ravel().tolist(), np.square(away).sum(axis=1).tolist(), strict=True)
        run, price, active = (Moments(n, mean, square) for mean, square in parts)
        apart = (run.mean - self.run.mean) * (price.mean - self.price.mean)
        within = float((away[0] * away[1]).sum())
        return replace(
            self,
            run=self.run.joined(run),
            price=self.price.joined(price),
            active=self.active.joined(active),
            product=self.product + within + apart * self.run.n * n / (self.run.n + n),
        )

    @property
    def beta(self) -> float:
        """Covariance of r and b / variance of b; needs prices that vary."""
        return self.product / self.price.square


def closes(table: pa.Table) -> Floats:
    """Return the close of each row, else its price; NaN for none."""
    close = floats(table, "close")
    return np.where(np.isnan(close), floats(table, "price"), close)


def buy_and_hold(equity: Floats, prices: Floats) -> Floats:
    """Return E_0 P / P_0 of each row: what the first equity would be worth, held in the symbol.

    E_0 and P_0 are those of the first row that has both. NaN before it, where a row has no price,
    and everywhere if P_0 is 0 or below.
    """
    known = np.flatnonzero(~(np.isnan(equity) | np.isnan(prices)))
    if not known.size or prices[known[0]] <= 0:
        return np.full(prices.size, np.nan)
    first = known[0]
    with np.errstate(all="ignore"):
        worth = equity[first] * (prices / prices[first])
    worth[:first] = np.nan
    return np.where(np.isfinite(worth), worth, np.nan)


class Held(NamedTuple):
    """The curve of buy and hold for drawing; arrays of the same length."""

    times: Instants
    worth: Floats


def held_curve(worth: Floats, times: Instants, max_points: int) -> Held:
    """Return at most `max_points` of the rows that have a worth and a time, extremes kept."""
    chosen = extremes(np.where(np.isnat(times), np.nan, worth), max_points)
    return Held(times[chosen], worth[chosen])
