"""Statistics of a run's equity: return, risk, drawdown, exposure.

Formulas are those of empyrical, where it has the same, with `bars_per_year` for its annualisation;
sources are named in the table of `derive.statistics`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Final

import numpy as np

from peak_trade.derive.measured import Judged, Measured
from peak_trade.derive.run_facts import YEAR_SECONDS
from peak_trade.i18n import mark

MIN_RETURNS: Final = 20
"""With fewer, one return in twenty is none: the tail that the risk is told from is empty."""
MIN_SPAN: Final = 30 * 86_400.0
"""Seconds that a run must span to say what a year of it would be."""
TAIL: Final = 0.05

NO_EQUITY: Final = mark("no event has an equity")
ONE_EQUITY: Final = mark("only one event has an equity")
NOT_ABOVE_ZERO: Final = mark("equity was 0 or below")
FEW_RETURNS: Final = mark("fewer than 20 returns")
NO_TIMES: Final = mark("no two candles have different times")
SHORT: Final = mark("spans less than 30 days")
FLAT: Final = mark("the returns do not vary")
NO_LOSS: Final = mark("no return is below 0")
NO_FALL: Final = mark("equity never fell below its peak")
NOT_RECOVERED: Final = mark("the peak is not reached again")
NO_POSITION: Final = mark("no event says its position")

Of = Callable[[Judged], Measured]


def start_equity(run: Judged) -> Measured:
    """Return the first equity."""
    start = run.facts.returns.start
    return Measured(start, run.facts.returns.rows, "" if start is not None else NO_EQUITY)


def end_equity(run: Judged) -> Measured:
    """Return the last equity."""
    last = run.facts.returns.last
    return Measured(last, run.facts.returns.rows, "" if last is not None else NO_EQUITY)


def total_return(run: Judged) -> Measured:
    """Return E_n / E_0 - 1."""
    returns = run.facts.returns
    n = max(returns.rows - 1, 0)
    if returns.start is None or returns.last is None:
        return Measured.no(n, NO_EQUITY)
    if returns.rows == 1:
        return Measured.no(n, ONE_EQUITY)
    if returns.start <= 0:
        return Measured.no(n, NOT_ABOVE_ZERO)
    return Measured(returns.last / returns.start - 1, n)


def _of_returns(rule: Of) -> Of:
    """Ask for enough returns, all of a positive equity."""

    @wraps(rule)
    def checked(run: Judged) -> Measured:
        returns = run.facts.returns
        if not returns.rows:
            return Measured.no(0, NO_EQUITY)
        if returns.broken is not None:
            return Measured.no(max(returns.rows - 1, 0), NOT_ABOVE_ZERO)
        if returns.moments.n < MIN_RETURNS:
            return Measured.no(returns.moments.n, FEW_RETURNS)
        return rule(run)

    return checked


def _annual(rule: Of) -> Of:
    """Ask for enough returns at known times."""

    @_of_returns
    @wraps(rule)
    def checked(run: Judged) -> Measured:
        if run.facts.pace.bars_per_year is None:
            return Measured.no(run.facts.returns.moments.n, NO_TIMES)
        return rule(run)

    return checked


def _year(run: Judged) -> float:
    return run.facts.pace.bars_per_year or np.nan


@_annual
def cagr(run: Judged) -> Measured:
    """Return (E_n / E_0)^(a year / the span) - 1."""
    returns, n, span = run.facts.returns, run.facts.returns.moments.n, run.facts.pace.span
    if span < MIN_SPAN:
        return Measured.no(n, SHORT)
    growth = (returns.last or np.nan) / (returns.start or np.nan)
    return Measured(float(np.power(growth, YEAR_SECONDS / span)) - 1, n)


@_annual
def volatility(run: Judged) -> Measured:
    """Return s sqrt(bars_per_year), s the standard deviation of the returns (n - 1)."""
    moments = run.facts.returns.moments
    spread = 0.0 if moments.flat else moments.deviation
    return Measured(spread * float(np.sqrt(_year(run))), moments.n)


@_annual
def sharpe(run: Judged) -> Measured:
    """Return mean / s sqrt(bars_per_year), the risk-free rate being 0."""
    moments = run.facts.returns.moments
    if moments.flat:
        return Measured.no(moments.n, FLAT)
    return Measured(moments.mean / moments.deviation * float(np.sqrt(_year(run))), moments.n)


@_annual
def sortino(run: Judged) -> Measured:
    """Return mean bars_per_year / (d sqrt(bars_per_year)), d the root of mean(min(r, 0)^2)."""
    moments, downside = run.facts.returns.moments, run.facts.returns.downside
    if downside <= 0:
        return Measured.no(moments.n, NO_LOSS)
    risk = float(np.sqrt(downside / moments.n * _year(run)))
    return Measured(moments.mean * _year(run) / risk, moments.n)


def calmar(run: Judged) -> Measured:
    """Return CAGR / |deepest drawdown|."""
    grown, deepest = cagr(run), run.facts.falls.deepest
    if grown.value is None:
        return grown
    if deepest is None:
        return Measured.no(grown.n, NO_FALL)
    return Measured(float(grown.value) / abs(deepest.depth), grown.n)


@_of_returns
def value_at_risk(run: Judged) -> Measured:
    """Return the 5 % quantile of the returns, interpolated."""
    ordered = run.facts.returns.ordered
    return Measured(ordered.quantile(TAIL), ordered.n)


@_of_returns
def expected_shortfall(run: Judged) -> Measured:
    """Return the mean of the returns up to the 5 % quantile."""
    ordered = run.facts.returns.ordered
    return Measured(ordered.mean_of_smallest(int((ordered.n - 1) * TAIL) + 1), ordered.n)


def _of_falls(rule: Of) -> Of:
    """Ask for a drawdown."""

    @wraps(rule)
    def checked(run: Judged) -> Measured:
        if not run.facts.falls.n:
            return Measured.no(0, NOT_ABOVE_ZERO if run.facts.returns.rows else NO_EQUITY)
        return rule(run)

    return checked


@_of_falls
def max_drawdown(run: Judged) -> Measured:
    """Return the deepest drawdown, 0 if there was none."""
    deepest = run.facts.falls.deepest
    return Measured(deepest.depth if deepest else 0.0, run.facts.falls.n)


@_of_falls
def drawdown(run: Judged) -> Measured:
    """Return the drawdown at the last equity."""
    now = run.facts.falls.now
    return Measured(now, run.facts.falls.n, "" if now is not None else NOT_ABOVE_ZERO)


@_of_falls
def peak(run: Judged) -> Measured:
    """Return the greatest equity."""
    return Measured(run.facts.falls.peak, run.facts.falls.n)


@_of_falls
def peak_time(run: Judged) -> Measured:
    """Return when the greatest equity was there last."""
    return _moment(run, run.facts.falls.peak_time)


@_of_falls
def ulcer_index(run: Judged) -> Measured:
    """Return the root of the mean squared drawdown."""
    falls = run.facts.falls
    return Measured(float(np.sqrt(falls.squares / falls.n)), falls.n)


def _moment(run: Judged, time: np.datetime64 | None) -> Measured:
    if time is None or np.isnat(time):
        return Measured.no(run.facts.falls.n, NO_TIMES)
    return Measured(time, run.facts.falls.n)


def fall_time(part: str) -> Of:
    """Return the rule of a time of the deepest fall: its begin, trough or recovery."""

    @_of_falls
    def rule(run: Judged) -> Measured:
        deepest = run.facts.falls.deepest
        if deepest is None:
            return Measured.no(run.facts.falls.n, NO_FALL)
        if part == "recovery" and deepest.recovery is None:
            return Measured.no(run.facts.falls.n, NOT_RECOVERED)
        return _moment(run, getattr(deepest, part))

    return rule


def exposure(run: Judged) -> Measured:
    """Return events with a position / events that say which."""
    counts = run.facts.exposure
    if not counts.rows:
        return Measured.no(0, NO_POSITION)
    return Measured(counts.held / counts.rows, counts.rows)
