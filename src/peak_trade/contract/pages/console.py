"""Payload of the console: metrics of all, the runs that are open, and the table of sessions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Annotated, Final, NotRequired

from typing_extensions import TypedDict

from peak_trade.artifacts.alerts import Alert
from peak_trade.artifacts.sessions import SessionRecord
from peak_trade.contract.base import fields as f
from peak_trade.contract.base.coverage import ReadErrorCoverage, read_error_coverage
from peak_trade.contract.base.freshness import Freshness, known_freshness
from peak_trade.contract.base.life import Lives, lives
from peak_trade.contract.base.listing import ROOT
from peak_trade.contract.base.query import narrowed
from peak_trade.contract.base.route import Context
from peak_trade.contract.pages.holding import Holding, by_currency, holding
from peak_trade.contract.pages.panels import PanelWord, panel_words
from peak_trade.contract.pages.run_alerts import AlertRow, newest_of_runs, own_row, stored_row
from peak_trade.contract.runs.schema import RunEntry
from peak_trade.contract.runs.snapshot import newest_alerts, run_entry
from peak_trade.contract.service.health import directory_faults
from peak_trade.contract.service.schema import DirectoryFault
from peak_trade.contract.service.verdict import (
    PERIOD,
    Open,
    by_state,
    critical_alerts,
    open_runs,
)
from peak_trade.contract.sessions import records as sessions
from peak_trade.contract.sessions.records import session_row
from peak_trade.contract.sessions.schema import SessionRow
from peak_trade.contract.sessions.search import SESSIONS, SessionTableParams
from peak_trade.derive.arrays import Floats
from peak_trade.derive.downsample import extremes
from peak_trade.derive.metrics import floats
from peak_trade.store.runs_state import RunState, RunSummary

MAX_ACTIVE: Final = 24
"""Cards of open runs; a page of more is no wall."""

SPARK_EVENTS, SPARK_POINTS = 500, 60
"""Events that a sparkline covers, and points that are drawn of them; extremes are kept."""


class ActiveRun(RunEntry):
    """One run that has not ended; metrics are those at its last event."""

    equity: f.Equity
    spark: Annotated[
        Floats, f.about("Equity of the last 500 events, 60 points of them", [1000.5, 1001.0])
    ]
    last_alert: Annotated[
        AlertRow | None, f.about("Its newest alert: of its own rules, or of the alert store")
    ]


class Filtered(TypedDict):
    """What the filters leave of the sessions."""

    by_mode: Annotated[dict[str, int], f.about("What query and other filters leave", {"shadow": 3})]
    by_status: Annotated[
        dict[str, int], f.about("What query and other filters leave", {"started": 1})
    ]
    by_tier: Annotated[dict[str, int], f.about("What query and other filters leave", {"core": 3})]
    by_state: Annotated[
        dict[str, int], f.about("What the other filters leave of each state", {"ended": 3})
    ]
    by_root: NotRequired[
        Annotated[
            dict[str, int],
            f.about("Of several roots: what the other filters leave of each", {"paper": 2}),
        ]
    ]
    matching: Annotated[int, f.about("Sessions that match query and filters", 12)]
    sessions: Annotated[list[SessionRow], f.about("The first ones, newest first if not sorted")]


class Registry(TypedDict):
    """Metrics of all sessions, whatever the filters leave."""

    total_sessions: Annotated[int, f.about("Sessions of the registry", 12)]
    active_sessions: Annotated[
        int, f.about("Sessions whose stored status is started, and that did not crash", 1)
    ]
    crashed_sessions: Annotated[
        int, f.about("Sessions whose stored status is started, and that are silent for long", 0)
    ]
    live_accounts: Annotated[int, f.about("Sessions of mode live that have not ended", 0)]
    newest_session: Annotated[SessionRow | None, f.about("The newest of all")]
    pnl: Annotated[
        dict[str, float],
        f.about("Sum of realized PnL by quote currency, most sessions first", {"EUR": 250.5}),
    ]
    holding: Annotated[Holding, f.about("What the active sessions hold, without crashed ones")]
    avg_drawdown: Annotated[
        float | None, f.about("Mean of the maximum drawdowns, fraction <= 0", -0.02)
    ]
    drawdowns: Annotated[int, f.about("Sessions that have a maximum drawdown", 11)]


class ConsolePayload(Filtered, Registry):
    """What the console page shows."""

    active: Annotated[int, f.about("Runs that have not ended, seen within 24 hours", 2)]
    run_states: Annotated[
        dict[str, int], f.about("How many of them are in each state, worst first", {"live": 2})
    ]
    older_runs: Annotated[int, f.about("Runs that never ended, and are silent for longer", 0)]
    active_runs: Annotated[list[ActiveRun], f.about("24 of them, worst first, then by their start")]
    critical_alerts: Annotated[int, f.about("CRITICAL alerts of the last 24 hours", 1)]
    read_errors: Annotated[int, f.about("Rows and files that could not be read", 0)]
    read_error_coverage: Annotated[ReadErrorCoverage, f.about("What that count covers")]
    newest: Annotated[
        Freshness | None,
        f.about("Of the newest run, or of an open session with a newer sign of life"),
    ]
    directories: Annotated[
        list[DirectoryFault], f.about("Directories of artifacts that cannot be listed")
    ]


class ConsoleWithPanels(ConsolePayload):
    """What the console page shows, with the row of the status panels."""

    panels: Annotated[list[PanelWord], f.about("The six status panels in a word each")]


async def console_with_panels(context: Context, params: SessionTableParams) -> ConsoleWithPanels:
    """Give all of the console page."""
    return {**await console(context, params), "panels": await panel_words(context)}


async def console(context: Context, params: SessionTableParams) -> ConsolePayload:
    """Give tiles, filtered sessions and active runs."""
    directories = await context.store.directories()
    records = (await context.store.sessions()).ordered
    index = await context.store.index()
    alive = await lives(context)
    found, shown = await active_runs(context, alive)
    metrics, table, critical = await context.store.compute(
        lambda: (
            _registry(records, alive),
            _table(records, params, alive, context.settings.root_labels),
            critical_alerts(context.store.local, context.now),
        )
    )
    return {
        **metrics,
        **table,
        "active": len(found.runs),
        "run_states": by_state(found.states),
        "older_runs": found.older,
        "active_runs": shown,
        "critical_alerts": len(critical),
        "read_errors": context.store.read_errors().total,
        "read_error_coverage": read_error_coverage(context.store.local.coverage()),
        "newest": known_freshness(alive.newest(index.ordered)),
        "directories": directory_faults(directories),
    }


def _registry(records: tuple[SessionRecord, ...], alive: Lives) -> Registry:
    started = sessions.select(records, status="started")
    going = [record for record in started if alive.session(record).goes_on]
    known = [found for record in records if (found := sessions.drawdown(record)) is not None]
    return {
        "total_sessions": len(records),
        "active_sessions": len(going),
        "crashed_sessions": len(started) - len(going),
        "live_accounts": sum(sessions.is_live(record.mode) for record in going),
        "newest_session": session_row(records[0], alive) if records else None,
        "pnl": by_currency(records, lambda record: record.metric("realized_pnl")),
        "holding": holding(started, alive),
        "avg_drawdown": sum(known) / len(known) if known else None,
        "drawdowns": len(known),
    }


def _table(
    records: tuple[SessionRecord, ...],
    params: SessionTableParams,
    alive: Lives,
    roots: Collection[str],
) -> Filtered:
    asked, of_any_state = (_asked(records, params.q, alive, *but) for but in ((), ("state",)))
    mode, status, tier = params.mode, params.status, params.tier
    chosen = sessions.select(asked, mode, status, tier)
    rows = chosen if params.sort else chosen[: params.rows]
    shown = SESSIONS.sort([session_row(record, alive) for record in rows], params.sort)
    filtered: Filtered = {
        "by_mode": _counts(_modes(records), _modes(sessions.select(asked, "", status, tier))),
        "by_status": _counts(_statuses(records), _statuses(sessions.select(asked, mode, "", tier))),
        "by_tier": _counts(_tiers(records), _tiers(sessions.select(asked, mode, status))),
        "by_state": _states(sessions.select(of_any_state, mode, status, tier), alive),
        "matching": len(chosen),
        "sessions": list(shown[: params.rows]),
    }
    if not roots:
        return filtered
    of_any_root = sessions.select(_asked(records, params.q, alive, ROOT), mode, status, tier)
    found = Counter(record.root for record in of_any_root)
    return {**filtered, "by_root": {name: found[name] for name in roots}}


def _asked(
    records: tuple[SessionRecord, ...], query: str, alive: Lives, but_for: str = ""
) -> tuple[SessionRecord, ...]:
    """Return the sessions that match a query, but for what it asks of one name."""
    query = narrowed(query, but_for) if but_for else query
    if not query:
        return records
    matches = SESSIONS.parse(query)
    return tuple(record for record in records if matches(session_row(record, alive)))


async def active_runs(context: Context, alive: Lives) -> tuple[Open, list[ActiveRun]]:
    """Give the runs that have not ended, and the first of them: the worst, then by their start."""
    store = context.store
    since, local = context.now - PERIOD, store.local
    found, stored = await store.compute(
        lambda: (
            open_runs(local.index.ordered, alive),
            newest_of_runs(local, since, context.now),
        )
    )
    shown = found.runs[:MAX_ACTIVE]
    states = [await store.run(run.summary.run_id, rows=True) for run in shown]
    pairs = zip(shown, states, strict=True)
    return found, [_active_run(run.summary, state, alive, stored) for run, state in pairs if state]


def _active_run(
    summary: RunSummary, state: RunState, alive: Lives, stored: Mapping[str, Alert]
) -> ActiveRun:
    metrics = state.events.metrics
    rows = state.events.table().slice(max(metrics.steps - SPARK_EVENTS, 0))
    equity = floats(rows, "equity")
    return {
        **run_entry(summary, alive),
        "equity": metrics.known_equity,
        "spark": equity[extremes(equity, SPARK_POINTS)],
        "last_alert": _newest_alert(state, stored.get(summary.run_id)),
    }


def _newest_alert(state: RunState, stored: Alert | None) -> AlertRow | None:
    """Return the newer of a run's own newest alert and that of the store about it."""
    own = next(iter(newest_alerts(state)), None)
    if stored and (own is None or own.instant is None or stored.instant > own.instant):
        return stored_row(stored, state.run_id)
    return own_row(own, state.run_id) if own else None


def _states(records: Iterable[SessionRecord], alive: Lives) -> dict[str, int]:
    """Count the sessions of each state, worst first; states that none is in are left out."""
    found = Counter(alive.session(record).state for record in records)
    return by_state(found)


def _modes(records: Iterable[SessionRecord]) -> list[str]:
    return [record.mode or "unknown" for record in records]


def _statuses(records: Iterable[SessionRecord]) -> list[str]:
    return [record.status for record in records if record.status]


def _tiers(records: Iterable[SessionRecord]) -> list[str]:
    return [sessions.shown_tier(record) for record in records]


def _counts(known: list[str], left: list[str]) -> dict[str, int]:
    counted = Counter(left)
    return {value: counted[value] for value in sorted(set(known))}
