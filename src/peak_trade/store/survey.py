"""Completes the count of read errors in the background: what nobody has asked for is read as well.

One artifact at a time, in a thread of its own that stands back at each block of bytes while
requests read: the newest run first, then alert files and logs. Of what was read the read errors
stay, of a run its metrics too, and nothing else. What is in memory is kept up to date by the
watcher; what changed since it was counted is loaded, so that from then on its new rows alone are
read. What could not be read is tried again.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import chain, count
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

from peak_trade.artifacts import files, times, trades
from peak_trade.artifacts.files import Signature
from peak_trade.artifacts.read_errors import NO_READ_ERRORS, UNUSABLE_ENTRY, ReadErrors
from peak_trade.derive.metrics import RunningMetrics
from peak_trade.errors import OverloadedError, UnlistedError
from peak_trade.store import families, run_files, runs_state
from peak_trade.store.live import LiveStore
from peak_trade.store.local import LocalStore
from peak_trade.store.tally import Part
from peak_trade.store.watch import POLLS_WHILE_WATCHED, Touched

T = TypeVar("T")

log = logging.getLogger(__name__)

STOP_SECONDS: Final = 0.1
"""How soon the thread, while it waits, notices that it is to stop."""

ALERT_FILES: Final = Touched(frozenset(), sessions=False, alerts=True, telemetry=False)

Signatures = tuple[Signature | str | None, ...]
"""Of the files of an artifact; for one that cannot be asked for, the reason."""


class Artifact(NamedTuple):
    """One of many: the events and alerts of a run, its trades, a day file of alerts, a log."""

    part: Part
    key: str


class Counted(NamedTuple):
    """What stays of an artifact; `metrics` of a run."""

    read_errors: ReadErrors
    metrics: RunningMetrics | None = None


class Survey:
    """Reads what a store lists and has not counted."""

    def __init__(self, store: LiveStore, pause_seconds: float) -> None:
        self._store = store
        self._pause = pause_seconds
        self._seen: dict[Artifact, Signatures] = {}
        self._task: asyncio.Task[None] | None = None
        self._stopped = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="survey")

    def start(self) -> None:
        """Begin, in a task of the running loop."""
        # A fresh context: a task started while a page is built would inherit its session.
        loop, context = asyncio.get_running_loop(), contextvars.Context()
        self._task = loop.create_task(self._go_on(), context=context)

    async def stop(self) -> None:
        """Stop reading."""
        self._stopped = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _go_on(self) -> None:
        for turn in count():
            try:
                await self.complete(again=turn % POLLS_WHILE_WATCHED == 0)
            except OverloadedError:
                pass  # those who ask come first
            except Exception:
                log.exception("counting read errors failed; the next turn goes on with it")
            await asyncio.sleep(self._pause)

    async def complete(self, *, again: bool = True) -> None:
        """Count what is not counted yet; with `again`, also look for what is new or changed.

        Raises
        ------
        OverloadedError
            If too many reads wait.
        """
        if again:
            await self._list()
        tally = self._store.local.tally
        # What goes through all of them does so in the thread, for there can be very many.
        counted, uncounted = await self._in_thread(self._sorted_out)
        for artifact in uncounted:
            if not tally.has(*artifact):
                await self._count(artifact)
        if again:
            await self._follow(counted)

    def _sorted_out(self) -> tuple[list[Artifact], list[Artifact]]:
        """Return what is counted and what is not; forget what is gone."""
        artifacts, tally = listed(self._store.local), self._store.local.tally
        self._seen = {one: seen for one, seen in self._seen.items() if one in artifacts}
        counted = [one for one in artifacts if tally.has(*one)]
        return counted, [one for one in artifacts if not tally.has(*one)]

    async def _list(self) -> None:
        """Bring up to date what there is, and the families that are read as a whole."""
        store = self._store
        wholes: tuple[Callable[[], Awaitable[Any]], ...] = (
            store.index,
            store.sessions,
            lambda: store.refresh(ALERT_FILES),
            store.logs,
            store.health_snapshots,
            store.rule_alerts,
        )
        for whole in wholes:
            with suppress(UnlistedError):  # which is a read error as well
                await whole()

    async def _count(self, artifact: Artifact) -> None:
        """Count an artifact; what a request has read meanwhile stays."""
        local = self._store.local
        seen, found = await self._in_thread(
            lambda: (signatures(local, artifact), counted_in_zone(local, artifact))
        )
        if found is not None and not is_loaded(local, artifact):
            if found.metrics is not None:
                local.metrics[artifact.key] = found.metrics
            local.tally.note(*artifact, found.read_errors)
            self._seen[artifact] = seen

    async def _follow(self, counted: Sequence[Artifact]) -> None:
        """Read again what changed since it was counted, and is not followed by the watcher."""
        for artifact, seen, anew in await self._in_thread(lambda: list(self._changed(counted))):
            if anew and not is_loaded(self._store.local, artifact):
                await self._count(artifact)  # it was in memory, and was dropped, or has failed
            else:
                self._seen[artifact] = seen
                await self._load(artifact)

    def _changed(self, counted: Iterable[Artifact]) -> Iterator[tuple[Artifact, Signatures, bool]]:
        """Give what changed, as it is now, and whether it is rather to be counted anew."""
        local = self._store.local
        for artifact in counted:
            if artifact.part == "trades" or not is_loaded(local, artifact):
                seen, before = signatures(local, artifact), self._seen.get(artifact)
                anew = before is None or is_unread(local, artifact, seen)
                if anew or before != seen:
                    yield artifact, seen, anew

    async def _load(self, artifact: Artifact) -> None:
        store, (part, key) = self._store, artifact
        if part == "run":
            await store.run(key)
        elif part == "trades":
            await store.trades(key)
        elif part == "log":
            await store.log(key)
        else:
            await store.alert_file(key)

    async def _in_thread(self, read: Callable[[], T]) -> T:
        def giving_way() -> T:
            with files.within(self._store.local.watched), files.giving_way(self._stand_back):
                self._stand_back()
                return read()

        return await asyncio.get_running_loop().run_in_executor(self._thread, giving_way)

    def _stand_back(self) -> None:
        """Wait while requests read."""
        while not (self._stopped or self._store.reading.idle.wait(STOP_SECONDS)):
            pass


def listed(local: LocalStore) -> dict[Artifact, None]:
    """Return what there is, in the order in which it is counted."""
    runs = (
        Artifact(part, summary.run_id)
        for summary in local.index.ordered
        for part in ("run", "trades")
    )
    days = (Artifact("day", name) for name in reversed(tuple(local.alerts.present)))
    logs = (Artifact("log", log_id) for log_id in sorted(local.logs.logs, reverse=True))
    found = chain(runs, days, logs)
    away = bool(local.directories.away)
    return {one: None for one in found if not (away and local.is_away(one.key))}


def is_loaded(local: LocalStore, artifact: Artifact) -> bool:
    """Tell whether an artifact is in memory."""
    known: dict[Part, Any] = {
        "run": local.runs,
        "trades": local.trades,
        "day": local.alerts.days,
        "log": local.log_lines,
    }
    return artifact.key in known[artifact.part]


def is_unread(local: LocalStore, artifact: Artifact, seen: Signatures) -> bool:
    """Tell whether a file that is there could not be read, which no change of it need end.

    Memory, the rights or the disk did not suffice at that time.
    """
    found = local.tally.found(*artifact).examples
    failed = {one.file for one in found if one.kind == UNUSABLE_ENTRY}
    return bool(failed) and any(
        isinstance(file, Signature) and files.shown(path.name) in failed
        for path, file in zip(_paths(local, artifact), seen, strict=False)
    )


def signatures(local: LocalStore, artifact: Artifact) -> Signatures:
    """Return what tells whether an artifact changed."""
    return tuple(map(_signature, _paths(local, artifact)))


def _paths(local: LocalStore, artifact: Artifact) -> Sequence[Path]:
    part, key = artifact
    if part == "day":
        return [file.path] if (file := local.alerts.present.get(key)) else []
    if part == "log":
        return [log.path] if (log := local.logs.logs.get(key)) else []
    directory = local.index.directories.get(key)
    names = run_files.TRADES_FILES if part == "trades" else run_files.RUN_FILES
    return [directory / name for name in names] if directory else []


def _signature(path: Path) -> Signature | str | None:
    try:
        return files.signature(path)
    except files.UnusableError as error:
        return str(error)


def counted_in_zone(local: LocalStore, artifact: Artifact) -> Counted | None:
    """Return what `counted` does, with times as the root of the artifact means them."""
    with times.in_zone(local.root_of(artifact.key).zone):
        return counted(local, artifact)


def counted(local: LocalStore, artifact: Artifact) -> Counted | None:
    """Read an artifact as a whole and return what stays of it; None if it is gone."""
    part, key = artifact
    if part == "day":
        file = local.alerts.present.get(key)
        return Counted(families.count_alerts(file.path)) if file else None
    if part == "log":
        log = local.logs.logs.get(key)
        return Counted(families.count_log(log)) if log else None
    directory = local.index.directories.get(key)
    if directory is None:
        return None
    if part == "trades":
        found = trades.refresh(directory, None)
        return Counted(found.read_errors if found else NO_READ_ERRORS)
    state = runs_state.refresh_run(directory, None, run_id=key)
    return Counted(state.read_errors, state.events.metrics) if state else None
