"""Statistics of a run's fills and closed trades."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from itertools import groupby
from statistics import fmean
from typing import Final

from peak_trade.derive.measured import Judged, Measured
from peak_trade.derive.round_trips import ClosedTrade
from peak_trade.derive.statistics_of_equity import NO_EQUITY, NOT_ABOVE_ZERO
from peak_trade.i18n import mark

NO_TRADE: Final = mark("no trade was closed")
NO_WIN: Final = mark("no trade was won")
NO_LOST: Final = mark("no trade was lost")
NO_FILL: Final = mark("nothing was filled")
NO_FEE: Final = mark("no artifact names a fee")
NO_SLIPPAGE: Final = mark("no artifact names the price of a fill")
NO_TIME: Final = mark("no trade has both times")
NO_PRICES: Final = mark("the events of the trades are not known")

Trades = Sequence[ClosedTrade]
Of = Callable[[Judged], Measured]


def _of_trades(rule: Callable[[Trades], Measured]) -> Of:
    """Ask for a closed trade."""

    @wraps(rule)
    def checked(run: Judged) -> Measured:
        trades = run.ledger.trades
        return rule(trades) if trades else Measured.no(0, NO_TRADE)

    return checked


def _mean(values: Sequence[float], reason: str) -> Measured:
    return Measured(fmean(values), len(values)) if values else Measured.no(0, reason)


def _wins(trades: Trades) -> list[float]:
    return [trade.pnl for trade in trades if trade.pnl > 0]


def _losses(trades: Trades) -> list[float]:
    return [trade.pnl for trade in trades if trade.pnl < 0]


def count(run: Judged) -> Measured:
    """Return the number of closed trades."""
    return Measured(len(run.ledger.trades), len(run.ledger.trades))


@_of_trades
def net_profit(trades: Trades) -> Measured:
    """Return the sum of the profits."""
    return Measured(sum(trade.pnl for trade in trades), len(trades))


@_of_trades
def win_rate(trades: Trades) -> Measured:
    """Return won trades / closed trades."""
    return Measured(len(_wins(trades)) / len(trades), len(trades))


@_of_trades
def profit_factor(trades: Trades) -> Measured:
    """Return the sum of the profits of won trades / that of the losses."""
    lost = -sum(_losses(trades))
    return Measured(sum(_wins(trades)) / lost, len(trades)) if lost else _lossless(trades)


def _lossless(trades: Trades) -> Measured:
    return Measured.no(len(trades), NO_LOST)


@_of_trades
def expectancy(trades: Trades) -> Measured:
    """Return the mean profit of a trade."""
    return _mean([trade.pnl for trade in trades], NO_TRADE)


@_of_trades
def average_win(trades: Trades) -> Measured:
    """Return the mean profit of the won trades."""
    return _mean(_wins(trades), NO_WIN)


@_of_trades
def average_loss(trades: Trades) -> Measured:
    """Return the mean loss of the lost trades, below 0."""
    return _mean(_losses(trades), NO_LOST)


@_of_trades
def largest_win(trades: Trades) -> Measured:
    """Return the greatest profit of a won trade."""
    wins = _wins(trades)
    return Measured(max(wins), len(wins)) if wins else Measured.no(0, NO_WIN)


@_of_trades
def largest_loss(trades: Trades) -> Measured:
    """Return the greatest loss of a lost trade, below 0."""
    losses = _losses(trades)
    return Measured(min(losses), len(losses)) if losses else Measured.no(0, NO_LOST)


def _streak(trades: Trades, side: int) -> Measured:
    signs = [(trade.pnl > 0) - (trade.pnl < 0) for trade in trades]
    runs = [len(list(group)) for sign, group in groupby(signs) if sign == side]
    return Measured(max(runs, default=0), len(trades))


@_of_trades
def winning_streak(trades: Trades) -> Measured:
    """Return the most trades in a row that were won."""
    return _streak(trades, 1)


@_of_trades
def losing_streak(trades: Trades) -> Measured:
    """Return the most trades in a row that were lost."""
    return _streak(trades, -1)


@_of_trades
def mean_adverse(trades: Trades) -> Measured:
    """Return the mean of the maximum adverse excursions."""
    return _mean([trade.mae for trade in trades if trade.mae is not None], NO_PRICES)


@_of_trades
def mean_favourable(trades: Trades) -> Measured:
    """Return the mean of the maximum favourable excursions."""
    return _mean([trade.mfe for trade in trades if trade.mfe is not None], NO_PRICES)


@_of_trades
def mean_holding(trades: Trades) -> Measured:
    """Return the mean time from entry to exit."""
    return _mean(_held(trades), NO_TIME)


@_of_trades
def longest_holding(trades: Trades) -> Measured:
    """Return the longest time from entry to exit."""
    held = _held(trades)
    return Measured(max(held), len(held)) if held else Measured.no(0, NO_TIME)


def _held(trades: Trades) -> list[float]:
    return [held for trade in trades if (held := trade.held_seconds) is not None]


def turnover(run: Judged) -> Measured:
    """Return the sum of the fills' quantity x price / mean equity."""
    fills, mean = run.fills.fills, run.facts.returns.mean_equity
    if not run.facts.returns.rows:
        return Measured.no(len(fills), NO_EQUITY)
    if mean <= 0:
        return Measured.no(len(fills), NOT_ABOVE_ZERO)
    return Measured(sum(fill.quantity * fill.price for fill in fills) / mean, len(fills))


def fees(run: Judged) -> Measured:
    """Return the sum of the fees that are named."""
    if not run.fills.fills:
        return Measured.no(0, NO_FILL)
    named = [fill.fee for fill in run.fills.fills if fill.fee is not None]
    return Measured(sum(named), len(named)) if named else Measured.no(0, NO_FEE)


def slippage(run: Judged) -> Measured:
    """Return the mean slippage of the fills, each weighted by quantity x price."""
    known = [
        (fill.slippage_bps, fill.quantity * fill.price)
        for fill in run.fills.fills
        if fill.slippage_bps is not None
    ]
    weight = sum(size for _, size in known)
    if not weight:
        return Measured.no(0, NO_SLIPPAGE if run.fills.fills else NO_FILL)
    return Measured(sum(bps * size for bps, size in known) / weight, len(known))
