"""Statistics of a run against its symbol, bought at the first price and held.

Formulas are those of empyrical, where it has the same; sources are named in the rows.
"""

from __future__ import annotations

from functools import wraps
from typing import Final

import numpy as np

from peak_trade.derive.measured import Judged, Measured, Statistic
from peak_trade.derive.statistics_of_equity import (
    FEW_RETURNS,
    FLAT,
    MIN_RETURNS,
    MIN_SPAN,
    NO_TIMES,
    NOT_ABOVE_ZERO,
    SHORT,
    Of,
)
from peak_trade.i18n import mark

NO_PRICE: Final = mark("no event has an equity and a price")
ONE_PRICE: Final = mark("only one event has an equity and a price")
PRICE_NOT_ABOVE_ZERO: Final = mark("a price was 0 or below")
PRICE_FLAT: Final = mark("the price does not vary")
SAME: Final = mark("the returns are those of the price")


def benchmark_return(run: Judged) -> Measured:
    """Return P_n / P_0 - 1."""
    held = run.facts.benchmark
    n = max(held.rows - 1, 0)
    if held.start is None or held.last is None:
        return Measured.no(n, NO_PRICE)
    if held.rows == 1:
        return Measured.no(n, ONE_PRICE)
    if held.start.price <= 0:
        return Measured.no(n, PRICE_NOT_ABOVE_ZERO)
    return Measured(held.last.price / held.start.price - 1, n)


def _of_pairs(rule: Of) -> Of:
    """Ask for enough pairs of returns, of which those of the price vary."""

    @wraps(rule)
    def checked(run: Judged) -> Measured:
        held = run.facts.benchmark
        if not held.rows:
            return Measured.no(0, NO_PRICE)
        if held.broken:
            broken = run.facts.returns.broken is not None
            return Measured.no(held.rows - 1, NOT_ABOVE_ZERO if broken else PRICE_NOT_ABOVE_ZERO)
        if held.price.n < MIN_RETURNS:
            return Measured.no(held.price.n, FEW_RETURNS)
        if held.price.flat:
            return Measured.no(held.price.n, PRICE_FLAT)
        return rule(run)

    return checked


@_of_pairs
def alpha(run: Judged) -> Measured:
    """Return (1 + mean(r - beta b))^bars_per_year - 1, the risk-free rate being 0."""
    held, pace = run.facts.benchmark, run.facts.pace
    n = held.price.n
    if pace.bars_per_year is None:
        return Measured.no(n, NO_TIMES)
    if pace.span < MIN_SPAN:
        return Measured.no(n, SHORT)
    apart = held.run.mean - held.beta * held.price.mean
    return Measured(float(np.power(1 + apart, pace.bars_per_year)) - 1, n)


@_of_pairs
def beta(run: Judged) -> Measured:
    """Return the covariance of r and b / the variance of b."""
    held = run.facts.benchmark
    return Measured(held.beta, held.price.n)


@_of_pairs
def correlation(run: Judged) -> Measured:
    """Return the covariance of r and b / the product of their standard deviations."""
    held = run.facts.benchmark
    if held.run.flat:
        return Measured.no(held.run.n, FLAT)
    spread = float(np.sqrt(held.run.square) * np.sqrt(held.price.square))
    return Measured(min(max(held.product / spread, -1.0), 1.0), held.run.n)


@_of_pairs
def information_ratio(run: Judged) -> Measured:
    """Return mean(r - b) / s(r - b) sqrt(bars_per_year)."""
    active, year = run.facts.benchmark.active, run.facts.pace.bars_per_year
    if year is None:
        return Measured.no(active.n, NO_TIMES)
    if active.flat:
        return Measured.no(active.n, SAME)
    return Measured(active.mean / active.deviation * float(np.sqrt(year)), active.n)


_FEW: Final = (
    "an equity or a price of 0 or below; fewer than 20 such returns; a price that does not vary"
)

ROWS: Final = (
    Statistic(
        "benchmark_return",
        "benchmark",
        mark("Return of buy and hold"),
        "fraction",
        benchmark_return,
        "`Pₙ / P₀ − 1`",
        "`P₀ ≤ 0`; fewer than two events with an equity and a price",
        "empyrical `cum_returns_final`",
    ),
    Statistic(
        "alpha",
        "benchmark",
        mark("Alpha"),
        "fraction",
        alpha,
        "`(1 + mean(r − β b))^Y − 1`, risk-free rate 0",
        f"{_FEW}; no times; a span under 30 days",
        "Jensen 1968; empyrical `alpha`",
        annualised=True,
    ),
    Statistic(
        "beta",
        "benchmark",
        mark("Beta"),
        "ratio",
        beta,
        "`β = cov(r, b) / var(b)`",
        _FEW,
        "empyrical `beta`",
    ),
    Statistic(
        "correlation",
        "benchmark",
        mark("Correlation"),
        "ratio",
        correlation,
        "`cov(r, b) / (s(r) s(b))`",
        f"{_FEW}; returns that do not vary",
        "Pearson 1895; numpy `corrcoef`",
    ),
    Statistic(
        "information_ratio",
        "benchmark",
        mark("Information ratio"),
        "ratio",
        information_ratio,
        "`mean(r − b) / s(r − b) · √Y`",
        f"{_FEW}; no times; `r − b` does not vary",
        "Goodwin 1998; empyrical `excess_sharpe` · `√Y`",
        annualised=True,
    ),
)
