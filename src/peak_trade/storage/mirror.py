"""The copy of a root by address, kept up to date: in the background, or when it is asked for.

Guarantees: nothing is written but the copy, and what is known of it; one process at a time writes
it, the others read. While the store does not answer, the copy stays as it is and `told` says since
when; a store that cannot be listed empties nothing. What a store lists is copied as far as the
bounds of the settings, its newest part first.
"""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Final, Self

from peak_trade import clock
from peak_trade.artifacts.read_errors import NO_READ_ERRORS, ReadError, ReadErrors
from peak_trade.progress import Progress, untold
from peak_trade.settings import Settings
from peak_trade.settings_sections import Storage
from peak_trade.storage import copying
from peak_trade.storage.budget import Budget, EndedError
from peak_trade.storage.copying import TornError
from peak_trade.storage.faults import GoneError, RefusedError, StoreError
from peak_trade.storage.index import Index, State
from peak_trade.storage.names import Families, bounded, sort
from peak_trade.storage.objects import Found, Store

log = logging.getLogger(__name__)

THREADS: Final = 8
"""Requests to a store under way at a time."""
BATCH: Final = 256
"""Objects after which it is noted what was copied."""
TRIES: Final = 3
"""Of an object that changes while it is read, before the next poll tries again."""
FAILURES: Final = 3
"""Objects in a row that cannot be read, after which the store counts as unreachable."""
LONGEST_WAIT: Final = 60.0
"""Seconds between two tries to reach a store, at most, unless the period is longer."""
END_SECONDS: Final = 2.0
NAMED: Final = 20
"""Objects that are named with the reason why they are not copied."""
NOT_COPIED: Final = "not_copied"
BEYOND: Final = "beyond_bounds"
"""Kinds of read errors: an object that is not copied, and all that are beyond the bounds."""


@dataclass(frozen=True, slots=True)
class Told:
    """What readers of a copy have to say of it.

    `fault` is why it may be old, empty if it is not; `url` that of the store; `read_errors` what
    is not in the copy.
    """

    url: str = ""
    fault: str = ""
    read_errors: ReadErrors = NO_READ_ERRORS


