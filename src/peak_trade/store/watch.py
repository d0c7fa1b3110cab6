"""Promptness: tells the store which artifacts to refresh, soon after they changed.

Correctness never depends on it: requests refresh for themselves, but for the list's runs that have
ended. File-system events make changes seen within a fraction of a second; where they do not work
(network file systems, exhausted watches), and for directories that do not exist yet, polling finds
them. Of very many directories those alone are watched whose runs have not ended.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import math
import os
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Final

import watchfiles

from peak_trade import clock
from peak_trade.artifacts import files
from peak_trade.errors import OverloadedError
from peak_trade.store.probe import Seen
from peak_trade.store.roots import Root

log = logging.getLogger(__name__)

DEBOUNCE_MS: Final = 100
STEP_MS: Final = 5
"""A row is told after one step without another: each is a moment that all who follow it wait."""

MANY: Final = 20
REST_SECONDS: Final = 0.03
"""Pause after what was told, once that was many times in a second: one costs as much as ten."""

POLLS_WHILE_WATCHED: Final = 15
"""With events working, only every so many polls refresh everything."""

RESTS: Final = 10
"""A look at everything that took long is followed by a rest so many times as long."""

MAX_WATCHED: Final = 2000
"""Directories that are all watched: to begin with it stops all threads for 20 us a directory."""

FILES_A_DIRECTORY: Final = 5
"""So many files in them take as long."""


@dataclass(frozen=True, slots=True)
class Touched:
    """What may have changed. `runs` is None for all runs, with those that have `ended` or not."""

    runs: frozenset[str] | None
    sessions: bool
    alerts: bool
    telemetry: bool
    ended: bool = True


EVERYTHING: Final = Touched(None, sessions=True, alerts=True, telemetry=True)
ALL_OPEN: Final = replace(EVERYTHING, ended=False)


class Turn:
    """When a look is due again: one that took long is followed by a rest."""

    def __init__(self) -> None:
        self._ended, self._took = -math.inf, 0.0

    def is_due(self, pause: float) -> bool:
        """Tell whether the pause, in seconds, and the rest are over."""
        return clock.monotonic() >= self._ended + max(pause, self._took * RESTS)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Note how long the look in the block takes."""
        begin = clock.monotonic()
        yield
        self._ended = clock.monotonic()
        self._took = self._ended - begin


