"""One run as a row of the dataset, with the functions that its own page uses.

Guarantees: whatever a run is made of, it is a row; a run that cannot be judged has the reason.
Runs in any process that sees the artifacts, or the copy of a root by address, under the same paths.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, NamedTuple

import pyarrow as pa

from peak_trade.artifacts import files, times, trades, unchanged, whole
from peak_trade.artifacts.read_errors import ReadErrors
from peak_trade.artifacts.runs import RunMeta, make_meta
from peak_trade.artifacts.trades import Trades
from peak_trade.contract.fleet.columns import MONTH, SCHEMA, UNKNOWN
from peak_trade.contract.pages.about import DISTRIBUTION
from peak_trade.contract.runs.books import checked_books, known_session
from peak_trade.contract.runs.judged import run_statistics
from peak_trade.contract.runs.snapshot import is_active
from peak_trade.derive.funnel import funnel
from peak_trade.derive.symbols import quote_currency
from peak_trade.schemas import META_FILE
from peak_trade.store import families, runs_state
from peak_trade.store.families import LogIndex, SessionIndex
from peak_trade.store.local import LocalStore
from peak_trade.store.roots import Root
from peak_trade.store.run_files import RUN_FILES
from peak_trade.store.runs_state import RunState

VERSION: Final = version(DISTRIBUTION)
MONTHS: Final = range(1970, 2100)
"""Years whose months are partitions of their own: a hostile `meta.json` cannot make more."""

Row = dict[str, Any]
Files = tuple[tuple[str, int, int] | tuple[str, str], ...]
"""Name, size and time of change of each file that there is; name and reason of what is odd."""


@dataclass(frozen=True)
class Job:
    """What is the same for all runs of a root in a build; `number` tells builds apart."""

    number: str
    root: Root
    now: datetime


class Registry(NamedTuple):
    """The sessions that may have written runs of a root, with their records and telemetry logs."""

    root: Root
    sessions: SessionIndex
    logs: LogIndex
    records: Mapping[str, tuple[int, int]]
    """Size and time of change of each session's record."""

    def digest(self, run_id: str, run_files: Files, session_id: str | None) -> str:
        """Return what stands for a run and the version of all that its row is made of."""
        root = (self.root.name, str(self.root.zone))
        log = self.logs.logs.get(session_id or "")
        of_session = (self.records.get(session_id or ""), log and (log.size, log.mtime_ns))
        content = repr((VERSION, root, run_id, run_files, session_id, of_session))
        data = content.encode("utf-8", "backslashreplace")
        return hashlib.blake2b(data, digest_size=16).hexdigest()


def read_registry(root: Root) -> Registry:
    """Read the session registry of a root, and list its telemetry logs."""
    with files.within(tuple(root.paths.artifacts.values())), times.in_zone(root.zone):
        sessions = families.refresh_sessions(root, SessionIndex())
        logs = families.refresh_logs(root, LogIndex())
    records = {
        document.record.session_id: (document.signature.size, document.signature.mtime_ns)
        for document in sessions.documents.values()
        if document.record is not None
    }
    return Registry(root, sessions, logs, records)


def run_files(directory: str) -> Files:
    """Return which files of a run there are, and in which version."""
    found: list[tuple[str, int, int] | tuple[str, str]] = []
    for name in RUN_FILES:
        seen = unchanged.look(f"{directory}/{name}")
        if isinstance(seen, str):
            found.append((name, seen))
        elif seen is not None:
            found.append((name, seen.size, seen.mtime_ns))
    return tuple(found)


@lru_cache(maxsize=2)  # while one root is followed by the next, batches of both come
def _registry(job: Job) -> Registry:
    """Return the registry, read once by each process of a build."""
    return read_registry(job.root)


def judge_all(job: Job, directories: Sequence[Path]) -> pa.Table:
    """Return the rows of runs; a directory without `meta.json` is no run and has none."""
    registry = _registry(job)
    local = LocalStore(job.root.paths, judged=1, several=(job.root,))
    local.sessions = registry.sessions
    with files.within(local.watched), times.in_zone(job.root.zone):
        rows = (_judge(job, registry, local, path) for path in directories)
        return as_rows(row for row in rows if row)


