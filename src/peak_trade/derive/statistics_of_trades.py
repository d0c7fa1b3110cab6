"""Statistics of a run's fills and closed trades."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Final

import numpy as np

from peak_trade.derive.arrays import Floats
from peak_trade.derive.measured import Judged, Measured
from peak_trade.derive.round_trips import Ledger
from peak_trade.derive.statistics_of_equity import NO_EQUITY, NOT_ABOVE_ZERO
from peak_trade.i18n import mark

NO_TRADE: Final = mark("no trade was closed")
NO_WIN: Final = mark("no trade was won")
NO_LOST: Final = mark("no trade was lost")
NO_FILL: Final = mark("nothing was filled")
NO_FEE: Final = mark("no artifact names a fee in a currency of the pair")
NO_SLIPPAGE: Final = mark("no artifact names the price of a fill")
NO_TIME: Final = mark("no trade has both times")
NO_PRICES: Final = mark("the events of the trades are not known")

Of = Callable[[Judged], Measured]


def _of_trades(rule: Callable[[Ledger], Measured]) -> Of:
    """Ask for a closed trade."""

    @wraps(rule)
    def checked(run: Judged) -> Measured:
        return rule(run.ledger) if run.ledger.trades else Measured.no(0, NO_TRADE)

    return checked


def _of(pick: Callable[[Floats], float], values: Floats, reason: str) -> Measured:
    """Return what is picked of the values that are known, or why there is none."""
    known = values[~np.isnan(values)]
    return Measured(float(pick(known)), known.size) if known.size else Measured.no(0, reason)


def _wins(ledger: Ledger) -> Floats:
    return ledger.pnl[ledger.pnl > 0]


def _losses(ledger: Ledger) -> Floats:
    return ledger.pnl[ledger.pnl < 0]


def count(run: Judged) -> Measured:
    """Return the number of closed trades."""
    return Measured(len(run.ledger.trades), len(run.ledger.trades))


@_of_trades
def net_profit(ledger: Ledger) -> Measured:
    """Return the sum of the profits."""
    return _of(np.sum, ledger.pnl, NO_TRADE)


@_of_trades
def win_rate(ledger: Ledger) -> Measured:
    """Return won trades / closed trades."""
    return _of(np.mean, (ledger.pnl > 0).astype(np.float64), NO_TRADE)


@_of_trades
def profit_factor(ledger: Ledger) -> Measured:
    """Return the sum of the profits of won trades / that of the losses."""
    lost, n = -float(_losses(ledger).sum()), ledger.pnl.size
    return Measured(float(_wins(ledger).sum()) / lost, n) if lost else Measured.no(n, NO_LOST)


@_of_trades
def expectancy(ledger: Ledger) -> Measured:
    """Return the mean profit of a trade."""
    return _of(np.mean, ledger.pnl, NO_TRADE)


@_of_trades
def average_win(ledger: Ledger) -> Measured:
    """Return the mean profit of the won trades."""
    return _of(np.mean, _wins(ledger), NO_WIN)


@_of_trades
def average_loss(ledger: Ledger) -> Measured:
    """Return the mean loss of the lost trades, below 0."""
    return _of(np.mean, _losses(ledger), NO_LOST)


@_of_trades
def largest_win(ledger: Ledger) -> Measured:
    """Return the greatest profit of a won trade."""
    return _of(np.max, _wins(ledger), NO_WIN)


@_of_trades
def largest_loss(ledger: Ledger) -> Measured:
    """Return the greatest loss of a lost trade, below 0."""
    return _of(np.min, _losses(ledger), NO_LOST)


def _streak(ledger: Ledger, side: int) -> Measured:
    others = np.flatnonzero(np.sign(ledger.pnl) != side)
    longest = np.diff(others, prepend=-1, append=ledger.pnl.size).max() - 1
    return Measured(int(longest), ledger.pnl.size)


@_of_trades
def winning_streak(ledger: Ledger) -> Measured:
    """Return the most trades in a row that were won."""
    return _streak(ledger, 1)


@_of_trades
def losing_streak(ledger: Ledger) -> Measured:
    """Return the most trades in a row that were lost."""
    return _streak(ledger, -1)


@_of_trades
def mean_adverse(ledger: Ledger) -> Measured:
    """Return the mean of the maximum adverse excursions."""
    return _of(np.mean, ledger.mae, NO_PRICES)


@_of_trades
def mean_favourable(ledger: Ledger) -> Measured:
    """Return the mean of the maximum favourable excursions."""
    return _of(np.mean, ledger.mfe, NO_PRICES)


@_of_trades
def mean_holding(ledger: Ledger) -> Measured:
    """Return the mean time from entry to exit."""
    return _of(np.mean, ledger.held, NO_TIME)


@_of_trades
def longest_holding(ledger: Ledger) -> Measured:
    """Return the longest time from entry to exit."""
    return _of(np.max, ledger.held, NO_TIME)


def turnover(run: Judged) -> Measured:
    """Return the sum of the fills' quantity x price / mean equity."""
    values, mean = run.fills.values, run.facts.returns.mean_equity
    if not run.facts.returns.rows:
        return Measured.no(values.size, NO_EQUITY)
    if mean <= 0:
        return Measured.no(values.size, NOT_ABOVE_ZERO)
    return Measured(float(values.sum()) / mean, values.size)


def fees(run: Judged) -> Measured:
    """Return the sum of the fees that are named."""
    return _of(np.sum, run.fills.fees, NO_FEE if run.fills.fills else NO_FILL)


def slippage(run: Judged) -> Measured:
    """Return the mean slippage of the fills, each weighted by quantity x price."""
    found = run.fills.slippages
    known = ~np.isnan(found)
    sizes = run.fills.values[known]
    weight = float(sizes.sum())
    if not weight:
        return Measured.no(0, NO_SLIPPAGE if run.fills.fills else NO_FILL)
    return Measured(float((found[known] * sizes).sum()) / weight, sizes.size)
