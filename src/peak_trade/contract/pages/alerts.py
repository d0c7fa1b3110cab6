"""Payload of the alerts page: equal alerts as one group, counts for each filter, counts over time.

Equal are alerts of one root, source, title, severity and session. The groups are those of the
newest `limit` alerts that match; what is said of a group is over all of the window.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated, Final, NotRequired

from typing_extensions import TypedDict

from peak_trade.artifacts.alerts import Alert
from peak_trade.contract.alerts.items import (
    CATEGORIES,
    SEVERITIES,
    alert_item,
    alert_stats,
    display_time,
    select,
)
from peak_trade.contract.alerts.params import AlertsView
from peak_trade.contract.alerts.schema import AlertItem, AlertStats
from peak_trade.contract.base import fields as f
from peak_trade.contract.base.freshness import Freshness, freshness, known_freshness
from peak_trade.contract.base.life import lives
from peak_trade.contract.base.route import Context
from peak_trade.derive.occurrences import (
    bin_length,
    bin_start,
    bin_starts,
    flaps,
    masked,
    ranged,
)

WINDOWS: Final = (2, 6, 24, 48, 168)
"""Lengths of the window to choose from, hours."""

MAX_SESSIONS: Final = 8
OTHER: Final = "OTHER"


class AlertGroup(TypedDict):
    """Alerts that differ in numbers alone; body and runbooks are those of the newest."""

    title: Annotated[
        str, f.about("That of all of them; numbers that differ as a range", "Heartbeat 0..5")
    ]
    newest: Annotated[AlertItem, f.about("The newest of them")]
    count: Annotated[int, f.about("Number of them", 3)]
    first: Annotated[datetime, f.about("Time of the oldest", f.EXAMPLE_TIME)]
    last: Annotated[datetime, f.about("Time of the newest", f.EXAMPLE_TIME)]
    first_display: Annotated[
        str, f.about("`first` as dd.mm.YYYY HH:MM:SS, stored offset", "15.01.2026 18:30:00")
    ]
    is_flapping: Annotated[bool, f.about("It was quiet for 10 minutes at least twice", False)]
    run_id: Annotated[str | None, f.about("The run of the session, if there is one", None)]
    has_log: Annotated[bool, f.about("The session has a telemetry log", True)]
    freshness: Annotated[
        Freshness | None, f.about("Whether the session lives; null if it is not on record")
    ]
    root: NotRequired[f.Root]


class AlertBin(TypedDict):
    """Alerts of one length of time, by severity."""

    start: Annotated[datetime, f.about("Begin, included", f.EXAMPLE_TIME)]
    end: Annotated[datetime, f.about("End, not included", f.EXAMPLE_TIME)]
    counts: Annotated[dict[str, int], f.about("INFO, WARN, CRITICAL, OTHER", {"WARN": 2})]


class AlertsPayload(TypedDict):
    """What the alerts page shows."""

    files: Annotated[int, f.about("Day files of the alert store; 0: there is none", 2)]
    total: Annotated[int, f.about("Alerts of the window, whatever the other filters", 12)]
    matching: Annotated[int, f.about("Alerts that match all filters", 8)]
    listed: Annotated[int, f.about("Alerts that the groups are made from", 8)]
    groups: Annotated[list[AlertGroup], f.about("Newest first")]
    bins: Annotated[list[AlertBin], f.about("Counts over time, oldest first")]
    stats: Annotated[AlertStats, f.about("Of the window, without other filters")]
    last_critical: Annotated[
        datetime | None, f.about("The newest CRITICAL one in the window", f.EXAMPLE_TIME)
    ]
    by_severity: Annotated[dict[str, int], f.about("What the other filters leave", {"WARN": 2})]
    by_category: Annotated[dict[str, int], f.about("What the other filters leave", {"RISK": 2})]
    by_session: Annotated[dict[str, int], f.about("The 8 with the most alerts", {"s1": 2})]
    by_root: NotRequired[
        Annotated[
            dict[str, int],
            f.about("Of several roots: what the other filters leave of each", {"paper": 2}),
        ]
    ]
    by_hours: Annotated[
        dict[str, int], f.about("Hours of the window to alerts that match", {"24": 8})
    ]
    newest: Annotated[datetime | None, f.about("Newest alert of the last 7 days", f.EXAMPLE_TIME)]
    freshness: Annotated[
        Freshness | None,
        f.about("Of what gives alerts: the newest run, or an open session with a newer sign"),
    ]


async def alerts_page(context: Context, params: AlertsView) -> AlertsPayload:
    """Give the alerts of a window, grouped and counted."""
    hours = max(*WINDOWS, params.hours)
    found = await context.store.alerts(context.now - timedelta(hours=hours), context.now)
    alive = await lives(context)
    records = (await context.store.sessions()).by_id
    ordered = context.store.local.index.ordered
    logs = (await context.store.logs()).logs
    files = context.store.local.alerts.files
    roots = context.settings.root_labels
    page = await context.store.compute(lambda: page_of(found, params, context.now, files, roots))
    page["freshness"] = known_freshness(alive.newest(ordered))
    sessions = [group["newest"]["session_id"] or "" for group in page["groups"]]
    found_records = [records.get(session) for session in sessions]
    wanted = {record.run_id for record in found_records if record and record.run_id}
    known = await context.store.known_runs(wanted)
    for group, session, record in zip(page["groups"], sessions, found_records, strict=True):
        group["run_id"] = record.run_id if record and record.run_id in known else None
        group["has_log"] = session in logs
        group["freshness"] = freshness(alive.session(record)) if record else None
    return page


def page_of(
    found: list[Alert],
    params: AlertsView,
    now: datetime,
    files: int,
    roots: Iterable[str] = (),
) -> AlertsPayload:
    """Return the payload over alerts, newest first, without links to other artifacts."""
    since = now - timedelta(hours=params.hours)
    window = [alert for alert in found if alert.instant >= since]
    matching = _chosen(window, params)
    stats = alert_stats(window, params.hours)
    critical = (alert.instant for alert in window if alert.severity.upper() == "CRITICAL")
    payload: AlertsPayload = {
        "files": files,
        "total": len(window),
        "matching": len(matching),
        "listed": min(len(matching), params.limit),
        "groups": _groups(matching, params.limit),
        "bins": _bins(matching, since, now),
        "stats": stats,
        "last_critical": next(critical, None),
        "by_severity": _left(window, params, "severity", SEVERITIES),
        "by_category": _left(window, params, "category", CATEGORIES),
        "by_session": _sessions(window, params),
        "by_hours": _by_hours(_chosen(found, params), now, {*WINDOWS, params.hours}),
        "newest": found[0].instant if found else None,
        "freshness": None,
    }
    if not roots:
        return payload
    counts = Counter(a.root for a in _chosen(window, params.model_copy(update={"root": ""})))
    return {**payload, "by_root": {name: counts[name] for name in roots}}


def _chosen(alerts: list[Alert], params: AlertsView) -> list[Alert]:
    of_root = [a for a in alerts if a.root == params.root] if params.root else alerts
    return select(of_root, params)


def _key(alert: Alert) -> tuple[str, ...]:
    session = alert.session_id or ""
    return alert.root, alert.source, masked(alert.title), alert.severity.upper(), session


def _groups(matching: list[Alert], limit: int) -> list[AlertGroup]:
    members: dict[tuple[str, ...], list[Alert]] = {}
    for alert in matching:
        members.setdefault(_key(alert), []).append(alert)
    listed = dict.fromkeys(map(_key, matching[:limit]))
    return [_group(members[key]) for key in listed]


def _group(members: list[Alert]) -> AlertGroup:
    first = members[-1]
    group: AlertGroup = {
        "newest": alert_item(members[0]),
        "title": ranged(alert.title for alert in members),
        "count": len(members),
        "first": first.instant,
        "last": members[0].instant,
        "first_display": display_time(first),
        "is_flapping": flaps(alert.instant for alert in members),
        "run_id": None,
        "has_log": False,
        "freshness": None,
    }
    return {**group, "root": first.root} if first.root else group


def _bins(matching: list[Alert], since: datetime, now: datetime) -> list[AlertBin]:
    length = bin_length(now - since)
    counted: dict[datetime, Counter[str]] = {}
    for alert in matching:
        severity = alert.severity.upper()
        known = severity if severity in SEVERITIES else OTHER
        counted.setdefault(bin_start(alert.instant, length), Counter())[known] += 1
    names = (*SEVERITIES, OTHER)
    return [
        {
            "start": start,
            "end": start + length,
            "counts": {name: counted.get(start, Counter[str]())[name] for name in names},
        }
        for start in bin_starts(since, now, length)
    ]


def _left(
    window: list[Alert], params: AlertsView, name: str, known: Iterable[str]
) -> dict[str, int]:
    """Return how many alerts there are by severity or category, of those the other filters leave.

    The known ones come first, also if there is none of them; then others that occur.
    """
    left = _chosen(window, params.model_copy(update={name: None}))
    counts = Counter(getattr(alert, name).upper() for alert in left)
    others = sorted({getattr(alert, name).upper() for alert in window} - {*known, ""})
    return {value: counts[value] for value in (*known, *others)}


def _sessions(window: list[Alert], params: AlertsView) -> dict[str, int]:
    left = _chosen(window, params.model_copy(update={"session_id": None}))
    counts = Counter(alert.session_id for alert in left if alert.session_id)
    return dict(counts.most_common(MAX_SESSIONS))


def _by_hours(matching: list[Alert], now: datetime, windows: set[int]) -> dict[str, int]:
    return {
        str(hours): sum(alert.instant >= now - timedelta(hours=hours) for alert in matching)
        for hours in sorted(windows)
    }
