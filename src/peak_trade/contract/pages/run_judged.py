"""Tabs that judge a run: statistics with what is drawn of them, closed trades, books, funnel."""

from __future__ import annotations

from typing import Annotated, Any, Final, NotRequired

from typing_extensions import TypedDict

from peak_trade.contract.base import fields as f
from peak_trade.contract.base.route import Context, Params
from peak_trade.contract.runs import judged as runs
from peak_trade.contract.runs.books import books
from peak_trade.contract.runs.funnel import FunnelPayload, decision_funnel
from peak_trade.contract.runs.judged import ClosedTradeItem, Statistics
from peak_trade.derive import shapes
from peak_trade.derive.arrays import Floats, Instants
from peak_trade.derive.benchmark import buy_and_hold, closes, held_curve
from peak_trade.derive.curve import equity_curve
from peak_trade.derive.falls import Fall, deepest_falls
from peak_trade.derive.measured import Judged
from peak_trade.derive.metrics import floats
from peak_trade.derive.run_facts import candle_times
from peak_trade.store.runs_state import RunState

SORTED = tuple(ClosedTradeItem.__annotations__)
"""What closed trades can be sorted by."""

MAX_FALLS: Final = 10


class Month(TypedDict):
    """The return of one month."""

    month: Annotated[str, f.about("Year and month", "2026-01")]
    value: Annotated[float | None, f.about("Return", 0.012, unit=f.FRACTION)]


class FallItem(TypedDict):
    """One fall of equity below its peak."""

    depth: Annotated[float, f.about("Deepest drawdown in it, < 0", -0.05, unit=f.FRACTION)]
    begin: Annotated[str | None, f.about("Last time at the peak, ISO 8601", f.EXAMPLE_TIME)]
    trough: Annotated[str | None, f.about("When it was deepest, ISO 8601", f.EXAMPLE_TIME)]
    recovery: Annotated[
        str | None, f.about("When the peak was reached again, ISO 8601; null: not yet", None)
    ]


class Shapes(TypedDict):
    """What is drawn beside the statistics."""

    times: Annotated[Instants, f.about("Times of equity and underwater curve")]
    equity: Annotated[Floats, f.about("Equity, extremes kept", unit=f.CURRENCY)]
    underwater: Annotated[Floats, f.about("Drawdown, <= 0, extremes kept")]
    held_times: Annotated[Instants, f.about("Times of the curve of buy and hold")]
    held: Annotated[
        Floats,
        f.about(
            "What the first equity would be worth, held in the symbol; extremes kept",
            unit=f.CURRENCY,
        ),
    ]
    months: Annotated[list[Month], f.about("In order")]
    falls: Annotated[list[FallItem], f.about("The 10 deepest, the deepest first")]
    edges: Annotated[Floats, f.about("Edges of the bars of the distribution of returns")]
    counts: Annotated[list[int], f.about("Returns in each bar", [3])]
    window: Annotated[int, f.about("Returns that the rolling ratios look at", 20)]
    rolling_sharpe: Annotated[Floats, f.about("From its first window to the last")]
    rolling_sortino: Annotated[
        Floats, f.about("Of the same windows; null where no return is below 0")
    ]
    trades: Annotated[list[ClosedTradeItem], f.about("The newest 300 that are closed")]


class JudgedTab(TypedDict):
    """The rows of a tab that judges a run, and what else it shows."""

    rows: Annotated[list[Any], f.about("One a line of the table", [{"name": "sharpe"}])]
    total: f.Total
    statistics: NotRequired[Annotated[Statistics, f.about("On the tab `statistics`")]]
    shapes: NotRequired[Annotated[Shapes, f.about("On the tab `statistics`")]]
    funnel: NotRequired[Annotated[FunnelPayload, f.about("On the tab `funnel`")]]


async def statistics_tab(context: Context, run_id: str) -> JudgedTab:
    """Give the statistics of a run, and what is drawn of them."""
    state, known = await runs.judged(context, run_id)
    found = runs.run_statistics(state, known)
    drawn = await context.store.compute(lambda: run_shapes(state, known))
    rows: list[Any] = list(found["items"])
    return {"rows": rows, "total": len(rows), "statistics": found, "shapes": drawn}


async def closed_tab(context: Context, run_id: str, sort: str, limit: int) -> JudgedTab:
    """Give the closed trades of a run: the newest first, or sorted; no value comes last."""
    _, known = await runs.judged(context, run_id)
    total = len(known.ledger.trades)
    if not sort:
        return {"rows": runs.closed_trade_items(known, limit)[::-1], "total": total}
    rows = await context.store.compute(lambda: _by(sort, runs.closed_trade_items(known)))
    return {"rows": rows[:limit], "total": total}


def _by(sort: str, items: list[ClosedTradeItem]) -> list[Any]:
    name, rows = sort.removeprefix("-"), list[Any](items[::-1])
    known = [row for row in rows if row[name] is not None]
    known.sort(key=lambda row: row[name], reverse=sort.startswith("-"))
    return [*known, *(row for row in rows if row[name] is None)]


async def books_tab(context: Context, run_id: str) -> JudgedTab:
    """Give the checks of a run's books."""
    rows: list[Any] = list((await books(context, Params(), run_id))["checks"])
    return {"rows": rows, "total": len(rows)}


async def funnel_tab(context: Context, run_id: str) -> JudgedTab:
    """Give the funnel of a run; its rows are the reasons why orders did not go on."""
    found = await decision_funnel(context, Params(), run_id)
    rows: list[Any] = list(found["reasons"])
    return {"rows": rows, "total": len(rows), "funnel": found}


def run_shapes(state: RunState, known: Judged) -> Shapes:
    """Return what is drawn beside the statistics of a run."""
    table, facts = state.events.table(), known.facts
    curve = equity_curve(table, max_points=shapes.MAX_POINTS)
    equity, times = floats(table, "equity"), candle_times(table)
    worth = buy_and_hold(equity, closes(table))
    held = held_curve(worth, times, shapes.MAX_POINTS)
    edges, counts = shapes.spread(facts.returns)
    window, sharpe, sortino = shapes.rolling(equity, facts.pace.bars_per_year)
    months = shapes.monthly(facts.months, facts.returns.start)
    return {
        "times": curve["times"],
        "equity": curve["equity"],
        "underwater": curve["drawdown"],
        "held_times": held.times,
        "held": held.worth,
        "months": [{"month": month, "value": value} for month, value in months],
        "falls": [fall_item(fall) for fall in deepest_falls(equity, times, MAX_FALLS)],
        "edges": edges,
        "counts": counts,
        "window": window,
        "rolling_sharpe": sharpe,
        "rolling_sortino": sortino,
        "trades": runs.closed_trade_items(known, shapes.MAX_POINTS),
    }


def fall_item(fall: Fall) -> FallItem:
    """Return one fall."""
    return {
        "depth": fall.depth,
        "begin": runs.moment(fall.begin),
        "trough": runs.moment(fall.trough),
        "recovery": runs.moment(fall.recovery),
    }
