"""Retention of telemetry logs: old ones are compressed, older ones deleted.

Assumes one retention at a time. A log is `<id>.jsonl`, `<id>.jsonl.gz`, or both after an
interrupted compression; its age is that of its last change. Guarantees that nothing but logs
directly in the directory is touched, that symbolic links are left alone, that the log of a session
which the registry calls started and not finished is left alone, and that at every moment each log
can be read as a whole, under one of its two names.
"""

from __future__ import annotations

import gzip
import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from peak_trade import clock
from peak_trade.errors import PeakTradeError, SettingsError
from peak_trade.schemas import COMPRESSED_LOG, PLAIN_LOG, RETENTION_MARKER
from peak_trade.writing.files import clean_name, iso, replace_file
from peak_trade.writing.session import open_records

_DAY: Final = 86_400  # seconds
_MB: Final = 2**20


@dataclass(frozen=True, slots=True)
class Policy:
    """What is kept.

    Parameters
    ----------
    max_age_days
        Logs older than that are deleted, but not those among the newest.
    keep_last
        How many of the newest logs are not deleted for their age.
    max_total_mb
        Size of all logs, in MiB; above it the oldest are deleted, whatever their number.
    compress_after_days
        Logs older than that are compressed.
    """

    max_age_days: float = 30.0
    keep_last: int = 200
    max_total_mb: float = 2048.0
    compress_after_days: float = 7.0

    def __post_init__(self) -> None:
        for name in ("max_age_days", "keep_last", "max_total_mb", "compress_after_days"):
            if not getattr(self, name) >= 0:
                raise SettingsError(f"{name} is {getattr(self, name)}; it has to be 0 or above")


@dataclass(frozen=True, slots=True)
class Log:
    """The files of one log, by name, and their state."""

    log_id: str
    files: dict[str, os.stat_result] = field(default_factory=dict)

    @property
    def plain(self) -> os.stat_result | None:
        """State of the file that is not compressed; None if there is none."""
        return self.files.get(self.log_id + PLAIN_LOG)

    @property
    def changed_at(self) -> float:
        """Time of the last change, unix seconds: that of the plain file if there is one."""
        return (self.plain or next(iter(self.files.values()))).st_mtime

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(status.st_size for status in self.files.values())


@dataclass(frozen=True, slots=True)
class Action:
    """What happens to one log, and why."""

    verb: Literal["delete", "compress"]
    log: Log
    reason: str


class ChangedMeanwhileError(PeakTradeError):
    """Somebody wrote into a log while it was compressed."""


def find_logs(directory: Path) -> list[Log]:
    """Return the logs directly in a directory, newest first; none if there is no directory."""
    logs: dict[str, Log] = {}
    for entry in _entries(directory):
        suffix = next((s for s in (COMPRESSED_LOG, PLAIN_LOG) if entry.name.endswith(s)), None)
        status = entry.stat(follow_symlinks=False)
        if suffix and entry.name != suffix and stat.S_ISREG(status.st_mode):
            log_id = entry.name.removesuffix(suffix)
            logs.setdefault(log_id, Log(log_id)).files[entry.name] = status
    return sorted(logs.values(), key=lambda log: (-log.changed_at, log.log_id))


def find_links(directory: Path) -> list[str]:
    """Return the names of logs that are symbolic links."""
    suffixes = (PLAIN_LOG, COMPRESSED_LOG)
    return sorted(
        e.name for e in _entries(directory) if e.is_symlink() and e.name.endswith(suffixes)
    )


def running_logs(sessions: Path) -> set[str]:
    """Return the log ids of sessions that the registry calls started and not finished."""
    running = set()
    for _, record in open_records(sessions):
        session_id = str(record.get("session_id", ""))
        running |= {session_id, clean_name(session_id)}  # other writers clean no ids
    return running


def plan(logs: list[Log], running: set[str], policy: Policy, now: datetime) -> list[Action]:
    """Return what to do, oldest log first.

    Parameters
    ----------
    logs
        All logs, newest first.
    running
        Ids of logs that must not be touched.
    """
    actions: list[Action] = []
    room = policy.max_total_mb * _MB - sum(log.size for log in logs)
    for rank, log in reversed(list(enumerate(logs))):
        if log.log_id in running:
            continue
        days = (now.timestamp() - log.changed_at) / _DAY
        if days > policy.max_age_days and rank >= policy.keep_last:
            reason = f"{days:.1f} days old"
        elif room < 0:
            reason = f"the logs take more than {policy.max_total_mb:g} MB"
        else:
            if days > policy.compress_after_days and log.plain:
                actions.append(Action("compress", log, f"{days:.1f} days old"))
            continue
        room += log.size
        actions.append(Action("delete", log, reason))
    return actions


def carry_out(directory: Path, action: Action) -> None:
    """Do one action.

    Raises
    ------
    ChangedMeanwhileError
        If somebody writes into the log; it stays as it is.
    OSError
        If a file cannot be written or deleted.
    """
    if action.verb == "compress":
        _compress(directory / (action.log.log_id + PLAIN_LOG))
        return
    # the compressed file first: without the plain one beside it, a stale one would count
    for name in sorted(action.log.files, reverse=True):
        (directory / name).unlink(missing_ok=True)


def mark(directory: Path) -> None:
    """Leave the time of this run for the health check."""
    text = iso(clock.now()) + "\n"
    replace_file(directory / RETENTION_MARKER, lambda draft: draft.write_text(text))


def _entries(directory: Path) -> Iterator[os.DirEntry[str]]:
    if directory.is_dir():
        with os.scandir(directory) as entries:
            yield from entries


def _compress(path: Path) -> None:
    packed = path.with_name(path.name + ".gz")
    draft = packed.with_name(packed.name + ".tmp")
    draft.unlink(missing_ok=True)  # left by a run that was killed
    source = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    target = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    try:
        with os.fdopen(source, "rb") as plain, os.fdopen(target, "wb") as raw:
            before = os.fstat(plain.fileno())
            with gzip.GzipFile("", "wb", fileobj=raw, mtime=before.st_mtime) as stream:
                shutil.copyfileobj(plain, stream)
            raw.flush()
            os.fsync(raw.fileno())
        os.utime(draft, ns=(before.st_atime_ns, before.st_mtime_ns))
        after = path.lstat()
        if (after.st_ino, after.st_size, after.st_mtime_ns) != (
            *(before.st_ino, before.st_size, before.st_mtime_ns),
        ):
            raise ChangedMeanwhileError(f"{path.name}: changed while it was compressed")
        draft.replace(packed)
    finally:
        draft.unlink(missing_ok=True)
    path.unlink()
