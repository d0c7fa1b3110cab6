"""What pages depend on: artifacts that can be read again, and whose revision tells of a change.

A model names its sources once. What it reads, which revisions it compares, which changes of the
store it is notified of and with which other models it shares the reading all follow from them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from peak_trade import clock
from peak_trade.contract.fleet.dataset import version_of
from peak_trade.contract.pages import quality
from peak_trade.store.live import LiveStore
from peak_trade.store.local import LocalStore
from peak_trade.store.slots import Change


@dataclass(frozen=True, slots=True)
class Source:
    """One artifact, or a family of artifacts.

    `family` and `key` are those of the store's changes; an empty `key` stands for all of the
    family. `detail` tells apart sources of the same family. A source that is not `prompt` is
    brought up to date with the next period, not with each change.
    """

    family: str
    key: str = ""
    detail: Hashable = None
    prompt: bool = True
    read: Callable[[LiveStore], Awaitable[object]] = field(compare=False, kw_only=True)
    """Reads it from disk."""
    revision: Callable[[LocalStore], Hashable] = field(compare=False, kw_only=True)
    """Returns what the store knows of it: another value after each change."""

    def concerns(self, change: Change) -> bool:
        """Tell whether a change of the store is one of this source, to be shown at once."""
        return (
            self.prompt
            and change.family == self.family
            and (not self.key or change.key == self.key)
        )


def at_period(source: Source) -> Source:
    """Return the source without promptness: its changes wait for the next period."""
    return replace(source, prompt=False)


DIRECTORIES: Final = Source(
    "directories",
    read=lambda store: store.directories(),
    revision=lambda local: local.directories.revision,
)
RUNS: Final = Source(
    "runs", read=lambda store: store.index(), revision=lambda local: local.index.revision
)
SESSIONS: Final = Source(
    "session", read=lambda store: store.sessions(), revision=lambda local: local.sessions.revision
)
LIFE_SESSIONS: Final = Source(
    "session",
    prompt=False,
    read=lambda store: store.sessions(),
    revision=lambda local: local.sessions.revision,
)
"""The registry, for its signs of life alone: sessions write them every few seconds."""

LOGS: Final = Source(
    "telemetry",
    detail="list",
    read=lambda store: store.logs(),
    revision=lambda local: local.logs.revision,
)
HEALTH_SNAPSHOTS: Final = Source(
    "telemetry",
    detail="health snapshots",
    read=lambda store: store.health_snapshots(),
    revision=lambda local: local.health_snapshots.revision,
)
RULE_ALERTS: Final = Source(
    "telemetry",
    detail="rule alerts",
    read=lambda store: store.rule_alerts(),
    revision=lambda local: local.rule_alerts.revision,
)


async def _nothing(_: LiveStore) -> None:
    """Read nothing: it is read with another source, or in the background."""


READ_ERRORS: Final = Source(
    "read errors",
    prompt=False,
    read=_nothing,
    revision=lambda local: local.tally.revision,
)


def fleet_version(path: Path | None) -> Source:
    """Return the version of the fleet dataset: where its link leads, looked up in a thread."""

    async def read(store: LiveStore) -> None:
        if path is not None:
            store.local.fleet_version = await store.compute(lambda: version_of(path))

    return Source("fleet", prompt=False, read=read, revision=lambda local: local.fleet_version)


def run(run_id: str) -> Source:
    """Return the events, alerts and trades of one run."""

    async def read(store: LiveStore) -> None:
        if await store.run(run_id, rows=True):
            await store.trades(run_id)

    def revision(local: LocalStore) -> Hashable:
        parts = (local.runs.get(run_id), local.trades.get(run_id))
        return tuple(part.revision if part else 0 for part in parts)

    return Source("run", run_id, read=read, revision=revision)


def log(log_id: str) -> Source:
    """Return the telemetry log of one session."""

    def revision(local: LocalStore) -> Hashable:
        known = local.log_lines.get(log_id)
        return known.revision if known else 0

    return Source("telemetry", log_id, read=lambda store: store.log(log_id), revision=revision)


def alerts(window: timedelta) -> Source:
    """Return the stored alerts of a window that ends now."""

    async def read(store: LiveStore) -> None:
        now = clock.now()
        await store.alerts(now - window, now)

    return Source("alert", detail=window, read=read, revision=lambda local: local.alerts.revision)


def everything(limit: int) -> tuple[Source, ...]:
    """Return all that read errors are counted of: the newest `limit` runs, and the other families.

    It is read in one go, in which a directory that cannot be listed hides no other. Rows of runs
    and logs wait for the period.
    """

    def revision(local: LocalStore) -> Hashable:
        runs = max((state.revision for state in local.runs.values()), default=0)
        logs = max((lines.revision for lines in local.log_lines.values()), default=0)
        lists = local.directories.revision, local.index.revision, local.logs.revision
        return *lists, runs, logs, local.tally.revision

    async def read(store: LiveStore) -> None:
        await quality.refresh(store, limit, clock.now())

    return (
        Source("run", detail=limit, prompt=False, read=read, revision=revision),
        replace(SESSIONS, detail="read", read=_nothing),
        replace(alerts(timedelta(days=1)), detail="read", read=_nothing),
    )