class Mirror:
    """The copy of one root.

    Raises
    ------
    NotInstalledError
        If a package is missing.
    SettingsError
        If the copy has no place.
    """

    def __init__(self, url: str, directory: Path, families: Families, settings: Storage) -> None:
        self.url = url
        self._families = families
        self._settings = settings
        self._ended = threading.Event()
        self.budget = Budget(settings.requests_per_minute, self._ended)
        self._store = Store(url, self.budget)
        self._index = Index(directory)
        self.state = self._index.state()
        self._listed = False
        """The store was asked since the start, by us or by the process that writes the copy."""
        self._known: dict[str, Found] = {}
        self._holds = False
        """`_known` is what is copied: no other process has changed it."""
        self._failed: dict[str, str] = {}
        """Objects that could not be copied, with the reason."""
        self._failures: list[str] = []
        """Reasons since the last object that could be copied."""
        self._waits = 0
        self._due = clock.monotonic()
        self._turn = threading.Lock()
        self._thread: threading.Thread | None = None

    @classmethod
    def of(cls, settings: Settings) -> Self | None:
        """Return the copy of the root of these settings; None if it is a directory."""
        directory = settings.copy_path
        if directory is None:
            return None
        root = settings.root_path
        families = Families(
            runs=settings.runs_path.relative_to(root).as_posix(),
            sessions=settings.sessions_path.relative_to(root).as_posix(),
            alerts=settings.alerts_path.relative_to(root).as_posix(),
            telemetry=settings.telemetry_path.relative_to(root).as_posix(),
            files=frozenset(
                path.relative_to(root).as_posix()
                for path in (settings.health_snapshots_path, settings.telemetry_alerts_path)
            ),
        )
        return cls(settings.dashboard.root, directory, families, settings.storage)

    def start(self) -> None:
        """Keep the copy up to date in a thread from now on; again changes nothing."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._follow, name="mirror", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Ask nothing any more, and wait for a moment until that is so."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join(END_SECONDS)

    def bring(self, progress: Progress = untold) -> Mapping[str, Found] | None:
        """Bring the copy up to date, unless that is done in the background or was just done.

        Return what is in the copy, by name: its files have these sizes and times. None if this is
        not what brought it up to date.
        """
        if self._thread is not None:
            return None
        with self._turn:
            if clock.monotonic() >= self._due and not self._ended.is_set():
                with self._index.held() as ours, suppress(EndedError):
                    self._look(ours=ours, progress=progress)
                holds, self._holds = self._holds, False
                return self._known if holds else None
            return None

    def withheld(self) -> str:
        """Return why there is nothing to read yet; empty if there is a copy."""
        return "" if self.state.listed_at else f"{self.url}: {self.told().fault}"

    def told(self) -> Told:
        """Return how the copy stands."""
        state = self.state
        fault = ""
        if state.away_since:
            fault = f"unreachable since {state.away_since}: {state.reason}"
        elif not state.listed_at:
            fault = "it is being copied for the first time"
        elif not self._listed:
            fault = "it has not been listed since the start"
        return Told(self.url, fault, _read_errors(state))

    def _follow(self) -> None:
        with suppress(EndedError):
            while not self._ended.is_set():
                with self._index.held() as ours:
                    self._holds = False
                    self._look(ours=ours)
                    while not self._ended.wait(max(0.0, self._due - clock.monotonic())) and ours:
                        self._look(ours=ours)

    def _look(self, *, ours: bool, progress: Progress = untold) -> None:
        """Bring the copy up to date if that is ours to do; else read how it stands."""
        begun = clock.monotonic()
        try:
            state = self._synchronised(progress) if ours else self._index.state()
            self._waits = 0
        except StoreError as error:
            state = self._away(str(error))
        except (OSError, sqlite3.Error) as error:
            why = error.strerror if isinstance(error, OSError) else type(error).__name__
            state = self._away(f"its copy cannot be written ({why})")
        if ours:
            self._tell(state)
        self.state, self._listed = state, True
        self._due = begun + self._period

    @property
    def _period(self) -> float:
        """Seconds from one look to the next."""
        period = self._settings.poll_seconds
        return max(period, min(period * 2.0**self._waits, LONGEST_WAIT))

    def _away(self, reason: str) -> State:
        self._waits += 1
        if self._thread is not None:
            reason += f"; tried again in {self._period:.3g} s"
        since = self.state.away_since or clock.now().isoformat(timespec="seconds")
        return replace(self.state, away_since=since, reason=reason)

    def _tell(self, state: State) -> None:
        if state.away_since and not self.state.away_since:
            shown = "; its copy is shown" if state.listed_at else ""
            log.warning("%s is unreachable: %s%s", self.url, state.reason, shown)
        elif self.state.away_since and not state.away_since:
            log.warning("%s answers again", self.url)
        with suppress(sqlite3.Error):  # the disk is full: those who read the copy see it later
            self._index.tell(state)

    def _synchronised(self, progress: Progress) -> State:
        """Make the copy what the store lists, and return how it stands then."""
        begun = clock.now().isoformat(timespec="seconds")
        if not self._holds:
            self._known, self._holds = self._swept(), True
        found = sort(self._store.listed(progress), self._families, self._known)
        wanted, too_large, beyond = bounded(found.wanted, self._families, self._settings)
        self._remove(self._known.keys() - wanted.keys())
        new = [one for name, one in wanted.items() if self._known.get(name) != one]
        self._copy(new, progress)
        self._failed = {name: why for name, why in self._failed.items() if name in wanted}
        refused = found.refused | too_large | self._failed
        named = dict(islice(sorted(refused.items()), NAMED))
        return State(begun, refused=named, refused_count=len(refused), beyond=beyond)

    def _swept(self) -> dict[str, Found]:
        """Return what is copied; remove what a process left that ended while it copied."""
        known, root, kept = self._index.objects(), self._index.root, dict[str, Found]()
        root.mkdir(exist_ok=True)
        shutil.rmtree(self._index.drafts, ignore_errors=True)
        self._index.drafts.mkdir()
        begin = len(os.fspath(root)) + 1
        for entry in _files_below(os.fspath(root)):
            one, there = known.get(entry.path[begin:]), entry.stat(follow_symlinks=False)
            if one is None or there.st_size != one.size:
                Path(entry).unlink()
            elif one.modified_ns in {0, there.st_mtime_ns}:
                kept[one.name] = one
            else:  # its time was changed: it is that of another version, and so brought again
                kept[one.name] = one._replace(modified_ns=there.st_mtime_ns)
        return kept

    def _remove(self, names: Iterable[str]) -> None:
        gone = list(names)
        for name in gone:
            path = self._index.root / name
            path.unlink(missing_ok=True)
            if self._families.is_of_run(name):
                with suppress(OSError):  # there is more in it
                    path.parent.rmdir()
            del self._known[name]
        if gone:
            self._index.forget(gone)

    def _copy(self, objects: list[Found], progress: Progress) -> None:
        """Copy what is new or changed: the newest first, what failed before last."""
        objects.sort(key=lambda one: (one.name in self._failed, -one.modified_ns))
        self._failures.clear()
        done, pending = 0, iter(objects)
        with ThreadPoolExecutor(THREADS, thread_name_prefix="copy") as pool:
            while batch := list(islice(pending, BATCH)):
                copied = [one for one in pool.map(self._try, batch) if one is not None]
                self._index.keep(copied)
                self._known.update({one.name: one for one in copied})
                done += len(batch)
                progress("copied", done, len(objects))
                if len(self._failures) >= FAILURES:
                    raise StoreError(self._failures[-1])

    def _try(self, found: Found) -> Found | None:
        """Copy an object; return what was copied, or None and leave the reason in `_failed`."""
        if len(self._failures) >= FAILURES:
            return None
        try:
            copied = self._copied(found)
        except GoneError:
            return None  # the next listing tells
        except StoreError as error:
            self._failed[found.name] = str(error)
            if not isinstance(error, RefusedError | TornError):
                self._failures.append(str(error))
            return None
        self._failed.pop(found.name, None)
        self._failures.clear()
        return copied

    def _copied(self, found: Found) -> Found:
        known, root = self._known.get(found.name), self._index.root
        draft = self._index.drafts / str(threading.get_ident())
        for left in reversed(range(TRIES)):
            try:
                copying.bring(self._store, found, known, root, draft)
                break
            except TornError:
                if not left:
                    raise
                found = self._store.status(found.name)
            except OSError as error:
                raise StoreError(f"its copy cannot be written ({error.strerror})") from None
        return found


def _files_below(directory: str) -> Iterator[os.DirEntry[str]]:
    """Yield all files; of hundreds of thousands no object of a path is made."""
    directories = [directory]
    while directories:
        with os.scandir(directories.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    directories.append(entry.path)
                else:
                    yield entry


def _read_errors(state: State) -> ReadErrors:
    """Return what is not in a copy: counted, and the first ones named."""
    counts = {NOT_COPIED: state.refused_count} if state.refused_count else {}
    examples = [ReadError(NOT_COPIED, name, 0, why) for name, why in state.refused.items()]
    if state.beyond:
        counts[BEYOND] = 1
        reason = f"{state.beyond} objects are beyond storage.max_objects or storage.max_mb"
        examples.append(ReadError(BEYOND, "storage", 0, reason))
    return ReadErrors(counts, tuple(examples))