def as_rows(rows: Iterable[Row]) -> pa.Table:
    """Return rows as a table with the columns of the dataset; what a row does not say is null."""
    return pa.Table.from_pylist(list(rows), schema=SCHEMA)


def failed(job: Job, run_id: str, reason: str, digest: str = "") -> Row:
    """Return the row of a run that cannot be judged."""
    return {
        "run_id": files.shown(run_id),
        "root": job.root.name or None,
        "status": "failed",
        "reason": reason,
        "digest": digest,
        "version": VERSION,
        "as_of": job.now,
        MONTH: UNKNOWN,
    }


def _judge(job: Job, registry: Registry, local: LocalStore, directory: Path) -> Row | None:
    seen, run_id = run_files(os.fspath(directory)), job.root.key(directory.name)
    if not seen:
        return None
    try:
        state = runs_state.refresh_run(directory, None, run_id=run_id, rows=True)
        if state is None:
            reason = _refused(directory)
            digest = registry.digest(run_id, seen, None)
            return failed(job, run_id, reason, digest) if reason else None
        return _row(job, registry, local, state, trades.refresh(directory, None), seen)
    except Exception as error:  # noqa: BLE001  one run never ends the build of the others
        reason = str(error) if isinstance(error, files.UnusableError) else repr(error)
        return failed(job, run_id, reason, registry.digest(run_id, seen, None))


def _refused(directory: Path) -> str | None:
    """Return why a directory is no run; None if it has no `meta.json`."""
    document = whole.refresh(directory / META_FILE, None, make_meta)
    return document.reason if document else files.refusal(directory / META_FILE)


def _row(
    job: Job,
    registry: Registry,
    local: LocalStore,
    state: RunState,
    traded: Trades | None,
    seen: Files,
) -> Row:
    session = known_session(local, state)
    log = registry.logs.logs.get(session.session_id or "")
    if log is not None:
        local.commit_log(log.log_id, local.refresh_log(log))
        session = known_session(local, state)
    judged = local.judging.of(state, traded)
    books = checked_books(state, judged, local.judging.books(state, judged), session, job.now)
    told = list(session.log.state.records) if session.log else []
    way = funnel(local.judging.decisions(state), told)
    last = state.events.metrics.last_instant
    return {
        **_meta(state.meta),
        "run_id": state.run_id,
        "root": job.root.name or None,
        "status": "ok",
        "reason": "",
        "session_id": session.session_id,
        "last_event": last,
        "active": is_active(state.meta, last, job.now),
        "events": judged.facts.rows,
        **_statistics(run_statistics(state, judged)["items"]),
        "books_checked": sum(check["status"] != "unchecked" for check in books["checks"]),
        "books_failed": books["failed"],
        "books_wrong": " ".join(c["name"] for c in books["checks"] if c["status"] == "failed"),
        **{f"funnel_{stage.name}": stage.count for stage in way.stages},
        "blocked": way.blocked,
        "rejected": way.rejected,
        **_lost(state, traded),
        "version": VERSION,
        "as_of": job.now,
        "digest": registry.digest(state.run_id, seen, session.session_id),
    }


def _meta(meta: RunMeta) -> Row:
    start = times.as_utc(meta.started_at) if meta.started_at else None
    return {
        "mode": meta.mode,
        "strategy": meta.strategy_name,
        "symbol": meta.symbol,
        "timeframe": meta.timeframe,
        "currency": quote_currency(meta.symbol),
        "started": start,
        "ended": times.as_utc(meta.ended_at) if meta.ended_at else None,
        "provisional": meta.ended_at is None,
        MONTH: f"{start:%Y-%m}" if start and start.year in MONTHS else UNKNOWN,
    }


def _statistics(items: Iterable[Mapping[str, Any]]) -> Row:
    return {
        item["name"]: times.parse(item["value"])
        if isinstance(item["value"], str)
        else item["value"]
        for item in items
    }


def _lost(state: RunState, traded: Trades | None) -> Row:
    """Return what could not be read of a run's files."""
    found: ReadErrors = state.read_errors.plus(
        state.document.read_errors(META_FILE, "unusable_meta")
    )
    found = found.merged(traded.read_errors) if traded else found
    kinds = " ".join(f"{kind}={count}" for kind, count in sorted(found.counts.items()))
    return {"read_errors": found.total, "read_error_kinds": kinds}
