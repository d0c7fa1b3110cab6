"""The writer of alerts: into the run's own list and into the daily store.

Assumes nothing of other writers: each alert is one append, and the daily store may have many.
Guarantees that alerts of one kind which repeat are counted instead of filling the files, and that
none is lost without a count while the writer is closed in the end.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from threading import RLock
from typing import Final, Self

from peak_trade import clock
from peak_trade.schemas import RUN_ALERTS_FILE
from peak_trade.writing.files import append_json, iso

SUMMARY_SECONDS: Final = 3600.0
"""Repeats of a kind are told with their count once in this time."""


class Severity(StrEnum):
    """How bad an alert is; the run's own list uses the names, in lower case and in full."""

    INFO = "INFO"
    WARN = "WARN"
    CRITICAL = "CRITICAL"


class Category(StrEnum):
    """What an alert is about."""

    RISK = "RISK"
    EXECUTION = "EXECUTION"
    SYSTEM = "SYSTEM"


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert, as its producer knows it.

    Parameters
    ----------
    rule_id
        Name of the rule that raised it; with severity and source it is the kind of the alert.
    repeats
        Whether it comes again while its cause stays, and is counted then. An alert that tells a
        change of a state does not.
    """

    rule_id: str
    severity: Severity
    category: Category
    source: str
    title: str
    body: str
    context: Mapping[str, object] = field(default_factory=dict)
    repeats: bool = True

    @property
    def kind(self) -> tuple[str, str, str]:
        """What alerts have in common that repeat each other."""
        return self.rule_id, self.severity, self.source


_RUN_SEVERITY: Final = {
    Severity.INFO: "info",
    Severity.WARN: "warning",
    Severity.CRITICAL: "critical",
}
_RUNBOOK_TITLES: Final = {
    "live_risk_severity": "Live Risk Severity",
    "live_risk_limits": "Live Risk Limits",
    "live_alert_pipeline": "Live Alert Pipeline",
    "live_deployment": "Live Deployment",
    "incident_drills": "Incident Drills",
}


def runbook_ids(alert: Alert) -> tuple[str, ...]:
    """Return the ids of the runbooks for an alert, most specific first."""
    critical = alert.severity is Severity.CRITICAL
    first: tuple[str, ...] = ("live_deployment",)
    if alert.category is Category.RISK:
        by_severity = alert.source == "live_risk_severity"
        first = ("live_risk_severity",) if by_severity else ("live_risk_limits",)
    elif alert.category is Category.SYSTEM and not critical:
        first = ()
    return (*first, "live_alert_pipeline", *(("incident_drills",) if critical else ()))


@dataclass(slots=True)
class _Told:
    """When a kind was told last, and the newest of those that were counted since."""

    at: float
    moment: datetime
    count: int = 0
    newest: Alert | None = None
    counted_at: float = 0.0


class AlertWriter:
    """Appends alerts to the run's `alerts.jsonl` and to the daily store; a context manager.

    The first alert of a kind is written at once. Those that repeat it are counted: within
    `debounce_seconds` all, within an hour those that are not critical; the next one is written with
    their count. Without a next one the newest that was counted is, by `tell_held` when that time is
    over, or when the writer is closed.

    Parameters
    ----------
    run_directory
        Exists; its name is the id of the run. None: there is no run.
    store
        Directory of the daily store, one file per UTC day; made if it is not there.
    session_id
        Session that the alerts belong to.
    runbook_url
        Address that the runbooks lie under, as `<runbook_url>/<id>.md`; empty: no links.
    debounce_seconds
        0: every alert is written.
    """

    def __init__(
        self,
        run_directory: Path | str | None,
        store: Path | str,
        session_id: str,
        runbook_url: str = "",
        *,
        debounce_seconds: float = 60.0,
    ) -> None:
        self._store = Path(store)
        self._store.mkdir(parents=True, exist_ok=True)
        self._run_directory = None if run_directory is None else Path(run_directory)
        self._session_id = session_id
        self._runbook_url = runbook_url.rstrip("/")
        self._debounce_seconds = debounce_seconds
        self._told: dict[tuple[str, str, str], _Told] = {}
        self._lock = RLock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self.close()

    def write(self, alert: Alert) -> bool:
        """Store one alert in both places; return False if it was counted instead."""
        with self._lock:
            told = self._told.get(alert.kind)
            if alert.repeats and told is not None and self._is_held(alert, told):
                told.count += 1
                told.newest, told.counted_at = alert, clock.monotonic()
                return False
            self._store_alert(alert if told is None else _with_count(alert, told))
            self._told[alert.kind] = _Told(clock.monotonic(), clock.now())
            return True

    def tell_held(self) -> None:
        """Write what was counted of each kind for as long as it may be, in one line a kind."""
        with self._lock:
            for kind, told in self._told.items():
                if told.newest is not None and not self._is_held(told.newest, told):
                    self._store_held(told.newest, told)
                    self._told[kind] = _Told(clock.monotonic(), clock.now())

    def close(self) -> None:
        """Write what was counted and not told, in the order in which it was counted last."""
        with self._lock:
            held, self._told = self._told, {}
            for told in sorted(held.values(), key=lambda told: told.counted_at):
                if told.newest is not None:
                    self._store_held(told.newest, told)

    def _is_held(self, alert: Alert, told: _Told) -> bool:
        is_critical = alert.severity is Severity.CRITICAL
        quiet = self._debounce_seconds if is_critical else SUMMARY_SECONDS
        return bool(self._debounce_seconds) and clock.monotonic() - told.at < quiet

    def _store_held(self, newest: Alert, told: _Told) -> None:
        told.count -= 1  # the newest itself is told
        self._store_alert(_with_count(newest, told))

    def _store_alert(self, alert: Alert) -> None:
        moment = clock.now()
        run_id = self._run_directory.name if self._run_directory else None
        store_line = {
            "title": alert.title,
            "body": alert.body,
            "severity": alert.severity,
            "category": alert.category,
            "source": alert.source,
            "session_id": self._session_id,
            "timestamp": iso(moment),
            "context": {
                **alert.context,
                "rule_id": alert.rule_id,
                "run_id": run_id,
                "runbooks": [self._runbook(name) for name in runbook_ids(alert)],
            },
            "id": f"alert_{uuid.uuid4().hex}",
            "stored_at": iso(clock.now()),
        }
        if self._run_directory is not None:
            run_line = {
                "rule_id": alert.rule_id,
                "severity": _RUN_SEVERITY[alert.severity],
                "message": f"{alert.title}: {alert.body}",
                "run_id": run_id,
                "timestamp": iso(moment),
            }
            append_json(self._run_directory / RUN_ALERTS_FILE, run_line)
        append_json(self._store / f"alerts_{moment:%Y-%m-%d}.jsonl", store_line)

    def _runbook(self, name: str) -> dict[str, str]:
        url = f"{self._runbook_url}/{name}.md" if self._runbook_url else ""
        return {"id": name, "title": f"{_RUNBOOK_TITLES[name]} Runbook", "url": url}


def _with_count(alert: Alert, told: _Told) -> Alert:
    if not told.count:
        return alert
    since = f"{told.moment:%Y-%m-%d %H:%M:%S} UTC"
    body = f"{alert.body} ({told.count} more of this kind since {since})"
    return replace(alert, body=body, context={**alert.context, "repeats": told.count})
