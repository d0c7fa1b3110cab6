"""Writers of the four artifact families: run directory, session registry, alerts, telemetry.

Assumes one writer per run and per session; the daily alert store may have many. Guarantees what
the data contract asks of a writer: files that are replaced are replaced atomically, files that
grow grow by whole lines, the columns of a run never change, times are aware UTC, and what was
flushed survives the death of the process.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Literal

from peak_trade import clock, jsonio
from peak_trade.errors import SettingsError
from peak_trade.runners.files import append_lines, clean_name, iso, replace_file
from peak_trade.runners.tables import Cell, CsvFile, ParquetFile, Row, RowFile
from peak_trade.schemas import EVENT_COLUMNS, EVENTS_STEM, META_FILE, RUN_ALERTS_FILE, TRADES_STEM

EVENT_NAMES: Final = tuple(column.name for column in EVENT_COLUMNS)
TRADE_NAMES: Final = ("ts", "step", "side", "quantity", "price", "fee", "order_id")

_REST: Final = 9
"""A flush waits for this many times what the last one took: at most a tenth of the time is spent
on rewriting a Parquet file that grows."""


EndStatus = Literal["completed", "failed", "aborted"]


class RunExistsError(SettingsError):
    """The run directory is there already."""


class LogFormat(StrEnum):
    """Format of the event log of a run."""

    CSV = "csv"
    PARQUET = "parquet"


class RunWriter:
    """Writes one run directory: `meta.json`, `events.csv` or `events.parquet`, `trades.csv`.

    Rows are flushed when `flush_steps` of them wait or `flush_seconds` have passed since the last
    flush, whichever comes first, but not before `rest_seconds` have passed since then.

    Parameters
    ----------
    directory
        The run directory; must not exist yet. A run is written once and never continued, so that
        two processes can never write into one file.
    meta
        Content of `meta.json`, without `ended_at`.

    Raises
    ------
    RunExistsError
        If the run directory exists already.
    """

    def __init__(
        self,
        directory: Path,
        meta: Mapping[str, object],
        *,
        log_format: LogFormat = LogFormat.CSV,
        flush_steps: int = 50,
        flush_seconds: float = 1.0,
    ) -> None:
        directory.parent.mkdir(parents=True, exist_ok=True)
        try:
            directory.mkdir()
        except FileExistsError:
            raise RunExistsError(
                f"run {directory.name!r} exists already, and a run is never continued; "
                "give another run id, or none"
            ) from None
        self._meta_file = directory / META_FILE
        self._meta = {**meta, "ended_at": None}
        self._events: RowFile = (
            CsvFile(directory / f"{EVENTS_STEM}.csv", EVENT_NAMES)
            if log_format is LogFormat.CSV
            else ParquetFile(directory / f"{EVENTS_STEM}.parquet", EVENT_COLUMNS)
        )
        self._trades = CsvFile(directory / f"{TRADES_STEM}.csv", TRADE_NAMES)
        self._event_rows: list[Row] = []
        self._trade_rows: list[Row] = []
        self._flush_steps = flush_steps
        self._flush_seconds = flush_seconds
        self._flushed_at = clock.monotonic()
        self._flush_cost = 0.0  # seconds
        _write_json(self._meta_file, self._meta)

    def append(self, row: Mapping[str, Cell]) -> None:
        """Add one event, with a cell for each of `EVENT_NAMES`."""
        self._event_rows.append(_row(row, EVENT_NAMES))
        waited = clock.monotonic() - self._flushed_at
        is_due = len(self._event_rows) >= self._flush_steps or waited >= self._flush_seconds
        if is_due and waited >= self.rest_seconds:
            self.flush()

    @property
    def rest_seconds(self) -> float:
        """Shortest time from one flush to the next, for who flushes by a clock of its own."""
        return _REST * self._flush_cost

    def append_trade(self, row: Mapping[str, Cell]) -> None:
        """Add one trade, with a cell for each of `TRADE_NAMES`; it is flushed with the events."""
        self._trade_rows.append(_row(row, TRADE_NAMES))

    def flush(self) -> None:
        """Write all waiting rows; when this returns they are in the file."""
        began = clock.monotonic()
        events, self._event_rows = self._event_rows, []
        trades, self._trade_rows = self._trade_rows, []
        if events:
            self._events.add(events)
        if trades:
            self._trades.add(trades)
        self._flushed_at = clock.monotonic()
        self._flush_cost = self._flushed_at - began

    def close(self) -> None:
        """Write all waiting rows and the end of the run."""
        self.flush()
        self._meta["ended_at"] = iso(clock.now())
        _write_json(self._meta_file, self._meta)


class SessionRegistryWriter:
    """Writes the record of one session: `started` at once, then again whenever it changes.

    Parameters
    ----------
    directory
        The session registry.
    record
        The record with at least `session_id` and `run_type`; status, times, metrics and error are
        kept here.
    started_at
        Aware UTC; part of the name of the file.
    """

    def __init__(self, directory: Path, record: Mapping[str, object], started_at: datetime) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        kind, session = (clean_name(str(record[key])) for key in ("run_type", "session_id"))
        self._path = directory / f"{started_at:%Y%m%dT%H%M%S}_{kind}_{session}.json"
        self._record = {
            **record,
            "status": "started",
            "started_at": iso(started_at),
            "finished_at": None,
            "metrics": {},
            "error": None,
            "created_at": iso(clock.now()),
        }
        _write_json(self._path, self._record)

    def refresh(self, metrics: Mapping[str, object]) -> None:
        """Replace the metrics of the running session."""
        self._record |= {"metrics": metrics}
        _write_json(self._path, self._record)

    def finish(
        self,
        status: EndStatus,
        metrics: Mapping[str, object],
        error: str | None = None,
    ) -> None:
        """Write the last state of the session."""
        finished_at = iso(clock.now())
        self._record |= {"status": status, "finished_at": finished_at, "error": error}
        self.refresh(metrics)


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
    """One alert, as its producer knows it."""

    rule_id: str
    severity: Severity
    category: Category
    source: str
    title: str
    body: str
    context: Mapping[str, object] = field(default_factory=dict)


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


class AlertWriter:
    """Appends alerts to the run's `alerts.jsonl` and to the daily store.

    Parameters
    ----------
    run_directory
        Exists; its name is the id of the run.
    store
        Directory of the daily store; one file per UTC day.
    session_id
        Session that the alerts belong to.
    runbook_url
        Address that the runbooks lie under, as `<runbook_url>/<id>.md`; empty: no links.
    """

    def __init__(
        self, run_directory: Path, store: Path, session_id: str, runbook_url: str = ""
    ) -> None:
        store.mkdir(parents=True, exist_ok=True)
        self._run_directory = run_directory
        self._store = store
        self._session_id = session_id
        self._runbook_url = runbook_url.rstrip("/")

    def write(self, alert: Alert) -> None:
        """Store one alert in both places."""
        moment = clock.now()
        run_line = {
            "rule_id": alert.rule_id,
            "severity": _RUN_SEVERITY[alert.severity],
            "message": f"{alert.title}: {alert.body}",
            "run_id": self._run_directory.name,
            "timestamp": iso(moment),
        }
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
                "run_id": self._run_directory.name,
                "runbooks": [self._runbook(name) for name in runbook_ids(alert)],
            },
            "id": f"alert_{uuid.uuid4().hex}",
            "stored_at": iso(clock.now()),
        }
        _append_json(self._run_directory / RUN_ALERTS_FILE, run_line)
        _append_json(self._store / f"alerts_{moment:%Y-%m-%d}.jsonl", store_line)

    def _runbook(self, name: str) -> dict[str, str]:
        url = f"{self._runbook_url}/{name}.md" if self._runbook_url else ""
        return {"id": name, "title": f"{_RUNBOOK_TITLES[name]} Runbook", "url": url}


class TelemetryWriter:
    """Appends execution events to `<session_id>.jsonl`, each in a write of its own."""

    def __init__(self, directory: Path, session_id: str, symbol: str, mode: str) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._path = directory / f"{clean_name(session_id)}.jsonl"
        self._head = {"session_id": session_id, "symbol": symbol, "mode": mode}

    def emit(
        self, kind: Literal["intent", "order", "fill", "gate", "error"], payload: dict[str, Any]
    ) -> None:
        """Write one event, with the time of now."""
        line = {"ts": iso(clock.now()), **self._head, "kind": kind, "payload": payload}
        _append_json(self._path, line)


def _row(cells: Mapping[str, Cell], names: tuple[str, ...]) -> Row:
    values = (cells[name] for name in names)
    return tuple(
        None if isinstance(value, float) and not math.isfinite(value) else value for value in values
    )


def _write_json(path: Path, content: Mapping[str, object]) -> None:
    data = jsonio.dumps(content, indent=True)
    replace_file(path, lambda draft: draft.write_bytes(data))


def _append_json(path: Path, content: Mapping[str, object]) -> None:
    append_lines(path, jsonio.dumps(content) + b"\n")
