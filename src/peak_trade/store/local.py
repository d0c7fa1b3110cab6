"""The state of a process over artifacts on a local file system: refresh, then commit.

Assumes that for each key one caller at a time refreshes and commits (a notebook's single thread, or
`LiveStore`, which reads in threads and commits on the event loop).
Guarantees: a refresh changes nothing that another thread can see, except through `commit`; rows
beyond the memory limit are dropped, least recently used first, while running metrics stay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from functools import reduce, wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from peak_trade import clock
from peak_trade.artifacts import files, times, trades
from peak_trade.artifacts.runs import run_directories
from peak_trade.artifacts.telemetry import (
    HealthSnapshot,
    LogFile,
    make_rule_alert,
    make_snapshot,
)
from peak_trade.artifacts.telemetry_usage import measure
from peak_trade.artifacts.trades import Trades
from peak_trade.derive.telemetry_health import Usage
from peak_trade.errors import UnlistedError
from peak_trade.schemas import RUN_ALERTS_FILE
from peak_trade.settings import Settings
from peak_trade.store import directories, families, roots, runs_state
from peak_trade.store.directories import Directories
from peak_trade.store.families import AlertDays, Lines, Log, LogIndex, SessionIndex
from peak_trade.store.judging import KEPT, Judging
from peak_trade.store.known import Known
from peak_trade.store.listed import unlisted
from peak_trade.store.paths import Paths
from peak_trade.store.revisions import next_revision
from peak_trade.store.roots import Root
from peak_trade.store.runs_state import RunIndex, RunState

P = ParamSpec("P")
T = TypeVar("T")


def _confined(
    read: Callable[Concatenate[LocalStore, P], T],
) -> Callable[Concatenate[LocalStore, P], T]:
    """Let a reading follow links within the roots of its store alone.

    Of roots by address the copies are brought up to date before.
    """

    @wraps(read)
    def confined(store: LocalStore, /, *args: P.args, **options: P.kwargs) -> T:
        for root in store.roots:
            if root.mirror is not None:
                root.mirror.bring()
        first, *others = store.roots
        withheld = first.mirror.withheld() if first.mirror is not None and not others else ""
        with files.within(store.watched, withheld):
            return read(store, *args, **options)

    return confined


class LocalStore(Known):
    """Brings up to date what is known of every artifact, over all roots."""

    def __init__(
        self,
        paths: Paths,
        max_memory_bytes: int = 1 << 30,
        judged: int = KEPT,
        several: Sequence[Root] = (),
    ) -> None:
        super().__init__(max_memory_bytes)
        self.roots = tuple(several) or (Root("", paths),)
        self.paths = self.roots[0].paths
        """Where the families of the first root lie."""
        self.watched = tuple(path for root in self.roots for path in root.paths.artifacts.values())
        """Directories and files within which links are followed."""
        self.judging = Judging(judged)

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
            Root.all_of(settings),
        )

    def start(self) -> None:
        """Keep the copies up to date from now on, of roots by address."""
        for root in self.roots:
            if root.mirror is not None:
                root.mirror.start()

    def stop(self) -> None:
        """End that."""
        for root in self.roots:
            if root.mirror is not None:
                root.mirror.stop()

    def root_of(self, key: str) -> Root:
        """Return the root that an identifier says."""
        return next(root for root in self.roots if root.has(key))

    def is_away(self, key: str) -> bool:
        """Tell whether the root of an identifier was away when it was last looked for."""
        return self.root_of(key).name in self.directories.away

    def check_reachable(self, key: str) -> None:
        """Refuse to say that what cannot be reached does not exist.

        Raises
        ------
        UnlistedError
            If the root of the identifier is away.
        """
        root = self.root_of(key)
        if away := self.directories.away.get(root.name):
            since = times.iso(away.since)
            text = f"The root {root.name} is unreachable since {since}: {away.reason}"
            raise UnlistedError(text)

    def _withheld(self, root: Root) -> str:
        return root.withheld(self.directories.roots.get(root.name))

    def _away(self, root: Root) -> bool:
        """Tell whether nothing can be read of one of several roots now."""
        return len(self.roots) > 1 and bool(self._withheld(root))

    def _reached(self, key: str, known: T, read: Callable[[Root], T]) -> T:
        """Return what is read of an artifact; what was known of it if its root is away."""
        root = self.root_of(key)
        if self._away(root):
            return known
        with times.in_zone(root.zone):
            found = read(root)
        return known if self._away(root) else found

    @_confined
    def refresh_directories(self) -> Directories:
        """Return whether the directories of the families are there and can be listed."""
        return directories.refresh(self.roots, self.directories)

    @_confined
    def refresh_index(self, only: AbstractSet[str] | None = None) -> RunIndex:
        """Return the current index of runs; with `only`, just these and new ones are read again."""

        def refresh(root: Root, known: RunIndex) -> RunIndex:
            return runs_state.refresh_index(root, known, only)

        return roots.listed(self.roots, self.index, self._withheld, refresh)

    def open_runs(self) -> Iterator[Path]:
        """Give the directories of listed runs that have not ended, newest last event first."""
        index, away = self.index, self.directories.away
        return (
            index.directories[one.run_id]
            for one in index.ordered
            if not one.has_ended and one.root not in away
        )

    @_confined
    def run_names(self) -> AbstractSet[str]:
        """Return the names of what can be runs now; the known ones if they cannot be listed."""
        names, known = set[str](), self.index.directories
        for root in self.roots:
            if self._away(root):
                names.update(known)
                continue
            try:
                names.update(run_directories(root.paths.runs, known, root.key)[0])
            except files.UnusableError:  # named when the list of runs is asked for
                names.update(known)
        return names

    @_confined
    def refresh_run(self, run_id: str, *, rows: bool) -> RunState | None:
        """Return a listed run's current state, None if it is no run (any more)."""
        directory = self.index.directories.get(run_id)
        if directory is None:
            return None
        known, before = self.runs.get(run_id), self.gone.get(run_id)

        def read(_: Root) -> RunState | None:
            return runs_state.refresh_run(directory, known, run_id=run_id, rows=rows, before=before)

        return self._reached(run_id, known, read)

    @_confined
    def runs_with_alerts(self, since: datetime) -> list[str]:
        """Return the listed runs whose alerts were written to at `since` or later.

        A frozen clock does not compare with times of files: then all that have alerts.
        """
        start = 0 if clock.is_frozen() else int(since.timestamp() * 1e9)
        found: list[str] = []
        away = {root.name for root in self.roots if self._away(root)}
        for run_id, directory in self.index.directories.items():
            if away and self.root_of(run_id).name in away:
                found += [run_id] if run_id in self.runs else []
                continue
            with suppress(files.UnusableError):  # named when the run itself is read
                file = files.signature(directory / RUN_ALERTS_FILE)
                found += [run_id] if file and file.mtime_ns >= start else []
        return found

    @_confined
    def refresh_trades(self, run_id: str) -> Trades | None:
        """Return a listed run's current trades, None if it has no such file."""
        directory = self.index.directories.get(run_id)
        known = self.trades.get(run_id)
        found = None
        if directory is not None:
            found = self._reached(run_id, known, lambda _: trades.refresh(directory, known))
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
        if self._away(self.root_of(run_id)):
            return []
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
        refresh = families.refresh_sessions
        return roots.listed(self.roots, self.sessions, self._withheld, refresh)

    @_confined
    def refresh_alerts(self, first: date, last: date) -> AlertDays:
        """Return the alert store with the day files from `first` to `last` read."""
        return self._alerts(first, last)

    @_confined
    def refresh_known_alerts(self) -> AlertDays:
        """Return the alert store with the days that are known and the newest ones."""
        days = [file.day for name, file in self.alerts.present.items() if name in self.alerts.days]
        return self._alerts(max(days, default=None), date.max)

    def _alerts(self, first: date | None, last: date) -> AlertDays:
        def refresh(root: Root, known: AlertDays) -> AlertDays:
            return families.refresh_alerts(root, known, first, last)

        return roots.listed(self.roots, self.alerts, self._withheld, refresh)

    @_confined
    def refresh_logs(self) -> LogIndex:
        """Return the current list of telemetry logs."""
        return roots.listed(self.roots, self.logs, self._withheld, families.refresh_logs)

    @_confined
    def refresh_log(self, log: LogFile) -> Log:
        """Return the current events of a listed log."""
        known = self.log_lines.get(log.log_id, Log())
        return self._reached(
            log.log_id, known, lambda root: families.refresh_log(log, known, root.make_event)
        )

    @_confined
    def refresh_telemetry_usage(self) -> Usage:
        """Return facts about the telemetry directory now.

        Raises
        ------
        UnlistedError
            If it cannot be listed.
        """
        found: list[Usage] = []
        for root in self.roots:
            if self._away(root):
                continue
            path = root.paths.telemetry
            try:
                found.append(measure(path))
            except files.UnusableError as error:
                if len(self.roots) == 1:
                    raise unlisted(path.name, str(error)) from None
        return reduce(Usage.plus, found, Usage())

    @_confined
    def refresh_health_snapshots(self) -> Lines[HealthSnapshot]:
        """Return the current telemetry health snapshots."""

        def refresh(root: Root, known: Lines[HealthSnapshot]) -> Lines[HealthSnapshot]:
            return families.refresh_lines(root.paths.health_snapshots, known, make_snapshot)

        return self._lines(self.health_snapshots, refresh, lambda snapshot: snapshot.instant)

    @_confined
    def refresh_rule_alerts(self) -> Lines[dict[str, Any]]:
        """Return the current telemetry rule alerts."""

        def refresh(root: Root, known: Lines[dict[str, Any]]) -> Lines[dict[str, Any]]:
            return families.refresh_lines(root.paths.rule_alerts, known, make_rule_alert)

        def at(alert: dict[str, Any]) -> datetime:
            return times.parse(alert.get("timestamp_utc")) or times.FIRST

        return self._lines(self.rule_alerts, refresh, at)

    def _lines(
        self,
        known: Lines[T],
        refresh: Callable[[Root, Lines[T]], Lines[T]],
        at: Callable[[T], datetime],
    ) -> Lines[T]:
        if len(self.roots) == 1:
            return refresh(self.roots[0], known)
        nothing: Lines[T] = Lines()
        before = known.parts or (nothing,) * len(self.roots)
        parts = roots.together(self.roots, before, self._withheld, refresh)
        same = known.parts and all(new is old for new, old in zip(parts, before, strict=True))
        return known if same else Lines.merged(parts, at)
