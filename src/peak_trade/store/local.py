"""The state of a process over artifacts on a local file system: refresh, then commit.

Assumes that for each key one caller at a time refreshes and commits (a notebook's single thread, or
`LiveStore`, which reads in threads and commits on the event loop).
Guarantees: a refresh changes nothing that another thread can see, except through `commit`; rows
beyond the memory limit are dropped, least recently used first, while running metrics stay.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from functools import reduce, wraps
from pathlib import Path
from typing import Any, Concatenate, Final, ParamSpec, Self, TypeVar

from peak_trade import clock
from peak_trade.artifacts import files, trades
from peak_trade.artifacts.alerts import file_day
from peak_trade.artifacts.read_errors import NO_READ_ERRORS, ReadErrors
from peak_trade.artifacts.runs import run_directories
from peak_trade.artifacts.telemetry import (
    HealthSnapshot,
    LogFile,
    make_rule_alert,
    make_snapshot,
)
from peak_trade.artifacts.telemetry_usage import measure
from peak_trade.artifacts.trades import Trades
from peak_trade.derive.metrics import RunningMetrics
from peak_trade.derive.telemetry_health import Usage
from peak_trade.schemas import RUN_ALERTS_FILE
from peak_trade.settings import Settings
from peak_trade.storage.mirror import Mirror, Told
from peak_trade.store import directories, families, runs_state
from peak_trade.store.directories import Directories
from peak_trade.store.events_state import EventsState
from peak_trade.store.families import AlertDays, Lines, Log, LogIndex, SessionIndex
from peak_trade.store.judging import KEPT, Judging
from peak_trade.store.listed import unlisted
from peak_trade.store.paths import Paths
from peak_trade.store.revisions import next_revision
from peak_trade.store.runs_state import RunIndex, RunState
from peak_trade.store.tally import Coverage, Covered, ReadErrorPlace, Tally

P = ParamSpec("P")
T = TypeVar("T")

EVENT_BYTES: Final = 1000
"""Memory of a telemetry event with its payload, about; measured on a log of 1,000,000."""
MAX_GONE: Final = 1000
"""Runs that are remembered after they have gone."""


def _confined(
    read: Callable[Concatenate[LocalStore, P], T],
) -> Callable[Concatenate[LocalStore, P], T]:
    """Let a reading follow links within the roots of its store alone.

    Of a root by address the copy is brought up to date before.
    """

    @wraps(read)
    def confined(store: LocalStore, /, *args: P.args, **options: P.kwargs) -> T:
        withheld = ""
        if store.mirror is not None:
            store.mirror.bring()
            withheld = store.mirror.withheld()
        with files.within(store.roots, withheld):
            return read(store, *args, **options)

    return confined


class LocalStore:
    """What is known of every artifact. Attributes are replaced as a whole, never changed."""

    def __init__(
        self,
        paths: Paths,
        max_memory_bytes: int = 1 << 30,
        judged: int = KEPT,
        mirror: Mirror | None = None,
    ) -> None:
        self.paths = paths
        self.mirror = mirror
        """What keeps the copy that is read, of a root by address."""
        self.roots = tuple(paths.artifacts.values())
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
        self.judging = Judging(judged)
        self.sessions = SessionIndex()
        self.alerts = AlertDays()
        self.logs = LogIndex()
        self.log_lines: dict[str, Log] = {}
        self.health_snapshots: Lines[HealthSnapshot] = Lines()
        self.rule_alerts: Lines[dict[str, Any]] = Lines()
        self.fleet_version: Path | None = None
        """Where the fleet dataset was when a page last looked."""

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the store of the artifacts that the settings name.

        Raises
        ------
        NotInstalledError
            If packages are missing that a root by address needs.
        """
        return cls(
            Paths.of(settings),
            settings.store.max_memory_mb * 2**20,
            # a scrape of the metrics judges so many: each must find what it left
            max(KEPT, settings.web_ui.trading_metrics_limit),
            Mirror.of(settings),
        )

    def start(self) -> None:
        """Keep the copy up to date from now on, of a root by address."""
        if self.mirror is not None:
            self.mirror.start()

    def stop(self) -> None:
        """End that."""
        if self.mirror is not None:
            self.mirror.stop()

    @_confined
    def refresh_directories(self) -> Directories:
        """Return whether the directories of the families are there and can be listed."""
        told = self.mirror.told() if self.mirror is not None else Told()
        return directories.refresh(self.paths, self.directories, told)

    @_confined
    def refresh_index(self, only: AbstractSet[str] | None = None) -> RunIndex:
        """Return the current index of runs; with `only`, just these and new ones are read again."""
        return runs_state.refresh_index(self.paths.runs, self.index, only)

    def open_runs(self) -> Iterator[Path]:
        """Give the directories of listed runs that have not ended, newest last event first."""
        index = self.index
        return (index.directories[one.run_id] for one in index.ordered if not one.has_ended)

    @_confined
    def run_names(self) -> AbstractSet[str]:
        """Return the names of what can be runs now; the known ones if they cannot be listed."""
        with suppress(files.UnusableError):  # named when the list of runs is asked for
            return run_directories(self.paths.runs, self.index.directories)[0].keys()
        return self.index.directories.keys()

    @_confined
    def refresh_run(self, run_id: str, *, rows: bool) -> RunState | None:
        """Return a listed run's current state, None if it is no run (any more)."""
        directory = self.index.directories.get(run_id)
        if directory is None:
            return None
        return runs_state.refresh_run(
            directory, self.runs.get(run_id), rows=rows, before=self.gone.get(run_id)
        )

    @_confined
    def runs_with_alerts(self, since: datetime) -> list[str]:
        """Return the listed runs whose alerts were written to at `since` or later.

        A frozen clock does not compare with times of files: then all that have alerts.
        """
        start = 0 if clock.is_frozen() else int(since.timestamp() * 1e9)
        found: list[str] = []
        for run_id, directory in self.index.directories.items():
            with suppress(files.UnusableError):  # named when the run itself is read
                file = files.signature(directory / RUN_ALERTS_FILE)
                found += [run_id] if file and file.mtime_ns >= start else []
        return found

    @_confined
    def refresh_trades(self, run_id: str) -> Trades | None:
        """Return a listed run's current trades, None if it has no such file."""
        directory = self.index.directories.get(run_id)
        known = self.trades.get(run_id)
        found = trades.refresh(directory, known) if directory else None
        if found is None or found is known:
            return found
        return replace(found, revision=next_revision())

    @_confined
    def look_beside(
        self, run_id: str, state: RunState | None, *, books: bool
    ) -> list[tuple[str, str]]:
        """Return what is as it is known of what a listed run is judged with: key of each.

        That is its trades and, for its books, the registry of sessions. What is judged of the run
        goes on with its new rows, if its trades are the same.
        """
        same = []
        directory, known = self.index.directories.get(run_id), self.trades.get(run_id)
        if directory is not None and trades.is_same(directory, known):
            same.append(("trades", run_id))
            if state is not None and state.events.has_rows:
                judged = self.judging.ahead(state, known)
                if books and judged is not None:
                    self.judging.books_ahead(state, judged)
        if books and self.refresh_sessions() is self.sessions:
            same.append(("sessions", ""))
        return same

    @_confined
    def refresh_sessions(self) -> SessionIndex:
        """Return the current session registry."""
        return families.refresh_sessions(self.paths.sessions, self.sessions)

    @_confined
    def refresh_alerts(self, first: date, last: date) -> AlertDays:
        """Return the alert store with the day files from `first` to `last` read."""
        return families.refresh_alerts(self.paths.alerts, self.alerts, first, last)

    @_confined
    def refresh_known_alerts(self) -> AlertDays:
        """Return the alert store with the days that are known and the newest ones."""
        days = [day for name in self.alerts.days if (day := file_day(name))]
        first = max(days, default=None)
        return families.refresh_alerts(self.paths.alerts, self.alerts, first, date.max)

    @_confined
    def refresh_logs(self) -> LogIndex:
        """Return the current list of telemetry logs."""
        return families.refresh_logs(self.paths.telemetry, self.logs)

    @_confined
    def refresh_log(self, log: LogFile) -> Log:
        """Return the current events of a listed log."""
        return families.refresh_log(log, self.log_lines.get(log.log_id, Log()))

    @_confined
    def refresh_telemetry_usage(self) -> Usage:
        """Return facts about the telemetry directory now.

        Raises
        ------
        UnlistedError
            If it cannot be listed.
        """
        try:
            return measure(self.paths.telemetry)
        except files.UnusableError as error:
            raise unlisted(self.paths.telemetry.name, str(error)) from None

    @_confined
    def refresh_health_snapshots(self) -> Lines[HealthSnapshot]:
        """Return the current telemetry health snapshots."""
        return families.refresh_lines(
            self.paths.health_snapshots, self.health_snapshots, make_snapshot
        )

    @_confined
    def refresh_rule_alerts(self) -> Lines[dict[str, Any]]:
        """Return the current telemetry rule alerts."""
        return families.refresh_lines(self.paths.rule_alerts, self.rule_alerts, make_rule_alert)

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
        self.tally.keep("day", days.names)
        for name, state in days.days.items():
            self.tally.note("day", name, state.read_errors)

    def commit_logs(self, index: LogIndex) -> None:
        """Make what was read of the list of logs the known one; forget logs that are gone."""
        self.logs = index
        kept = {key: lines for key, lines in self.log_lines.items() if key in index.logs}
        self.log_lines = kept
        self.tally.keep("log", index.logs)

    def commit_log(self, log_id: str, lines: Log) -> None:
        """Make what was read of a log the known one; forget others beyond the memory limit.

        Least recently used first; a log that was forgotten is read again when it is asked for.
        """
        self.log_lines.pop(log_id, None)
        self.log_lines[log_id] = lines
        self.tally.note("log", log_id, lines.read_errors)
        total = sum(len(log.state.complete) for log in self.log_lines.values()) * EVENT_BYTES
        for other in list(self.log_lines)[:-1]:
            if total <= self.max_memory_bytes:
                return
            total -= len(self.log_lines.pop(other).state.complete) * EVENT_BYTES

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
