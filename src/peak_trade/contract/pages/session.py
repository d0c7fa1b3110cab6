"""Payload of the page of one session: its record, and what else is known of it.

Nobody writes that a session died: its record stays `started`. Whether it lives is judged by all its
signs of life; the duration of one that crashed ends with the newest.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import islice
from typing import Annotated, Final

from typing_extensions import TypedDict

from peak_trade.artifacts import times
from peak_trade.artifacts.alerts import Alert
from peak_trade.artifacts.sessions import SessionRecord
from peak_trade.artifacts.times import as_utc
from peak_trade.contract.alerts import items as alerts
from peak_trade.contract.alerts import schema as alerts_schema
from peak_trade.contract.base import fields as f
from peak_trade.contract.base.freshness import Freshness, freshness
from peak_trade.contract.base.life import lives
from peak_trade.contract.base.redact import redact_arguments
from peak_trade.contract.base.route import Context
from peak_trade.contract.execution import schema as execution_schema
from peak_trade.contract.execution import timeline as execution
from peak_trade.contract.pages.drawable import gaps_of
from peak_trade.contract.pages.moments import Moment, moment
from peak_trade.contract.pages.run_chart import MAX_GAPS, MomentView, placed
from peak_trade.contract.pages.run_tabs import Table, TabParams, tab
from peak_trade.contract.runs.books import BookCheckItem, wrong_checks
from peak_trade.contract.sessions.records import drawdown, session_detail, shown_tier
from peak_trade.contract.sessions.schema import SessionDetail
from peak_trade.derive.arrays import Instants
from peak_trade.derive.curve import Curve, equity_curve
from peak_trade.derive.freshness import Evidence, Judgement, Sign
from peak_trade.derive.symbols import quote_currency
from peak_trade.errors import NotFoundError
from peak_trade.store.families import Log
from peak_trade.store.runs_state import RunState

AROUND: Final = timedelta(hours=24)
"""How long before its start and after its end alerts of a session are looked for."""

MAX_ALERTS: Final = 100

STATISTICS: Final = TabParams(tab="statistics")
"""What is shown of how the run of a session did."""


class Life(TypedDict):
    """When a session ran, and whether it does."""

    started: Annotated[datetime, f.about("When it began", f.EXAMPLE_TIME)]
    ended: Annotated[datetime | None, f.about("When it ended", f.EXAMPLE_TIME)]
    freshness: Annotated[Freshness, f.about("How old its newest sign of life is")]
    goes_on: Annotated[bool, f.about("Neither ended nor dead: its duration grows", False)]
    duration_seconds: Annotated[
        int | None,
        f.about(
            "To its end, else to its newest sign of life; null without any", 3600, unit=f.SECONDS
        ),
    ]


class LinkedRun(TypedDict):
    """The run that a session writes."""

    run_id: Annotated[str, f.about("Name of the run's directory", "r1")]
    start_equity: Annotated[float | None, f.about("First equity", 10000.0, unit=f.CURRENCY)]
    curve: Annotated[Curve, f.about("Equity and drawdown in the window")]
    gaps_first: Annotated[Instants, f.about("Last candle before each gap of its rows, the longest")]
    gaps_last: Annotated[Instants, f.about("First candle after each of these gaps")]
    moment: Annotated[Moment | None, f.about("The moment `at`, as event and candle; null without")]


class Execution(TypedDict):
    """What the telemetry log of a session says in short."""

    summary: Annotated[
        execution_schema.ExecutionSummary, f.about("Figures over all events of the log")
    ]
    newest: Annotated[datetime | None, f.about("Time of the newest event", f.EXAMPLE_TIME)]


class SessionPayload(TypedDict):
    """What the page of a session shows."""

    detail: Annotated[SessionDetail, f.about("The record")]
    life: Annotated[Life, f.about("When it ran")]
    tier: Annotated[str, f.about("Of the strategy, unclassified if it has none", "core")]
    currency: f.Currency
    unrealized_pnl: Annotated[
        float | None, f.about("Profit and loss of the open position", -3.25, unit=f.CURRENCY)
    ]
    max_drawdown: Annotated[float | None, f.about("Fraction <= 0", -0.05, unit=f.FRACTION)]
    command: Annotated[
        str, f.about("Command line as a shell would take it", "run shadow --symbol BTC/EUR")
    ]
    run: Annotated[LinkedRun | None, f.about("The run that it writes")]
    wrong: Annotated[list[BookCheckItem], f.about("Checks of the books of its run that failed")]
    alerts: Annotated[list[alerts_schema.AlertItem], f.about("The newest 100, newest first")]
    alerts_total: Annotated[int, f.about("From a day before its start to one after it", 3)]
    execution: Annotated[Execution, f.about("Its telemetry log")]


class SessionWithStatistics(SessionPayload):
    """What the page of a session shows, with the statistics of its run."""

    statistics: Annotated[
        Table | None, f.about("The tab `statistics` of its run; null without a run")
    ]


async def session_with_statistics(
    context: Context, params: MomentView, session_id: str
) -> SessionWithStatistics:
    """Give all of the page of a session."""
    page = await session_page(context, params, session_id)
    run = page["run"]
    found = await tab(context, STATISTICS, run["run_id"]) if run else None
    return {**page, "statistics": found}


async def session_page(context: Context, params: MomentView, session_id: str) -> SessionPayload:
    """Give all of a session; `params` is the window of its run's curve."""
    store = context.store
    record = (await store.sessions()).by_id.get(session_id)
    if record is None:
        raise NotFoundError(f"Session not found: {session_id}")
    run = await store.run(record.run_id, rows=True) if record.run_id else None
    linked = await store.compute(lambda: linked_run(run, params)) if run else None
    log = await store.log(session_id)
    summary = execution_summary(session_id, log or Log())
    found = await _alerts(context, record)
    signs = newest_signs(summary["newest"], found)
    judgement = (await lives(context)).session(record, signs)
    return {
        "detail": session_detail(record),
        "life": life(record, judgement),
        "tier": shown_tier(record),
        "currency": quote_currency(record.symbol),
        "unrealized_pnl": record.metric("unrealized_pnl"),
        "max_drawdown": drawdown(record),
        "command": shlex.join(str(part) for part in redact_arguments(record.cli_args)),
        "run": linked,
        "wrong": await wrong_checks(context, run.run_id) if run else [],
        "alerts": [alerts.alert_item(alert) for alert in found[:MAX_ALERTS]],
        "alerts_total": len(found),
        "execution": summary,
    }