class Watch:
    """Watches the directories of the roots and awaits `refresh` with what was touched.

    `open_runs` returns the directories of runs that have not ended, the most recent first.
    """

    def __init__(
        self,
        roots: Sequence[Root],
        refresh: Callable[[Touched], Awaitable[None]],
        poll_seconds: float,
        open_runs: Callable[[], Iterable[Path]],
    ) -> None:
        self._roots = roots
        self._refresh = refresh
        self._open_runs = open_runs
        self._poll_seconds = poll_seconds
        self._tasks: list[asyncio.Task[None]] = []
        self._stop = threading.Event()
        self._looked = asyncio.Event()
        # Not `awatch`: its thread waits for ever where an interrupt ends the loop before its tasks,
        # and the process with it; one of an executor ends with the interpreter.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="watch")
        self.watched: frozenset[Path] = frozenset()
        """Directories for which file-system events work."""
        self._below = False
        """So do they for all directories below these."""

    @property
    def running(self) -> bool:
        """What changes is told, by events or by polling."""
        return bool(self._tasks)

    def start(self) -> None:
        """Start watching in tasks of the running loop; a second call does nothing."""
        if self._tasks:
            return
        loop = asyncio.get_running_loop()
        # A fresh context: a task started while a page is built would inherit its session.
        for work in (self._poll(), self._follow()):
            self._tasks.append(loop.create_task(work, context=contextvars.Context()))

    async def stop(self) -> None:
        """Stop watching and wait until all has ended."""
        self._stop.set()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        self._thread.shutdown(wait=False)

    async def _poll(self) -> None:
        everything, all_open = Turn(), Turn()
        while not self._stop.is_set():
            polls = POLLS_WHILE_WATCHED if self.watched else 1
            if everything.is_due(self._poll_seconds * (polls - 0.5)):
                with everything.taken():
                    await self._tell(EVERYTHING)
                self._looked.set()
            elif not self._below and all_open.is_due(0.0):
                with all_open.taken():
                    await self._tell(ALL_OPEN)
            await asyncio.sleep(self._poll_seconds)

    async def _follow(self) -> None:
        """Watch the directories that exist; begin again when that set changes or watching fails."""
        told = ""
        await self._looked.wait()  # with many runs, both at once would delay the first answer
        while not self._stop.is_set():
            try:
                roots = await asyncio.to_thread(self._existing)
                self._below = await asyncio.to_thread(are_few, outermost(roots))
                await self._follow_places(await asyncio.to_thread(self._places))
                told = ""
            except (OSError, RuntimeError) as error:  # watches exhausted, directory gone
                if told != str(error):
                    log.warning("file-system events do not work, polling instead: %s", error)
                told = str(error)
            self.watched, self._below = frozenset(), False
            await asyncio.sleep(self._poll_seconds * (POLLS_WHILE_WATCHED if told else 1))

    async def _follow_places(self, places: frozenset[Path]) -> None:
        if not places:
            return
        changes = watchfiles.watch(
            *places,
            recursive=self._below,
            debounce=DEBOUNCE_MS,
            step=STEP_MS,
            rust_timeout=int(self._poll_seconds * 1000),
            yield_on_timeout=True,
            stop_event=self._stop,
            raise_interrupt=False,
        )
        loop, told = asyncio.get_running_loop(), deque([-1.0], maxlen=MANY)
        while (batch := await loop.run_in_executor(self._thread, next, changes, None)) is not None:
            if self.watched != places:
                self.watched = places
                # of what was written before, no event tells
                await self._tell(EVERYTHING if self._below else ALL_OPEN)
            elif batch:
                changed = [Path(path) for _, path in batch]
                await self._tell(await asyncio.to_thread(self._touched, changed))
                if clock.monotonic() < told[0] + 1:
                    await asyncio.sleep(REST_SECONDS)
                told.append(clock.monotonic())
            if await asyncio.to_thread(self._places) != places:
                return

    def _places(self) -> frozenset[Path]:
        existing = self._existing()
        if self._below:
            return outermost(existing)
        return existing.union(islice(self._open_runs(), MAX_WATCHED))

    def _existing(self) -> frozenset[Path]:
        wanted = (path for root in self._there() for path in root.paths.directories)
        return frozenset(_real(path) for path in wanted if files.is_directory(path))

    def _there(self) -> Iterator[Root]:
        """Give the roots but those of several that cannot be looked at, as one that hangs."""
        return (root for root in self._roots if not root.name or isinstance(root.look(), Seen))

    def _touched(self, changed: Iterable[Path]) -> Touched:
        runs, sessions, alerts, telemetry = set[str](), False, False, False
        places = [
            (root, _real(root.paths.alerts), _real(root.paths.runs), _real(root.paths.sessions))
            for root in self._there()
        ]
        for path in changed:
            for root, of_alerts, of_runs, of_sessions in places:
                if path.is_relative_to(of_alerts):
                    alerts = True
                elif path.is_relative_to(of_runs) and path != of_runs:
                    runs.add(root.key(path.relative_to(of_runs).parts[0]))
                elif path.is_relative_to(of_sessions):
                    sessions = True
                else:
                    continue
                break
            else:
                telemetry = True
        return Touched(frozenset(runs), sessions, alerts, telemetry)

    async def _tell(self, touched: Touched) -> None:
        try:
            await self._refresh(touched)
        except OverloadedError as error:
            log.warning("changed artifacts are read later: %s", error)
        except Exception:
            log.exception("refreshing changed artifacts failed; the next change tries again")


def outermost(places: frozenset[Path]) -> frozenset[Path]:
    """Return the directories that are in none of the others."""
    return frozenset(path for path in places if places.isdisjoint(path.parents))


def are_few(roots: Iterable[Path]) -> bool:
    """Look at the directories that would be watched, and tell whether these are not too many.

    The watcher follows links to directories, and a link to `/` would make it watch all files of
    the machine.

    Raises
    ------
    OSError
        If a link leads to a directory that is in none of the roots.
    """
    places, count = tuple(roots), 0.0
    for root in places:
        for directory, names, others in os.walk(root):
            count += len(names) + len(others) / FILES_A_DIRECTORY
            if count > MAX_WATCHED:
                return False
            links = (path for name in names if (path := Path(directory, name)).is_symlink())
            if any(
                not any(_real(link).is_relative_to(place) for place in places) for link in links
            ):
                raise OSError(f"{files.shown(root.name)} has a link to a directory elsewhere")
    return True


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))  # unlike `Path.resolve`, it bears loops of links
