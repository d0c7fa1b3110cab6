"""All alerts about a run as one list: its own, and those of the platform about its sessions."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from peak_trade.artifacts import times
from peak_trade.artifacts.alerts import Alert
from peak_trade.artifacts.run_alerts import RunAlert
from peak_trade.contract.alerts.items import shortened
from peak_trade.contract.base import fields as f
from peak_trade.contract.base.route import Context
from peak_trade.contract.runs.schema import RunAlertItem
from peak_trade.contract.runs.snapshot import alert_item, find_run
from peak_trade.errors import UnlistedError
from peak_trade.store.local import LocalStore
from peak_trade.store.runs_state import RunState

AROUND: Final = timedelta(days=1)
"""How long before the start and after the last event of a run its alerts may be raised."""

OWN, PLATFORM = "run", "platform"


class AlertRow(RunAlertItem):
    """One alert about a run."""

    origin: Annotated[str, f.about("run: its own rules; platform: the alert store", "run")]
    title: Annotated[str, f.about("Of an alert of the platform; empty for the run's own", "")]


async def alert_rows(context: Context, run_id: str) -> list[AlertRow]:
    """Return all alerts about a run, newest first; those without a time last."""
    state = await find_run(context, run_id)
    own = [(alert.instant, own_row(alert, run_id)) for alert in state.alerts.records]
    stored = ((alert.instant, stored_row(alert, run_id)) for alert in await _stored(context, state))
    never = datetime.min.replace(tzinfo=UTC)
    rows = sorted((*own, *stored), key=lambda found: found[0] or never, reverse=True)
    return [row for _, row in rows]


def own_row(alert: RunAlert, run_id: str) -> AlertRow:
    """Return the row of an alert that a run raised itself."""
    return AlertRow(**alert_item(alert, run_id), origin=OWN, title="")


def stored_row(alert: Alert, run_id: str) -> AlertRow:
    """Return the row of an alert of the store about a run."""
    return {
        "rule_id": alert.source,
        "severity": alert.severity,
        "message": shortened(alert.body),
        "run_id": run_id,
        "timestamp": alert.timestamp.isoformat(),
        "origin": PLATFORM,
        "title": alert.title,
    }


def newest_of_runs(local: LocalStore, since: datetime, until: datetime) -> dict[str, Alert]:
    """Return the newest alert of the store about each run, as far as it was read."""
    found: dict[str, Alert] = {}
    for alert in local.alerts.between(since, until):
        record = local.sessions.by_id.get(alert.session_id or "")
        if record is not None and record.run_id:
            found.setdefault(record.run_id, alert)
    return found


async def _stored(context: Context, state: RunState) -> Iterable[Alert]:
    """Return the alerts of the store about sessions of the run; none if they cannot be listed."""
    with suppress(UnlistedError):
        records = (await context.store.sessions()).ordered
        names = {record.session_id for record in records if record.run_id == state.run_id}
        known = (
            state.meta.started_at,
            *(times.as_utc(r.started_at) for r in records if r.session_id in names),
        )
        begin = min((start for start in known if start), default=None)
        if names and begin:
            last = max(context.now, state.events.metrics.last_instant or context.now)
            found = await context.store.alerts(times.plus(begin, -AROUND), times.plus(last, AROUND))
            return [alert for alert in found if alert.session_id in names]
    return []