def newest_signs(event: datetime | None, alerts: Iterable[Alert] = ()) -> list[Sign]:
    """Return the signs of life in a telemetry log and in alerts, newest first."""
    signs = [Sign(Evidence.TELEMETRY, event)] if event else []
    return signs + [Sign(Evidence.ALERT, alert.instant) for alert in islice(alerts, 1)]


def life(record: SessionRecord, judgement: Judgement) -> Life:
    """Return when a session ran; one that crashed ran until its newest sign of life."""
    started = as_utc(record.started_at)
    ended = as_utc(record.finished_at) if record.finished_at else None
    newest = ended or max(judgement.as_of or started, started)
    known = ended is not None or newest > started
    return {
        "started": started,
        "ended": ended,
        "freshness": freshness(judgement),
        "goes_on": judgement.goes_on,
        "duration_seconds": int((newest - started).total_seconds()) if known else None,
    }


def linked_run(run: RunState, params: MomentView) -> LinkedRun:
    """Return what is shown of the run of a session."""
    drawn = params.drawn
    found = moment(run, drawn.at) if drawn.at else None
    shown = placed(run, drawn, found)
    longest = gaps_of(run.events.table(), MAX_GAPS)
    return {
        "run_id": run.run_id,
        "start_equity": run.events.metrics.start_equity,
        "curve": equity_curve(run.events.table(), shown.since, shown.until),
        "gaps_first": longest.first,
        "gaps_last": longest.last,
        "moment": found,
    }


def execution_summary(session_id: str, log: Log) -> Execution:
    """Return the metrics of a telemetry log."""
    totals = log.totals
    return {"summary": execution.summarize(session_id, totals), "newest": totals.last}


async def _alerts(context: Context, record: SessionRecord) -> list[Alert]:
    start, end = as_utc(record.started_at), context.now
    if record.finished_at is not None:
        end = min(end, times.plus(as_utc(record.finished_at), AROUND))
    found = await context.store.alerts(times.plus(start, -AROUND), end)
    return [alert for alert in found if alert.session_id == record.session_id]
