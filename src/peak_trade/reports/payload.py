"""What a report says: the payloads of the pages and routes, taken together at one time."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from typing_extensions import TypedDict

from peak_trade.contract.base import fields as f
from peak_trade.contract.base.route import Context, Params
from peak_trade.contract.pages.compare import CompareView
from peak_trade.contract.pages.compare_drift import CompareWithDrift, compare_with_drift
from peak_trade.contract.pages.quality import (
    ReadErrorExample,
    RunFaults,
    read_error_examples,
    run_faults,
)
from peak_trade.contract.pages.run import RunPayload, run_payload
from peak_trade.contract.pages.run_alerts import AlertRow, alert_rows
from peak_trade.contract.pages.run_chart import MomentView
from peak_trade.contract.pages.run_judged import JudgedTab, statistics_tab
from peak_trade.contract.pages.session import SessionPayload, session_page
from peak_trade.contract.runs.books import Books, books
from peak_trade.contract.runs.detail import detail
from peak_trade.contract.runs.funnel import FunnelPayload, decision_funnel
from peak_trade.contract.runs.judged import ClosedTrades, closed_trades
from peak_trade.contract.runs.schema import RunDetail
from peak_trade.contract.runs.snapshot import find_run
from peak_trade.derive.curve import Curve, equity_curve


class RunReport(TypedDict):
    """All that a report says of one run."""

    run: Annotated[RunPayload, f.about("The run at its last event")]
    detail: Annotated[RunDetail, f.about("Its meta data, secrets hidden")]
    curve: Annotated[Curve, f.about("Equity and drawdown, extremes kept")]
    judged: Annotated[JudgedTab, f.about("Statistics and what is drawn of them")]
    closed: Annotated[ClosedTrades, f.about("Entries with their exits")]
    books: Annotated[Books, f.about("Checks of its books")]
    funnel: Annotated[FunnelPayload, f.about("From a signal to a fill, and why not")]
    alerts: Annotated[list[AlertRow], f.about("All alerts about it, newest first")]
    faults: Annotated[RunFaults | None, f.about("Faults of its rows; null for none")]
    read_errors: Annotated[int, f.about("What of it could not be read", 0)]
    examples: Annotated[list[ReadErrorExample], f.about("Some of these, newest first")]


class Report(TypedDict):
    """One report: of a run, of two runs side by side, or of a session with its run."""

    as_of: Annotated[datetime, f.about("When it was made", f.EXAMPLE_TIME)]
    session: Annotated[SessionPayload | None, f.about("The session that it is about")]
    runs: Annotated[list[RunReport], f.about("One run, or two, or none of a session without one")]
    comparison: Annotated[CompareWithDrift | None, f.about("Of two runs")]


async def of_run(context: Context, run_id: str, other: str = "") -> Report:
    """Return the report of a run, beside that of another one if it is named.

    Raises
    ------
    NotFoundError
        If there is no such run.
    """
    names = list(dict.fromkeys([run_id, other or run_id]))
    view = CompareView(runs=",".join(names)) if other else None
    return {
        "as_of": context.now,
        "session": None,
        "runs": [await run_report(context, name) for name in names],
        "comparison": await compare_with_drift(context, view) if view else None,
    }


async def of_session(context: Context, session_id: str) -> Report:
    """Return the report of a session: its record, its run and its telemetry.

    Raises
    ------
    NotFoundError
        If there is no such session.
    """
    session = await session_page(context, MomentView(), session_id)
    run = session["run"]
    return {
        "as_of": context.now,
        "session": session,
        "runs": [await run_report(context, run["run_id"])] if run else [],
        "comparison": None,
    }


async def run_report(context: Context, run_id: str) -> RunReport:
    """Return all that a report says of a run."""
    state = await find_run(context, run_id, rows=True)
    judged = await statistics_tab(context, run_id)  # reads the trades, whose errors count as well
    places = [p for p in context.store.local.read_error_places() if p.run_id == run_id]
    return {
        "run": await run_payload(context, Params(), run_id),
        "detail": await detail(context, Params(), run_id),
        "curve": await context.store.compute(lambda: equity_curve(state.events.table())),
        "judged": judged,
        "closed": await closed_trades(context, Params(), run_id),
        "books": await books(context, Params(), run_id),
        "funnel": await decision_funnel(context, Params(), run_id),
        "alerts": await alert_rows(context, run_id),
        "faults": run_faults(state, context.now),
        "read_errors": sum(place.read_errors.total for place in places),
        "examples": read_error_examples(places),
    }
