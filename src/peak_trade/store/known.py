"""What a process knows of all artifacts, and how what was just read becomes the known.

Guarantees: attributes are replaced as a whole, never changed; rows beyond the memory limit are
dropped, least recently used first, while running metrics stay.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from functools import reduce
from pathlib import Path
from typing import Any, Final

from peak_trade.artifacts.read_errors import NO_READ_ERRORS, ReadErrors
from peak_trade.artifacts.telemetry import HealthSnapshot
from peak_trade.artifacts.trades import Trades
from peak_trade.derive.metrics import RunningMetrics
from peak_trade.store.directories import Directories
from peak_trade.store.events_state import EventsState
from peak_trade.store.families import AlertDays, Lines, Log, LogIndex, SessionIndex
from peak_trade.store.runs_state import RunIndex, RunState
from peak_trade.store.tally import Coverage, Covered, ReadErrorPlace, Tally

EVENT_BYTES: Final = 1000
"""Memory of a telemetry event with its payload, about; measured on a log of 1,000,000."""
MAX_GONE: Final = 1000
"""Runs that are remembered after they have gone."""


class Known:
    """What is known of every artifact."""

    def __init__(self, max_memory_bytes: int) -> None:
        self.max_memory_bytes = max_memory_bytes
        self.directories = Directories()
        self.index = RunIndex()
        self.runs: OrderedDict[str, RunState] = OrderedDict()
        self.gone: OrderedDict[str, EventsState] = OrderedDict()
        """Events of runs that are gone, without rows: one that comes back may go on or not."""
        self.trades: dict[str, Trades] = {}
        self.tally = Tally()
        self.metrics: dict[str, RunningMetrics] = {}
        """Of each run that was read, in memory or not, as of its newest reading."""
        self.sessions = SessionIndex()
        self.alerts = AlertDays()
        self.logs = LogIndex()
        self.log_lines: dict[str, Log] = {}
        self._log_events = 0
        self.health_snapshots: Lines[HealthSnapshot] = Lines()
        self.rule_alerts: Lines[dict[str, Any]] = Lines()
        self.fleet_version: Path | None = None
        """Where the fleet dataset was when a page last looked."""

    def read_errors(self) -> ReadErrors:
        """Return what could not be read, over all artifacts that `coverage` tells of."""
        return reduce(
            ReadErrors.merged,
            (place.read_errors for place in self.read_error_places()),
            NO_READ_ERRORS,
        )

    def read_error_places(self) -> list[ReadErrorPlace]:
        """Return what could not be read of each family of artifacts, and of each run at fault."""
        left_out = self.directories.left_out
        telemetry = (
            self.tally.total("log"),
            self.health_snapshots.read_errors,
            self.rule_alerts.read_errors,
            self.logs.read_errors,
        )
        families = {
            "runs": self.index.read_errors,
            "sessions": self.sessions.read_errors,
            "alerts": self.alerts.read_errors_after(self.tally.total("day")),
            "telemetry": reduce(ReadErrors.merged, telemetry, NO_READ_ERRORS),
        }
        return [
            *(
                ReadErrorPlace(family, self.directories.missing(family).merged(read_errors))
                for family, read_errors in families.items()
            ),
            *self.tally.run_places(),
            *([ReadErrorPlace("storage", left_out)] if left_out.total else []),
        ]

    def coverage(self) -> Coverage:
        """Return of how many artifacts the read errors are counted."""
        return Coverage(
            runs=Covered(len(self.tally.runs()), len(self.index.summaries)),
            alert_files=Covered(self.tally.read("day"), self.alerts.files),
            logs=Covered(self.tally.read("log"), len(self.logs.logs)),
        )

    def commit_alerts(self, days: AlertDays) -> None:
        """Make what was read of the alert store the known one."""
        self.alerts = days
        self.tally.keep("day", days.present)
        for name, state in days.days.items():
            self.tally.note("day", name, state.read_errors)

    def commit_logs(self, index: LogIndex) -> None:
        """Make what was read of the list of logs the known one; forget logs that are gone."""
        self.logs = index
        kept = {key: lines for key, lines in self.log_lines.items() if key in index.logs}
        self.log_lines = kept
        self._log_events = sum(len(lines.state.complete) for lines in kept.values())
        self.tally.keep("log", index.logs)

    def commit_log(self, log_id: str, lines: Log) -> None:
        """Make what was read of a log the known one; forget others beyond the memory limit.

        Least recently used first; a log that was forgotten is read again when it is asked for.
        """
        self._forget_log(log_id)
        self.log_lines[log_id] = lines
        self._log_events += len(lines.state.complete)
        self.tally.note("log", log_id, lines.read_errors)
        while self._log_events * EVENT_BYTES > self.max_memory_bytes and len(self.log_lines) > 1:
            self._forget_log(next(iter(self.log_lines)))

    def _forget_log(self, log_id: str) -> None:
        if lines := self.log_lines.pop(log_id, None):
            self._log_events -= len(lines.state.complete)

    def commit_health_snapshots(self, lines: Lines[HealthSnapshot]) -> None:
        """Make what was read of the telemetry health snapshots the known ones."""
        self.health_snapshots = lines

    def commit_rule_alerts(self, lines: Lines[dict[str, Any]]) -> None:
        """Make what was read of the telemetry rule alerts the known ones."""
        self.rule_alerts = lines

    def commit_index(self, index: RunIndex) -> None:
        """Make what was read of the index the known one; forget runs that are gone."""
        if index is self.index:
            return
        self.index = index = index.after(self.index)
        for run_id in [run_id for run_id in self.runs if run_id not in index.summaries]:
            self.gone[run_id] = self.runs.pop(run_id).events.without_rows()
            if len(self.gone) > MAX_GONE:
                self.gone.popitem(last=False)
        self.trades = {key: value for key, value in self.trades.items() if key in index.summaries}
        self.metrics = {key: one for key, one in self.metrics.items() if key in index.summaries}
        self.tally.keep("run", index.summaries)
        self.tally.keep("trades", index.summaries)

    def commit_trades(self, run_id: str, found: Trades | None) -> None:
        """Make what was read of a run's trades the known ones."""
        self.trades.pop(run_id, None)
        if run_id in self.index.summaries:
            self.tally.note("trades", run_id, found.read_errors if found else NO_READ_ERRORS)
        if found is not None:
            self.trades[run_id] = found

    def commit_run(self, state: RunState) -> None:
        """Make a state just read the known one; drop rows of others beyond the memory limit."""
        self.index = self.index.settled(state)
        if self.runs.get(state.run_id) is state:
            self.runs.move_to_end(state.run_id)
            return
        self.gone.pop(state.run_id, None)
        self.runs[state.run_id] = state
        self.metrics[state.run_id] = state.events.metrics
        self.tally.note("run", state.run_id, state.read_errors)
        self.runs.move_to_end(state.run_id)
        total = sum(run.events.nbytes for run in self.runs.values())
        for run_id, run in list(self.runs.items())[:-1]:
            if total <= self.max_memory_bytes:
                return
            total -= run.events.nbytes
            self.runs[run_id] = replace(run, events=run.events.without_rows())
