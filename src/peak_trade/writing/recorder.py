"""One session's artifacts in all four families, linked to each other by run id and session id.

Assumes one recorder a run. Guarantees that the registry says `started` from the first moment, has
metrics not older than the flush interval while the run steps, and ends as `completed`, `aborted` or
`failed`; a start that fails leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from peak_trade import clock
from peak_trade.derive.symbols import quote_currency
from peak_trade.errors import SettingsError
from peak_trade.writing.alerts import Alert, AlertWriter, Category, Severity
from peak_trade.writing.run import LogFormat, RunWriter
from peak_trade.writing.session import EndStatus, SessionRecord, end_of
from peak_trade.writing.subject import Subject
from peak_trade.writing.telemetry import TelemetryWriter

_NONE: Final[dict[str, object]] = {}
_ENDS: Final = {
    "completed": (Severity.INFO, "run_completed", "the run reached its end"),
    "aborted": (Severity.WARN, "run_aborted", "stopped"),
    "failed": (Severity.CRITICAL, "run_failed", "stopped by an error"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """Where the artifacts go, and how often.

    `runbook_url` is the address that runbooks lie under; empty: alerts name them without links.
    Without `has_registry` the session is not in the registry. `debounce_seconds` is that of
    `AlertWriter`.
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
    debounce_seconds: float = 60.0

    def __post_init__(self) -> None:
        if not self.flush_seconds >= 0:
            raise SettingsError(f"flush interval {self.flush_seconds} is not a time from 0 s on")

    @classmethod
    def below(cls, root: Path | str) -> Self:
        """Return the directories below `root` that the console looks into by default."""
        root = Path(root)
        return cls(
            runs=root / "live_runs",
            sessions=root / "reports" / "experiments" / "live_sessions",
            telemetry=root / "logs" / "execution",
            alerts=root / "live_runs" / "alerts",
        )


class Recorder:
    """All four artifacts of a session; `telemetry`, `alerts` and `run` take its events.

    A context manager: the session ends as `completed`; as `aborted` if it is stopped
    (`KeyboardInterrupt`, `SystemExit`, a cancelled task); as `failed` with any other error.

    Parameters
    ----------
    run_id
        Name of the run directory; None: made from time and subject, with a number behind it if
        that name is taken.
    snapshot
        Configuration of the run; the session id is added to it. No secrets.
    config
        Configuration of the session, as the registry keeps it. No secrets.
    notes
        Free text.
    cli_args
        Command line that started the session. No secrets.
    extra
        Names of the columns that events have beyond those of the contract, see `RunWriter`.

    Raises
    ------
    SettingsError
        If the run exists already, or the id cannot be the name of a directory.
    OSError
        If the artifacts cannot be written.
    """

    def __init__(
        self,
        output: Output,
        subject: Subject,
        run_id: str | None = None,
        *,
        snapshot: Mapping[str, object] = _NONE,
        config: Mapping[str, object] = _NONE,
        notes: str = "",
        cli_args: Sequence[str] = (),
        extra: Sequence[str] = (),
    ) -> None:
        self.currency = quote_currency(subject.symbol)
        started_at = clock.now()
        self.session_id = subject.session_id(started_at)
        with ExitStack() as undo:
            undo.callback(_remove_empty, _missing(output))
            self.run = RunWriter(
                output.runs,
                subject,
                run_id,
                config={**snapshot, "session_id": self.session_id},
                notes=notes,
                extra=extra,
                log_format=output.log_format,
                flush_steps=output.flush_steps,
                flush_seconds=output.flush_seconds,
                started_at=started_at,
                on_loss=self._tell_loss,
            )
            undo.callback(self.run.discard)
            self.run_id = self.run.run_id
            self.telemetry = TelemetryWriter(output.telemetry, self.session_id, subject)
            self.alerts = AlertWriter(
                self.run.directory,
                output.alerts,
                self.session_id,
                output.runbook_url,
                debounce_seconds=output.debounce_seconds,
            )
            self._registry: SessionRecord | None = None
            if output.has_registry:
                self._registry = SessionRecord(
                    output.sessions,
                    subject,
                    session_id=self.session_id,
                    run_id=self.run_id,
                    config={**config, "notes": notes},
                    cli_args=cli_args,
                    started_at=started_at,
                )
                undo.callback(self._registry.discard)
            self.system_alert(Severity.INFO, "run_started", f"{subject.mode} run started")
            undo.pop_all()
        self._refresh_seconds = output.flush_seconds
        self._refreshed_at = clock.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        status, text = end_of(error)
        self.finish(status, self.run.metrics, text)

    def beat(self, metrics: Mapping[str, object] | None = None) -> None:
        """Say that the session lives, and write what waits; it does so once in a while alone.

        `metrics` are added to those that follow from the events.
        """
        if self.is_refresh_due():
            self.refresh({**self.run.metrics, **(metrics or {})})

    def is_refresh_due(self) -> bool:
        """Tell whether the registry's metrics are older than the flush interval."""
        waited = clock.monotonic() - self._refreshed_at
        return waited >= self._refresh_seconds and waited >= self.run.rest_seconds

    def refresh(self, metrics: Mapping[str, object]) -> None:
        """Write all waiting rows, counted alerts and the metrics of the session."""
        self.run.flush()
        self.alerts.tell_held()
        if self._registry:
            self._registry.refresh(metrics)
        self._refreshed_at = clock.monotonic()

    def finish(
        self,
        status: EndStatus,
        metrics: Mapping[str, object],
        error: str | None = None,
    ) -> None:
        """Write the end of the session into every artifact, the registry in any case.

        Raises
        ------
        OSError
            If it cannot be written; of a session that failed already, the record tells why.
        """
        severity, rule_id, text = _ENDS[status]
        try:
            if status == "failed":
                self.telemetry.emit("error", {"error": error})
            self.alerts.close()
            self.system_alert(severity, rule_id, error or text)
            self.run.close()
        except OSError as failure:
            if self._registry:
                self._registry.finish("failed", error or f"OSError: {failure}", metrics)
            if status != "failed":
                raise
            return
        if self._registry:
            self._registry.finish(status, error, metrics)

    def system_alert(
        self, severity: Severity, rule_id: str, body: str, *, repeats: bool = False
    ) -> bool:
        """Raise an alert about the run itself; its title is made from the rule.

        One that `repeats` is counted instead where it follows another of its rule too soon:
        returns whether it was written.
        """
        title = rule_id.replace("_", " ").capitalize()
        category, source = Category.SYSTEM, "runner"
        alert = Alert(rule_id, severity, category, source, title, body, repeats=repeats)
        return self.alerts.write(alert)

    def _tell_loss(self, sentence: str) -> None:
        self.system_alert(Severity.CRITICAL, "rows_lost", sentence)


def _missing(output: Output) -> list[Path]:
    """Return the directories that will be made, the deepest first."""
    wanted = (output.runs, output.telemetry, output.alerts, output.sessions)
    found = {place for path in wanted for place in (path, *path.parents) if not place.exists()}
    return sorted(found, key=lambda place: len(place.parts), reverse=True)


def _remove_empty(directories: Sequence[Path]) -> None:
    for directory in directories:
        with suppress(OSError):  # never made, or no longer empty
            directory.rmdir()
