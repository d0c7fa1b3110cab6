"""One session's artifacts in all four families, linked to each other by run id and session id.

Assumes one recorder a process and run. Guarantees that the registry says `started` from the first
moment, has metrics not older than the flush interval while the run steps, and ends as `completed`,
`aborted` or `failed`.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Final

from peak_trade import clock
from peak_trade.derive.symbols import quote_currency
from peak_trade.errors import SettingsError
from peak_trade.runners.files import iso
from peak_trade.runners.writers import (
    Alert,
    AlertWriter,
    Category,
    EndStatus,
    LogFormat,
    RunExistsError,
    RunWriter,
    SessionRegistryWriter,
    Severity,
    TelemetryWriter,
)

_ID_LENGTH: Final = 200
_ENDS: Final = {
    "completed": (Severity.INFO, "run_completed", "the run reached its end"),
    "aborted": (Severity.WARN, "run_aborted", "stopped"),
    "failed": (Severity.CRITICAL, "run_failed", "stopped by an error"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """Where the artifacts go, and how often.

    `runbook_url` is the address that runbooks lie under; empty: alerts name them without links.
    Without `has_registry` the session is not in the registry.
    """

    runs: Path
    sessions: Path
    telemetry: Path
    alerts: Path
    log_format: LogFormat = LogFormat.CSV
    flush_seconds: float = 1.0
    flush_steps: int = 50
    runbook_url: str = ""
    has_registry: bool = True

    def __post_init__(self) -> None:
        if not self.flush_seconds >= 0:
            raise SettingsError(f"flush interval {self.flush_seconds} is not a time from 0 s on")


@dataclass(frozen=True, slots=True)
class Subject:
    """What is traded and how, as every artifact names it; `place` is `local` or an exchange."""

    mode: str
    strategy: str
    symbol: str
    timeframe: str
    place: str = "local"

    def run_ids(self, started_at: datetime) -> Iterator[str]:
        """Yield ids for a run that starts then: first without, then with a number behind it."""
        strategy, symbol = (
            text.replace("/", "-").replace(" ", "_") for text in (self.strategy, self.symbol)
        )
        first = f"{started_at:%Y%m%d_%H%M%S}_{self.mode}_{strategy}_{symbol}_{self.timeframe}"
        yield first
        yield from (f"{first}_{number}" for number in count(2))


class Recorder:
    """Opens all four artifacts of a session; `telemetry`, `alerts` and `run` take its events.

    Parameters
    ----------
    run_id
        Name of the run directory; None: made from time and subject, with a number behind it if
        that name is taken.
    snapshot
        Configuration of the run; the session id is added to it.
    config
        Configuration of the session, as the registry keeps it.
    notes
        Free text.
    cli_args
        Command line that started the session; holds no secret.

    Raises
    ------
    SettingsError
        If the run exists already, or the id cannot be the name of a directory.
    """

    def __init__(
        self,
        output: Output,
        subject: Subject,
        run_id: str | None,
        *,
        snapshot: Mapping[str, object],
        config: Mapping[str, object],
        notes: str = "",
        cli_args: Sequence[str] = (),
    ) -> None:
        self.currency = quote_currency(subject.symbol)
        started_at = clock.now()
        token = secrets.token_hex(3)
        self.session_id = f"session_{started_at:%Y%m%d_%H%M%S}_{subject.mode}_{token}"
        meta = {
            "mode": subject.mode,
            "strategy_name": subject.strategy,
            "symbol": subject.symbol,
            "timeframe": subject.timeframe,
            "started_at": iso(started_at),
            "config_snapshot": {**snapshot, "session_id": self.session_id},
            "notes": notes,
        }
        names = subject.run_ids(started_at) if run_id is None else iter([run_id])
        self.run_id, self.run = _open_run(output, names, meta)
        record = {
            "session_id": self.session_id,
            "run_id": self.run_id,
            "mode": subject.mode,
            "symbol": subject.symbol,
            "run_type": f"live_session_{subject.mode}",
            "env_name": f"{subject.mode}_{subject.place}",
            "config": {**config, "notes": notes},
            "cli_args": list(cli_args),
            "strategy_tier": None,
        }
        self._registry = (
            SessionRegistryWriter(output.sessions, record, started_at)
            if output.has_registry
            else None
        )
        self.alerts = AlertWriter(
            output.runs / self.run_id, output.alerts, self.session_id, output.runbook_url
        )
        self.telemetry = TelemetryWriter(
            output.telemetry, self.session_id, subject.symbol, subject.mode
        )
        self._refresh_seconds = output.flush_seconds
        self._refreshed_at = clock.monotonic()
        self.system_alert(Severity.INFO, "run_started", f"{subject.mode} run started")

    def is_refresh_due(self) -> bool:
        """Tell whether the registry's metrics are older than the flush interval."""
        waited = clock.monotonic() - self._refreshed_at
        return waited >= max(self._refresh_seconds, self.run.rest_seconds)

    def refresh(self, metrics: Mapping[str, object]) -> None:
        """Write all waiting rows and the metrics of the session."""
        self.run.flush()
        if self._registry:
            self._registry.refresh(metrics)
        self._refreshed_at = clock.monotonic()

    def finish(
        self,
        status: EndStatus,
        metrics: Mapping[str, object],
        error: str | None = None,
    ) -> None:
        """Write the end of the session into every artifact, the registry in any case."""
        severity, rule_id, text = _ENDS[status]
        try:
            if status == "failed":
                self.telemetry.emit("error", {"error": error})
            self.system_alert(severity, rule_id, error or text)
            self.run.close()
        finally:
            if self._registry:
                self._registry.finish(status, metrics, error)

    def system_alert(self, severity: Severity, rule_id: str, body: str) -> None:
        """Raise an alert about the run itself; its title is made from the rule."""
        title = rule_id.replace("_", " ").capitalize()
        self.alerts.write(Alert(rule_id, severity, Category.SYSTEM, "runner", title, body))


def check_run_id(run_id: str) -> str:
    """Return the id if it can be the name of a run directory.

    Raises
    ------
    SettingsError
        If it is longer than 200 characters, holds a separator or a control character, or is the
        name of something else under the root.
    """
    unsafe = any(char in "/\\" or not char.isprintable() for char in run_id)
    if unsafe or not 1 <= len(run_id) <= _ID_LENGTH or run_id in {".", "..", "alerts"}:
        raise SettingsError(
            f"run id {run_id!r} cannot name a run: 1 to {_ID_LENGTH} characters, no '/', '\\' or "
            "control characters, not 'alerts'"
        )
    return run_id


def _open_run(
    output: Output, names: Iterator[str], meta: Mapping[str, object]
) -> tuple[str, RunWriter]:
    """Open the first run that does not exist yet; two processes never get the same."""
    refusal: RunExistsError | None = None
    for run_id in names:
        try:
            return run_id, RunWriter(
                output.runs / check_run_id(run_id),
                {"run_id": run_id, **meta},
                log_format=output.log_format,
                flush_steps=output.flush_steps,
                flush_seconds=output.flush_seconds,
            )
        except RunExistsError as error:
            refusal = error
    raise refusal or RunExistsError("no name for the run")
