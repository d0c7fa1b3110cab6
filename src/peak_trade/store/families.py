"""States of the artifact families other than runs: sessions, alert days, telemetry, line files.

Values are immutable; a look at the files gives a new state, or the same object if nothing changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Generic, TypeVar

from peak_trade.artifacts import files, json_lines, whole
from peak_trade.artifacts.alerts import Alert, file_day, make_alert
from peak_trade.artifacts.json_lines import LinesState, Make
from peak_trade.artifacts.losses import NO_LOSSES, Loss, Losses
from peak_trade.artifacts.sessions import SessionRecord, make_session
from peak_trade.artifacts.telemetry import (
    LogFile,
    TelemetryEvent,
    decompress,
    logs,
    make_event,
)
from peak_trade.artifacts.whole import Document
from peak_trade.derive.log_figures import LogFigures
from peak_trade.store.revisions import next_revision

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SessionIndex:
    """All usable registry records, newest (`finished_at`, else `started_at`) first."""

    documents: Mapping[str, Document[SessionRecord]] = field(default_factory=dict)
    ordered: tuple[SessionRecord, ...] = ()
    by_id: Mapping[str, SessionRecord] = field(default_factory=dict)
    losses: Losses = NO_LOSSES
    revision: int = 0


def look_at_sessions(root: Path, known: SessionIndex) -> SessionIndex:
    """Return the current registry. Of records with the same id the greatest file name answers."""
    documents: dict[str, Document[SessionRecord]] = {}
    for entry in sorted(files.list_directory(root), key=lambda entry: entry.name):
        if entry.is_dir or not entry.name.endswith(".json"):
            continue
        document = whole.catch_up(entry.path, known.documents.get(entry.name), make_session)
        if document is not None:
            documents[entry.name] = document
    if documents == known.documents:
        return known
    records = [document.record for document in documents.values() if document.record is not None]
    losses = [
        Loss("unusable_session", name, 0, document.reason)
        for name, document in documents.items()
        if document.record is None
    ]
    return SessionIndex(
        documents=documents,
        ordered=tuple(sorted(records, key=_recency, reverse=True)),
        by_id={record.session_id: record for record in records},
        losses=NO_LOSSES.plus(losses),
        revision=next_revision(),
    )


def _recency(record: SessionRecord) -> datetime:
    stamp = record.finished_at or record.started_at
    return stamp.astimezone(UTC) if stamp.tzinfo else stamp.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class AlertDays:
    """The day files of the alert store that have been asked for; `files` is how many there are."""

    days: Mapping[str, LinesState[Alert]] = field(default_factory=dict)
    files: int = 0
    revision: int = 0

    def between(self, since: datetime, until: datetime) -> list[Alert]:
        """Return alerts with `since` <= instant <= `until`, newest first."""
        found = (
            alert
            for state in self.days.values()
            for alert in state.records
            if since <= alert.instant <= until
        )
        return sorted(found, key=lambda alert: alert.instant, reverse=True)

    @property
    def losses(self) -> Losses:
        """Losses of all days read so far."""
        total = NO_LOSSES
        for state in self.days.values():
            total = total.merged(state.losses)
        return total


def look_at_alerts(root: Path, known: AlertDays, first: date, last: date) -> AlertDays:
    """Return the store with all day files from `first` to `last` read as far as they go."""
    days = dict(known.days)
    present: set[str] = set()
    for entry in files.list_directory(root):
        day = file_day(entry.name)
        if day is None or entry.is_dir:
            continue
        present.add(entry.name)
        if first <= day <= last or entry.name in days:
            before = days.get(entry.name, LinesState())
            days[entry.name] = json_lines.catch_up(entry.path, before, make_alert)
    days = {name: state for name, state in days.items() if name in present}
    if days == known.days and len(present) == known.files:
        return known
    return AlertDays(days, len(present), next_revision())


@dataclass(frozen=True, slots=True)
class LogIndex:
    """Which telemetry logs there are, by id."""

    logs: Mapping[str, LogFile] = field(default_factory=dict)
    revision: int = 0


def look_at_logs(root: Path, known: LogIndex) -> LogIndex:
    """Return the current list of logs."""
    found = logs(root)
    return known if found == known.logs else LogIndex(found, next_revision())


@dataclass(frozen=True, slots=True)
class Lines(Generic[T]):
    """One file of JSON lines with a revision that grows when its records changed."""

    state: LinesState[T] = field(default_factory=LinesState)
    revision: int = 0


def look_at_lines(path: Path, known: Lines[T], make: Make[T]) -> Lines[T]:
    """Return the file's current records."""
    state = json_lines.catch_up(path, known.state, make)
    return known if state is known.state else Lines(state, next_revision())


@dataclass(frozen=True, slots=True)
class Log(Lines[TelemetryEvent]):
    """One telemetry log; `figures` are those of its complete lines."""

    figures: LogFigures = field(default_factory=LogFigures)

    @property
    def totals(self) -> LogFigures:
        """Figures of all events, the pending one included."""
        pending = self.state.pending
        return self.figures if pending is None else self.figures.plus([pending])

    def newest_first(self) -> Iterator[TelemetryEvent]:
        """Yield the events from the last one back."""
        if self.state.pending is not None:
            yield self.state.pending
        yield from reversed(self.state.complete)


def look_at_log(log: LogFile, known: Log) -> Log:
    """Return the current events of one telemetry log, plain or compressed."""
    if not log.compressed:
        state = json_lines.catch_up(log.path, known.state, make_event)
        return _with_figures(known, state, goes_on=state.epoch == known.state.epoch)
    seen = files.signature(log.path)
    cursor = known.state.cursor
    if seen is None or (cursor is not None and cursor.signature == seen):
        return known
    content = files.read_whole(log.path)
    if content is None:
        return known
    state = json_lines.parse_all(decompress(content[0]), content[1], log.path.name, make_event)
    return _with_figures(known, state, goes_on=False)


def _with_figures(known: Log, state: LinesState[TelemetryEvent], *, goes_on: bool) -> Log:
    if state is known.state:
        return known
    before = known.figures if goes_on else LogFigures()
    count = len(state.complete) - (len(known.state.complete) if goes_on else 0)
    new = list(islice(reversed(state.complete), count))[::-1]
    return Log(state, next_revision(), before.plus(new))
