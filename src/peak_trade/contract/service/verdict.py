"""What is wrong now, worst first: the line on top of every page, its title, its icon, its notes.

One verdict for all of them, so that they never differ. It looks back one day, further only at runs
that write less often: what is older is history, is counted as such, and does not make the sign say
the same for ever.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from peak_trade.artifacts.alerts import Alert
from peak_trade.contract.base.freshness import freshness
from peak_trade.contract.base.life import (
    ALERTS_BACK,
    Lives,
    known_lives,
    read_lives,
    started_last_first,
)
from peak_trade.contract.base.route import Context, Params
from peak_trade.contract.service import status
from peak_trade.contract.service.schema import CriticalAlert, Panel, Verdict, VerdictPart
from peak_trade.derive.freshness import Freshness as State
from peak_trade.derive.freshness import Judgement
from peak_trade.store.live import LiveStore
from peak_trade.store.local import LocalStore
from peak_trade.store.runs_state import RunSummary

PERIOD: Final = ALERTS_BACK
"""How far back it looks: as far as what tells of life is read."""

WORST_FIRST: Final = (State.CRASHED, State.STALE, State.LATE, State.UNKNOWN, State.LIVE)
LEVELS: Final = ("error", "warn", "note", "ok")
LEVEL_OF_STATE: Final = {
    State.CRASHED: "error",
    State.STALE: "warn",
    State.LATE: "note",
    State.UNKNOWN: "note",
    State.LIVE: "ok",
}

AT_ONCE: Final = frozenset({"directories", "alert"})
"""Families of artifacts whose changes a page shows at once; of others with its next period."""


class OpenRun(NamedTuple):
    """A run that has not ended."""

    summary: RunSummary
    judgement: Judgement


class Open(NamedTuple):
    """The runs that have not ended: those of a day, worst first, and how many are older."""

    runs: tuple[OpenRun, ...]
    older: int

    @property
    def states(self) -> Counter[State]:
        """How many of the runs are in each state."""
        return Counter(run.judgement.state for run in self.runs)


def by_state(found: Mapping[State, int]) -> dict[str, int]:
    """Return counts by the name of the state, worst first, of states that something is in."""
    return {state.value: found[state] for state in (*WORST_FIRST, State.ENDED) if found.get(state)}


def critical_alerts(local: LocalStore, now: datetime) -> list[Alert]:
    """Return the critical alerts of a day, newest first, as far as they were read."""
    found = local.alerts.between(now - PERIOD, now)
    return [alert for alert in found if alert.severity.upper() == "CRITICAL"]


def open_runs(ordered: Sequence[RunSummary], alive: Lives) -> Open:
    """Return the runs that have not ended; of equal state what started last comes first."""
    judged = (
        OpenRun(summary, alive.summary(summary))
        for summary in ordered
        if summary.meta.ended_at is None
    )
    left = [run for run in judged if run.judgement.state is not State.ENDED]
    recent = [run for run in left if run.judgement.is_recent(alive.now, PERIOD)]
    recent = started_last_first(recent, lambda run: run.summary)
    recent.sort(key=lambda run: WORST_FIRST.index(run.judgement.state))
    return Open(tuple(recent), len(left) - len(recent))


async def verdict(context: Context, params: Params | None = None) -> Verdict:
    """Bring up to date what tells of faults, and say what needs attention now."""
    await read(context.store, context.now)
    return await known_verdict(context)


async def read(store: LiveStore, now: datetime) -> None:
    """Read what a verdict is about; what cannot be listed is a part of it."""
    await store.directories()
    await read_lives(store, now)


def revision(store: LiveStore) -> tuple[Hashable, ...]:
    """Return another value after each change of what a verdict is about but the time."""
    local = store.local
    lists = local.index, local.sessions, local.logs, local.alerts, local.directories, local.tally
    return tuple(listing.revision for listing in lists)


async def known_verdict(context: Context) -> Verdict:
    """Say what needs attention now, by what is known: once for all who ask at this moment."""
    store, second = context.store, context.now.replace(microsecond=0)

    async def build() -> Verdict:
        panels, local = await status_panels(context), store.local
        # Gathered here, not in the thread: these go through what the loop changes.
        alive = known_lives(local, context.settings, context.now)
        read_errors = local.read_errors().total
        return await store.compute(lambda: _verdict(local, alive, panels, read_errors))

    # Not among the payloads: each second has another one, which would push them out.
    return await store.refreshes.get(("verdict", second, revision(store)), build)


def digest(found: Verdict) -> Hashable:
    """Return what of a verdict all parts of a page have to agree with: another if it changed."""
    return found["level"], tuple(
        (part["kind"], part["count"], part["total"], part["run_id"])
        for part in found["parts"]
        if part["kind"] != "read_errors"  # they are counted while nobody looks at them
    )


async def status_panels(context: Context) -> list[Panel]:
    """Return the status panels: built once for all who show them at this revision and minute."""
    store, minute = context.store, context.now.replace(second=0, microsecond=0)
    local = store.local
    lists = local.directories, local.sessions, local.alerts, local.logs
    key = ("panels", minute, *(listing.revision for listing in lists))

    async def build() -> list[Panel]:
        return (await status.snapshot(context, Params()))["panels"]

    return await store.shared.get(key, build)


def _verdict(local: LocalStore, alive: Lives, panels: Sequence[Panel], read_errors: int) -> Verdict:
    now = alive.now
    runs = open_runs(local.index.ordered, alive)
    states = runs.states
    critical = critical_alerts(local, now)
    lost = _crashed_sessions(alive)
    away = local.directories.away
    found = [
        *(
            _part(
                "root",
                "warn" if len(away) < len(local.roots) else "error",
                since=one.since,
                name=name,
                reason=one.reason,
            )
            for name, one in away.items()
        ),
        *(
            _part("directory", "error", name=file, reason=reason)
            for file, reason in dict.fromkeys(
                (fault.file, fault.reason) for fault in local.directories.faults.values()
            )
        ),
        *_run_parts(runs),
        *_session_part(lost, runs, alive),
        *_alert_part(critical, local),
        *_panel_parts(panels, local.directories.faults),
        *_counted("never_ended", runs.older),
        *_counted("read_errors", read_errors),
    ]
    found.sort(key=lambda part: LEVELS.index(part["level"]))
    levels = {part["level"] for part in found}
    newest = max(
        (run.judgement for run in runs.runs), key=lambda one: one.as_of or now, default=None
    )
    return {
        "level": next((level for level in ("error", "warn") if level in levels), "ok"),
        "parts": found,
        "newest": freshness(newest) if newest else None,
        "open_runs": len(runs.runs),
        "critical_alerts": len(critical),
        "newest_critical": _named(local, critical[0]) if critical else None,
        "crashed_runs": states[State.CRASHED],
        "crashed_sessions": len(lost),
        "stale_runs": states[State.STALE],
    }


def _run_parts(found: Open) -> Iterator[VerdictPart]:
    """Give a part for each state that a run is in."""
    for state in WORST_FIRST:
        those = [run for run in found.runs if run.judgement.state is state]
        if not those:
            continue
        alone = those[0].summary if len(those) == 1 else None
        yield _part(
            state.value,
            LEVEL_OF_STATE[state],
            len(those),
            len(found.runs),
            since=max((run.judgement.as_of for run in those if run.judgement.as_of), default=None),
            run_id=alone.run_id if alone else None,
            name=alone.meta.strategy_name if alone else "",
        )


def _crashed_sessions(alive: Lives) -> list[tuple[str, str | None, Judgement]]:
    judged = [
        (record.session_id, record.run_id, alive.session(record)) for record in alive.open_sessions
    ]
    return [
        one
        for one in judged
        if one[2].state is State.CRASHED and one[2].is_recent(alive.now, PERIOD)
    ]


def _session_part(
    lost: Sequence[tuple[str, str | None, Judgement]], runs: Open, alive: Lives
) -> Iterator[VerdictPart]:
    """Give a part of the crashed sessions whose run is not told of already."""
    told = {run.summary.run_id for run in runs.runs}
    alone = [(name, one) for name, run_id, one in lost if run_id not in told]
    if alone:
        yield _part(
            "sessions_crashed",
            "error",
            len(alone),
            len(alive.open_sessions),
            since=max((one.as_of for _, one in alone if one.as_of), default=None),
            session_id=alone[0][0] if len(alone) == 1 else None,
        )


def _alert_part(critical: Sequence[Alert], local: LocalStore) -> Iterator[VerdictPart]:
    if not critical:
        return
    named = _named(local, critical[0]) if len(critical) == 1 else None
    yield _part(
        "critical_alerts",
        "error",
        len(critical),
        since=critical[0].timestamp,
        run_id=named["run_id"] if named else None,
        session_id=named["session_id"] if named else None,
        name=critical[0].title,
    )


def _panel_parts(panels: Sequence[Panel], faults: Collection[str]) -> Iterator[VerdictPart]:
    """Give a part for each panel whose reason no other part tells."""
    for panel in panels:
        told = status.FAMILIES[panel["id"]] in faults
        warns = panel["status"] == "warn" and panel["id"] != "alerts"
        if not told and (warns or panel["status"] == "error"):
            yield _part("panel", panel["status"], name=panel["id"])


def _counted(kind: str, count: int) -> Iterator[VerdictPart]:
    if count:
        yield _part(kind, "note", count)


def _part(
    kind: str,
    level: str,
    count: int = 1,
    total: int = 0,
    *,
    since: datetime | None = None,
    run_id: str | None = None,
    session_id: str | None = None,
    name: str = "",
    reason: str = "",
) -> VerdictPart:
    return {
        "kind": kind,
        "level": level,
        "count": count,
        "total": total or count,
        "since": since,
        "run_id": run_id,
        "session_id": session_id,
        "name": name,
        "reason": reason,
    }


def _named(local: LocalStore, alert: Alert) -> CriticalAlert:
    record = local.sessions.by_id.get(alert.session_id or "")
    run_id = record.run_id if record else None
    return {
        "title": alert.title,
        "session_id": alert.session_id,
        "run_id": run_id if run_id in local.index.summaries else None,
        "timestamp": alert.timestamp.isoformat(),
    }
