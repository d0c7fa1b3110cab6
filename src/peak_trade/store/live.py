"""The store as the server uses it: reads in a bounded thread pool, commits on the event loop.

Guarantees: whoever awaits an artifact gets every byte that was complete before the call; callers
that wait for the same artifact share one refresh; a slow file holds up only its own callers; when
too many reads wait, or memory does not suffice, `OverloadedError`. Only the event-loop thread
changes the known state.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any, Final, TypeVar

from peak_trade.artifacts import times
from peak_trade.artifacts.alerts import Alert
from peak_trade.artifacts.read_errors import ReadErrors
from peak_trade.artifacts.run_alerts import RunAlert
from peak_trade.artifacts.telemetry import HealthSnapshot
from peak_trade.artifacts.trades import Trades
from peak_trade.derive.telemetry_health import Usage
from peak_trade.settings import Settings
from peak_trade.store.directories import Directories, tell
from peak_trade.store.families import AlertDays, Lines, Log, LogIndex, SessionIndex
from peak_trade.store.listed import check
from peak_trade.store.local import LocalStore
from peak_trade.store.reading import UNKNOWN, Key, Reading, Unknown
from peak_trade.store.runs_state import RunIndex, RunState
from peak_trade.store.shared import Shared
from peak_trade.store.slots import Change
from peak_trade.store.watch import Touched, Watch

T = TypeVar("T")

MAX_SHARED: Final = 64
"""Results that are kept for viewers of the same revision; a payload has up to some 100 kB."""


class LiveStore:
    """One per process. Create it anywhere; use it on one event loop."""

    def __init__(self, settings: Settings) -> None:
        self.local = LocalStore.of(settings)
        self.reading = Reading(settings.store.read_threads, settings.store.max_waiting)
        self._refresh = self.reading.refresh
        self._names: AbstractSet[str] = frozenset()
        self.shared = Shared(MAX_SHARED)
        """Payloads for all who show the same revision."""
        self.refreshes = Shared(MAX_SHARED)
        """Readings from disk, for all who show the same."""
        self._subscribers: set[Callable[[Change], None]] = set()
        self._watch = Watch(
            self.local.roots, self.refresh, settings.store.poll_seconds, self.local.open_runs
        )

    def start(self) -> None:
        """Begin to watch the artifact directories, in a task of the running loop."""
        self._watch.start()
        self.local.start()

    async def stop(self) -> None:
        """Stop watching and reading."""
        self.reading.stop()
        await asyncio.to_thread(self.local.stop)
        await self._watch.stop()

    def subscribe(self, callback: Callable[[Change], None]) -> Callable[[], None]:
        """Call `callback` on the loop thread for each change; returns what ends that."""
        self._subscribers.add(callback)
        return lambda: self._subscribers.discard(callback)

    @property
    def watching(self) -> bool:
        """File-system events tell of changes; otherwise polling does."""
        return bool(self.watched)

    @property
    def watched(self) -> frozenset[Path]:
        """Directories for which they do."""
        return self._watch.watched

    def read_errors(self) -> ReadErrors:
        """Return what could not be read, over all artifacts known so far."""
        return self.local.read_errors()

    async def directories(self) -> Directories:
        """Return whether the directories of the families are there and can be listed."""
        return await self._refresh(
            ("directories", ""),
            self.local.refresh_directories,
            self._commit_directories,
            known=lambda: self.local.directories,
        )

    async def check_reachable(self, key: str) -> None:
        """Refuse to say that what cannot be reached does not exist.

        Raises
        ------
        UnlistedError
            If the root of this identifier is away now.
        """
        if len(self.local.roots) > 1:
            await self.directories()
            self.local.check_reachable(key)

    async def known_runs(self, run_ids: AbstractSet[str]) -> AbstractSet[str]:
        """Return those of these runs that there are: as last listed, or else as of now.

        All who ask for unknown ones share a look at the names in the directory.
        """
        if not run_ids <= self.local.index.summaries.keys():
            names = await self._refresh(
                ("names", ""),
                self.local.run_names,
                self._commit_names,
                known=lambda: self._names,
            )
            new = (run_ids & names) - self.local.index.summaries.keys()
            if new:
                await self._refresh(
                    ("index", ""),
                    lambda: self.local.refresh_index(new),
                    self._commit_index,
                    complete=False,
                )
        return run_ids & self.local.index.summaries.keys()

    async def known_session(self, session_id: str) -> bool:
        """Tell whether there is this session: as last read, or else as of now.

        Raises
        ------
        UnlistedError
            If that cannot be told, because the directory cannot be listed and never was.
        """
        known = self.local.sessions.by_id
        return session_id in known or session_id in (await self.sessions()).by_id

    async def index(self) -> RunIndex:
        """Return the current index of runs.

        Of a store that was started, runs that have ended are left to the watcher: an answer costs
        what others cost, however many there are.

        Raises
        ------
        UnlistedError
            If the directory cannot be listed, and never was; likewise of the other families.
        """
        index = await self._index(lambda known: known.open if self._watch.running else None)
        check(index, anything=bool(index.summaries))
        return index

    async def _index(
        self, only: Callable[[RunIndex], AbstractSet[str] | None], *, complete: bool = True
    ) -> RunIndex:
        """Refresh the runs, just `only` these if it names any; empty if they cannot be listed."""
        await self._refresh(
            ("index", ""),
            lambda: self.local.refresh_index(only(self.local.index)),
            self._commit_index,
            known=lambda: self.local.index,
            complete=complete,
        )
        for run_id in self.local.index.unsettled:
            await self.run(run_id)
        return self.local.index

    async def run(self, run_id: str, *, rows: bool = False) -> RunState | None:
        """Return a run's current state, with its rows if asked for; None if there is none."""
        return await self._run(run_id, lambda: self.local.refresh_run(run_id, rows=rows), rows=rows)

    async def _run(
        self, run_id: str, read: Callable[[], RunState | None], *, rows: bool
    ) -> RunState | None:
        if not await self.known_runs({run_id}):
            return None
        return await self._refresh(
            ("run", run_id),
            read,
            lambda state: self._commit_run(run_id, state),
            known=lambda: self._loaded(run_id, rows=rows),
        )

    async def run_and_trades(
        self, run_id: str, *, rows: bool = False, books: bool = False
    ) -> tuple[RunState | None, Trades | None]:
        """Return a run and its trades: one look at both, while the trades stay as they are.

        What is judged of the run goes on with its new rows in the same thread; for its `books` it
        looks at the registry of sessions as well.
        """
        begin, same = self.reading.begin(), set[Key]()

        def read() -> RunState | None:
            state = self.local.refresh_run(run_id, rows=rows)
            same.update(self.local.look_beside(run_id, state, books=books))
            return state

        state = await self._run(run_id, read, rows=rows)
        for key in same:
            self.reading.looked(key, begin)
        if ("trades", run_id) in same:
            return state, self.local.trades.get(run_id)
        return state, await self.trades(run_id) if state else None

    async def trades(self, run_id: str) -> Trades | None:
        """Return a listed run's current trades, or None if it has no such file."""
        return await self._refresh(
            ("trades", run_id),
            lambda: self.local.refresh_trades(run_id),
            lambda found: self.local.commit_trades(run_id, found),
            known=lambda: self.local.trades.get(run_id),
        )

    async def sessions(self) -> SessionIndex:
        """Return the current session registry."""
        index = await self._sessions()
        check(index, anything=bool(index.documents))
        return index

    async def _sessions(self) -> SessionIndex:
        return await self._refresh(
            ("sessions", ""),
            self.local.refresh_sessions,
            self._commit_sessions,
            known=lambda: self.local.sessions,
        )

    async def alerts(self, since: datetime, until: datetime) -> list[Alert]:
        """Return stored alerts with `since` <= instant <= `until`, newest first.

        Day files are named by the alerts' own offsets, so one day more is read at both ends.
        """
        day = timedelta(days=1)
        first, last = times.plus(since, -day).date(), times.plus(until, day).date()
        days = await self._refresh(
            ("alerts", ""), lambda: self.local.refresh_alerts(first, last), self._commit_alerts
        )
        check(days, anything=bool(days.files))
        return await self.compute(lambda: days.between(since, until))

    async def alert_file(self, name: str) -> None:
        """Load a day file of the alert store."""
        if file := self.local.alerts.present.get(name):
            day = file.day
            await self._refresh(
                ("alerts", ""), lambda: self.local.refresh_alerts(day, day), self._commit_alerts
            )

    async def run_alerts(self, since: datetime, until: datetime) -> list[RunAlert]:
        """Return listed runs' own alerts with `since` <= instant <= `until`."""
        names = await self.compute(lambda: self.local.runs_with_alerts(since))
        runs = [run for name in names if (run := await self.run(name))]
        alerts = chain.from_iterable(run.alerts.records for run in runs)
        return await self.compute(
            lambda: [a for a in alerts if a.instant and since <= a.instant <= until]
        )

    async def logs(self) -> LogIndex:
        """Return the current list of telemetry logs."""
        index = await self._logs()
        check(index, anything=bool(index.logs))
        return index

    async def _logs(self) -> LogIndex:
        return await self._refresh(
            ("logs", ""),
            self.local.refresh_logs,
            self._commit_logs,
            known=lambda: self.local.logs,
        )

    async def log(self, log_id: str) -> Log | None:
        """Return the current events of one telemetry log, or None if there is none."""
        log = (await self.logs()).logs.get(log_id)
        if log is None:
            return None
        return await self._refresh(
            ("log", log_id),
            lambda: self.local.refresh_log(log),
            lambda lines: self._commit_log(log_id, lines),
            known=lambda: self.local.log_lines.get(log_id, UNKNOWN),
        )

    async def health_snapshots(self) -> Lines[HealthSnapshot]:
        """Return the current telemetry health snapshots."""
        return await self._refresh(
            ("health_snapshots", ""),
            self.local.refresh_health_snapshots,
            self.local.commit_health_snapshots,
        )

    async def rule_alerts(self) -> Lines[dict[str, Any]]:
        """Return the current telemetry rule alerts."""
        return await self._refresh(
            ("rule_alerts", ""), self.local.refresh_rule_alerts, self.local.commit_rule_alerts
        )

    async def telemetry_usage(self) -> Usage:
        """Return facts about the telemetry directory now."""
        return await self._refresh(
            ("telemetry_usage", ""), self.local.refresh_telemetry_usage, lambda _: None
        )

    async def compute(self, work: Callable[[], T]) -> T:
        """Run a pure computation over known state outside the event loop."""
        return await self.reading.in_thread(work)

    async def refresh(self, touched: Touched) -> None:
        """Refresh what the watcher saw change, so that subscribers hear of it."""
        await self.directories()
        if touched.runs is None or touched.runs:
            everything = touched.runs is None
            some = everything and not touched.ended
            await self._index(
                lambda known: known.open if some else touched.runs, complete=everything
            )
        loaded = set(self.local.runs)
        if touched.runs is not None:
            loaded &= touched.runs
        for run_id in loaded:
            await self.run(run_id)
        if touched.sessions:
            await self._sessions()
        if touched.alerts:
            await self._refresh(
                ("alerts", ""), self.local.refresh_known_alerts, self._commit_alerts
            )
        if touched.telemetry:
            await self._logs()
            for log_id in set(self.local.log_lines) & set(self.local.logs.logs):
                await self.log(log_id)

    def _loaded(self, run_id: str, *, rows: bool) -> RunState | Unknown:
        state = self.local.runs.get(run_id)
        return UNKNOWN if state is None or (rows and not state.events.has_rows) else state

    def _commit_directories(self, found: Directories) -> None:
        before, self.local.directories = self.local.directories, found
        if found is not before:
            tell(self.local.roots, before, found)
            self._publish("directories", "", found.revision)

    def _commit_names(self, names: AbstractSet[str]) -> None:
        self._names = names

    def _commit_index(self, index: RunIndex) -> None:
        before = self.local.index
        self.local.commit_index(index)
        if index.revision == before.revision:
            return
        for family in ("run", "trades"):
            self.reading.keep(family, index.summaries)
        self._publish("runs", "", index.revision)

    def _commit_run(self, run_id: str, state: RunState | None) -> None:
        before = self.local.runs.get(run_id)
        if state is not None:
            self.local.commit_run(state)
            if before is None or state.revision != before.revision:
                self._publish("run", run_id, state.revision)

    def _commit_sessions(self, index: SessionIndex) -> None:
        changed = index is not self.local.sessions
        self.local.sessions = index
        if changed:
            self._publish("session", "", index.revision)

    def _commit_alerts(self, days: AlertDays) -> None:
        changed = days is not self.local.alerts
        self.local.commit_alerts(days)
        if changed:
            self._publish("alert", "", days.revision)

    def _commit_logs(self, index: LogIndex) -> None:
        if index is not self.local.logs:
            self.local.commit_logs(index)
            self.reading.keep("log", index.logs)

    def _commit_log(self, log_id: str, lines: Log) -> None:
        changed = lines is not self.local.log_lines.get(log_id)
        self.local.commit_log(log_id, lines)
        if changed:
            self._publish("telemetry", log_id, lines.revision)

    def _publish(self, family: str, key: str, revision: int) -> None:
        change = Change(family, key, revision)
        for callback in tuple(self._subscribers):
            callback(change)
