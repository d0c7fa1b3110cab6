"""Payloads that judge a run: its statistics and its closed trades."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final, cast

import numpy as np
from typing_extensions import TypedDict

from peak_trade.artifacts import times
from peak_trade.artifacts.runs import RunMeta
from peak_trade.artifacts.trades import Trades
from peak_trade.contract.base import fields as f
from peak_trade.contract.base.route import Context, Params
from peak_trade.contract.runs.snapshot import found_run
from peak_trade.derive.measured import Judged, Measured, Statistic, measure
from peak_trade.derive.round_trips import ClosedTrade
from peak_trade.derive.statistics import STATISTICS
from peak_trade.derive.symbols import quote_currency
from peak_trade.store.runs_state import RunState

CALENDAR: Final = "365 days a year"


class StatisticItem(TypedDict):
    """One statistic; its formula is in the documents."""

    name: Annotated[str, f.about("Which one", "sharpe")]
    group: Annotated[str, f.about("What it belongs to", "risk")]
    label: Annotated[str, f.about("What it is called", "Sharpe ratio")]
    value: Annotated[float | str | None, f.about("Number, or time in ISO 8601", 1.25)]
    unit: Annotated[str, f.about("Unit of the value", "ratio")]
    n: Annotated[int, f.about("How many things it is made of", 320)]
    annualised: Annotated[bool, f.about("It is for a year, by `bars_per_year`", True)]
    reason: Annotated[str, f.about("Why there is no value; empty if there is", "")]


class Basis(TypedDict):
    """What the statistics rest on."""

    events: Annotated[int, f.about("Events of the run", 320)]
    begin: Annotated[str | None, f.about("First candle with an equity, ISO 8601", f.EXAMPLE_TIME)]
    end: Annotated[str | None, f.about("Last candle with an equity, ISO 8601", f.EXAMPLE_TIME)]
    span_seconds: Annotated[float, f.about("Between them", 3600.0, unit=f.SECONDS)]
    bar_seconds: Annotated[
        float | None, f.about("Median time between candles", 60.0, unit=f.SECONDS)
    ]
    bars_per_year: Annotated[float | None, f.about("As many in a year, by their span", 525_600.0)]
    calendar: Annotated[str, f.about("What a year is", CALENDAR)]
    fills: Annotated[str, f.about("Where the fills are from: trades or events", "trades")]
    unusable_fills: Annotated[int, f.about("Fills without side, quantity or price", 0)]


class Statistics(TypedDict):
    """Statistics of a run."""

    run_id: f.RunId
    as_of: Annotated[str | None, f.about("Time of the last event, ISO 8601", f.EXAMPLE_TIME)]
    provisional: Annotated[bool, f.about("The run has not ended: they will change", True)]
    currency: f.Currency
    basis: Annotated[Basis, f.about("What they rest on")]
    items: Annotated[list[StatisticItem], f.about("All of the table of statistics, in its order")]


class ClosedTradeItem(TypedDict):
    """One entry with its exit, first in, first out."""

    number: Annotated[int, f.about("In order of the exits, from 1", 3)]
    side: Annotated[str, f.about("long or short", "long")]
    quantity: Annotated[float, f.about("What was closed", 0.04, unit=f.BASE)]
    entry_time: Annotated[str | None, f.about("Time of the entry, ISO 8601", f.EXAMPLE_TIME)]
    exit_time: Annotated[str | None, f.about("Time of the exit, ISO 8601", f.EXAMPLE_TIME)]
    entry_price: Annotated[float, f.about("Price of the entry", 42000.5, unit="quote currency")]
    exit_price: Annotated[float, f.about("Price of the exit", 42100.0, unit="quote currency")]
    pnl: Annotated[float, f.about("Profit, less the fees of both sides", 3.98, unit=f.CURRENCY)]
    pnl_ratio: Annotated[float | None, f.about("Of what it cost", 0.002, unit=f.FRACTION)]
    fees: Annotated[float, f.about("Of both sides, as far as they are named", 0.8, unit=f.CURRENCY)]
    mae: Annotated[float | None, f.about("Maximum adverse excursion, <= 0", -1.5, unit=f.CURRENCY)]
    mfe: Annotated[
        float | None, f.about("Maximum favourable excursion, >= 0", 5.5, unit=f.CURRENCY)
    ]
    held_seconds: Annotated[float | None, f.about("From entry to exit", 900.0, unit=f.SECONDS)]
    entry_slippage: Annotated[
        float | None, f.about("How much worse than the price of the decision", 5.0, unit="bps")
    ]
    exit_slippage: Annotated[float | None, f.about("The same of the exit", 5.0, unit="bps")]
    entry_seq: Annotated[int | None, f.about("Position of the entry's event, from 0", 41)]
    exit_seq: Annotated[int | None, f.about("Position of the exit's event, from 0", 56)]


class ClosedTrades(TypedDict):
    """Closed trades of a run."""

    run_id: f.RunId
    currency: f.Currency
    fills: Annotated[str, f.about("Where the fills are from: trades or events", "trades")]
    total: f.Total
    rows: Annotated[list[ClosedTradeItem], f.about("In order of their exits")]


async def run_and_trades(
    context: Context, run_id: str, *, books: bool = False
) -> tuple[RunState, Trades | None]:
    """Return a run with its rows, and its trades file if it has one.

    Raises
    ------
    NotFoundError
        If there is no such run.
    """
    state, trades = await context.store.run_and_trades(run_id, rows=True, books=books)
    return found_run(state, run_id), trades


async def judged(context: Context, run_id: str) -> tuple[RunState, Judged]:
    """Return a run with what its statistics are computed from.

    Raises
    ------
    NotFoundError
        If there is no such run.
    """
    state, trades = await run_and_trades(context, run_id)
    judging = context.store.local.judging
    known = judging.kept(state, trades)
    if known is None:
        known = await context.store.compute(lambda: judging.of(state, trades))
    return state, known


async def statistics(context: Context, params: Params, run_id: str) -> Statistics:
    """Give the statistics of a run."""
    state, known = await judged(context, run_id)
    return run_statistics(state, known)


async def closed_trades(context: Context, params: Params, run_id: str) -> ClosedTrades:
    """Give the closed trades of a run."""
    state, known = await judged(context, run_id)
    return {
        "run_id": run_id,
        "currency": quote_currency(state.meta.symbol),
        "fills": _origin(known),
        "total": len(known.ledger.trades),
        "rows": await context.store.compute(lambda: closed_trade_items(known)),
    }


async def revision(context: Context, params: Params, run_id: str) -> tuple[int, int] | None:
    """Return the revisions of a run and of its trades, which can go away."""
    state, trades = await context.store.run_and_trades(run_id)
    return (state.revision, trades.revision if trades else 0) if state else None


def run_statistics(state: RunState, known: Judged) -> Statistics:
    """Return the statistics of a run, all of the table."""
    return {
        "run_id": state.run_id,
        "as_of": times.iso(state.events.metrics.last_instant),
        "provisional": is_provisional(state.meta),
        "currency": quote_currency(state.meta.symbol),
        "basis": _basis(known),
        "items": [
            _item(row, found)
            for row, found in zip(STATISTICS, measure(STATISTICS, known), strict=True)
        ],
    }


def is_provisional(meta: RunMeta) -> bool:
    """Tell whether a run goes on, as far as its meta data says."""
    return meta.ended_at is None


def closed_trade_items(known: Judged, newest: int | None = None) -> list[ClosedTradeItem]:
    """Return the closed trades, or the `newest` of them, in order of their exits."""
    trades = known.ledger.trades
    first = 0 if newest is None else max(len(trades) - newest, 0)
    return [_trade(number, trade) for number, trade in enumerate(trades[first:], start=first + 1)]


def moment(time: np.datetime64 | None) -> str | None:
    """Return a naive time in UTC as text, None for none."""
    if time is None or np.isnat(time):
        return None
    exact = cast("datetime", time.astype("datetime64[us]").item())
    return times.iso(exact.replace(tzinfo=UTC))


def _origin(known: Judged) -> str:
    return "trades" if known.fills.named else "events"


def _basis(known: Judged) -> Basis:
    pace = known.facts.pace
    return {
        "events": known.facts.rows,
        "begin": moment(pace.begin),
        "end": moment(pace.end),
        "span_seconds": pace.span,
        "bar_seconds": pace.bar_seconds,
        "bars_per_year": pace.bars_per_year,
        "calendar": CALENDAR,
        "fills": _origin(known),
        "unusable_fills": known.fills.unusable,
    }


def _item(row: Statistic, found: Measured) -> StatisticItem:
    value = found.value
    return {
        "name": row.name,
        "group": row.group,
        "label": row.label,
        "value": moment(value) if isinstance(value, np.datetime64) else value,
        "unit": row.unit,
        "n": found.n,
        "annualised": row.annualised,
        "reason": found.reason,
    }


def _trade(number: int, trade: ClosedTrade) -> ClosedTradeItem:
    entry, leaving = trade.entry, trade.exit
    return {
        "number": number,
        "side": "long" if trade.side > 0 else "short",
        "quantity": trade.quantity,
        "entry_time": moment(entry.time),
        "exit_time": moment(leaving.time),
        "entry_price": entry.price,
        "exit_price": leaving.price,
        "pnl": trade.pnl,
        "pnl_ratio": trade.pnl_ratio,
        "fees": trade.fees,
        "mae": trade.mae,
        "mfe": trade.mfe,
        "held_seconds": trade.held_seconds,
        "entry_slippage": entry.slippage_bps,
        "exit_slippage": leaving.slippage_bps,
        "entry_seq": entry.row if entry.row >= 0 else None,
        "exit_seq": leaving.row if leaving.row >= 0 else None,
    }
