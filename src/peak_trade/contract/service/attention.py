"""Payload of what needs attention now, for the title and icon of every page.

It looks back one day: what is older is history, and would make the sign say the same for ever.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import takewhile
from typing import Final

from peak_trade.artifacts.alerts import Alert
from peak_trade.contract.base.life import lives
from peak_trade.contract.base.route import Context, Params
from peak_trade.contract.service.schema import Attention, CriticalAlert
from peak_trade.derive.freshness import Freshness
from peak_trade.store.runs_state import RunSummary

PERIOD: Final = timedelta(hours=24)


async def attention(context: Context, params: Params) -> Attention:
    """Say what needs attention now."""
    directories = await context.store.directories()
    since = context.now - PERIOD
    found = await context.store.alerts(since, context.now)
    critical = [alert for alert in found if alert.severity.upper() == "CRITICAL"]
    index = await context.store.index()

    def is_recent(summary: RunSummary) -> bool:
        return summary.last_event is not None and summary.last_event >= since

    alive = await lives(context)
    states = Counter(
        alive.summary(summary).state for summary in takewhile(is_recent, index.ordered)
    )
    crashed, stale = states[Freshness.CRASHED], states[Freshness.STALE]
    lost = sum(
        judgement.state is Freshness.CRASHED and judgement.is_since(since)
        for judgement in map(alive.session, alive.open_sessions)
    )
    wrong = critical or crashed or lost or directories.faults
    return {
        "level": "error" if wrong else "warn" if stale else "ok",
        "critical_alerts": len(critical),
        "newest_critical": await _named(context, critical[0]) if critical else None,
        "crashed_runs": crashed,
        "crashed_sessions": lost,
        "stale_runs": stale,
    }


async def _named(context: Context, alert: Alert) -> CriticalAlert:
    record = (await context.store.sessions()).by_id.get(alert.session_id or "")
    run_id = record.run_id if record else None
    return {
        "title": alert.title,
        "session_id": alert.session_id,
        "run_id": run_id if run_id and await context.store.known_runs({run_id}) else None,
        "timestamp": alert.timestamp.isoformat(),
    }
