"""Execution telemetry logs, telemetry health snapshots and telemetry rule alerts.

A session's log is `<id>.jsonl`, or `<id>.jsonl.gz` if the former does not exist. Of a cut
or damaged one the lines before that count. Payloads that are not objects count as empty.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from peak_trade.artifacts import files, times
from peak_trade.artifacts.record import Record
from peak_trade.schemas import COMPRESSED_LOG, PLAIN_LOG

SEVERITIES: Final = ("info", "warn", "critical")


@dataclass(frozen=True, slots=True)
class TelemetryEvent:
    """One telemetry event; `ts` is the stored text."""

    ts: str
    instant: datetime | None
    kind: str
    symbol: str
    session_id: str
    mode: str
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class LogFile:
    """One session's telemetry log. `size` in bytes, `mtime_ns` in nanoseconds."""

    log_id: str
    path: Path
    size: int
    mtime_ns: int
    compressed: bool
    root: str = ""
    """Its root, where there are several."""


@dataclass(frozen=True, slots=True)
class HealthSnapshot:
    """One telemetry health snapshot; a metric that is no finite number is None, a missing one 0."""

    instant: datetime
    severity: str
    disk_mb: float | None
    parse_error_rate: float | None


SHARED: Final = 128
"""Characters of a text that is looked for among those before, at most."""


def make_event(record: Record) -> TelemetryEvent:
    """Return the event of one line; keys of a wrong type count as missing.

    Texts that most events of a log share are kept once: a third of the memory of all.
    """
    return TelemetryEvent(
        ts=times.with_offset(record.text("ts")),
        instant=record.instant("ts"),
        kind=_shared(record.text("kind")),
        symbol=_shared(record.text("symbol")),
        session_id=_shared(record.text("session_id")),
        mode=_shared(record.text("mode")),
        payload=record.mapping("payload"),
    )


def _shared(text: str) -> str:
    """Return the same object for the same text, if it is short and was seen lately.

    Not interned ones: Python 3.12 keeps those for ever, whatever an artifact holds.
    """
    return _kept(text) if len(text) <= SHARED else text


@lru_cache(maxsize=1024)
def _kept(text: str) -> str:
    return text


def make_snapshot(record: Record) -> HealthSnapshot | None:
    """Return the snapshot of one line, or None if its time is unusable."""
    instant = record.instant("ts_utc")
    if instant is None:
        return None
    metrics = record.part("metrics")
    return HealthSnapshot(
        instant,
        record.text("severity"),
        metrics.number("disk_usage_mb", 0.0),
        metrics.number("parse_error_rate", 0.0),
    )


def make_rule_alert(record: Record) -> dict[str, Any] | None:
    """Return the stored rule alert, or None if severity, title or body is unusable."""
    usable = record.has_texts(("title", "body")) and record.values.get("severity") in SEVERITIES
    return record.values if usable else None


def logs(
    root: Path, key: Callable[[str], str] = str, of: str = ""
) -> tuple[dict[str, LogFile], dict[str, str]]:
    """Return the telemetry logs directly below `root` by id, and why others cannot be, by name.

    `key` makes identifiers of names; `of` is the root, where there are several.

    Raises
    ------
    UnusableError
        If `root` cannot be listed.
    """
    found: dict[str, LogFile] = {}
    listing = files.list_directory(root)
    faults = listing.faults | files.not_files(listing.directories, (PLAIN_LOG, COMPRESSED_LOG))
    for name in listing.files:
        compressed = name.endswith(COMPRESSED_LOG)
        stem = name.removesuffix(COMPRESSED_LOG if compressed else PLAIN_LOG)
        log_id = key(stem)
        if stem in {"", name} or (compressed and log_id in found):
            continue
        try:
            seen = files.signature(listing.path / name)
        except files.UnusableError as error:
            faults[name] = str(error)
            continue
        if seen is not None:
            path = listing.path / name
            found[log_id] = LogFile(log_id, path, seen.size, seen.mtime_ns, compressed, of)
    return found, {key(name): reason for name, reason in faults.items()}
