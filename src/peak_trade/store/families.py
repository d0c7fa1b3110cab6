"""States of the artifact families other than runs: sessions, alert days, telemetry, line files.

Values are immutable; a refresh gives a new state, or the same object if nothing changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import reduce
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final, Generic, Literal, TypeVar

from peak_trade.artifacts import files, json_lines, times, whole
from peak_trade.artifacts.alerts import Alert, file_day, make_alert
from peak_trade.artifacts.bounds import MAX_PACKED_BYTES
from peak_trade.artifacts.files import Signature
from peak_trade.artifacts.json_lines import LinesState, Make, Rows
from peak_trade.artifacts.memory import sufficing
from peak_trade.artifacts.read_errors import NO_READ_ERRORS, ReadError, ReadErrors, unusable
from peak_trade.artifacts.record import Record
from peak_trade.artifacts.sessions import SessionRecord
from peak_trade.artifacts.tail import Cursor
from peak_trade.artifacts.telemetry import (
    LogFile,
    TelemetryEvent,
    logs,
    make_event,
)
from peak_trade.artifacts.unpack import Unpacking
from peak_trade.artifacts.whole import Document
from peak_trade.derive.log_metrics import LogMetrics
from peak_trade.store.listed import Listed, entry_read_errors, in_common, keep
from peak_trade.store.revisions import next_revision
from peak_trade.store.roots import Root

T = TypeVar("T")
RECORD: Final = ".json"
"""How names of registry records end."""


@dataclass(frozen=True, slots=True)
class SessionIndex(Listed):
    """All usable registry records, newest (`finished_at`, else `started_at`) first."""

    documents: Mapping[str, Document[SessionRecord]] = field(default_factory=dict)
    ordered: tuple[SessionRecord, ...] = ()
    by_id: Mapping[str, SessionRecord] = field(default_factory=dict)
    by_run: Mapping[str, SessionRecord] = field(default_factory=dict)
    """The newest session of each run that sessions name: it speaks for the run."""
    written: Mapping[str, int] = field(default_factory=dict)
    """When the record of each session was written, in nanoseconds since 1970."""
    unfinished: tuple[SessionRecord, ...] = ()
    """Those of `ordered` that do not say when they ended."""

    @classmethod
    def of(cls, documents: Mapping[str, Document[SessionRecord]], **common: Any) -> SessionIndex:
        """Return the registry of these records, by name; `common` is what all lists have."""
        known = [(found.record, found.signature) for found in documents.values() if found.record]
        records = [record for record, _ in known]
        ordered = tuple(times.newest_first(records, _recency))
        return cls(
            **common,
            documents=documents,
            ordered=ordered,
            by_id={record.session_id: record for record in records},
            by_run={record.run_id: record for record in reversed(ordered) if record.run_id},
            written={record.session_id: seen.mtime_ns for record, seen in known},
            unfinished=tuple(record for record in ordered if record.finished_at is None),
        )

    @classmethod
    def merged(cls, parts: tuple[SessionIndex, ...]) -> SessionIndex:
        """Return the registries of several roots as one."""
        documents = {name: one for part in parts for name, one in part.documents.items()}
        return cls.of(documents, **in_common(parts))


def refresh_sessions(root: Root, known: SessionIndex) -> SessionIndex:
    """Return the current registry. Of records with the same id the greatest file name answers."""
    path = root.paths.sessions
    try:
        listing = files.list_directory(path)
    except files.UnusableError as error:
        return keep(known, root.key(path.name), error)
    documents: dict[str, Document[SessionRecord]] = {}
    unread = listing.faults | files.not_files(listing.directories, (RECORD,))
    odd = {root.key(name): reason for name, reason in unread.items()}
    for file in sorted(name for name in listing.files if name.endswith(RECORD)):
        name = root.key(file)
        document = known.documents.get(name)
        try:
            document = whole.refresh(listing.path / file, document, root.make_session)
        except files.UnusableError as error:
            odd[name] = str(error)
        if document is not None:
            documents[name] = document
    faults = entry_read_errors(odd)
    faults.update(
        (name, lost)
        for name, document in documents.items()
        if name not in odd and (lost := tuple(document.read_errors(name, "unusable_session")))
    )
    if (documents, faults, None) == (known.documents, known.faults, known.unlisted):
        return known
    return SessionIndex.of(documents, faults=faults, revision=next_revision())


def _recency(record: SessionRecord) -> datetime:
    return times.as_utc(record.finished_at or record.started_at)


@dataclass(frozen=True, slots=True)
class DayFile:
    """A day file of the alert store."""

    day: date
    path: Path


@dataclass(frozen=True, slots=True)
class AlertDays(Listed):
    """The day files of the alert store that have been asked for; `present` are those there are.

    Both by name, `present` in the order of the days.
    """

    days: Mapping[str, LinesState[Alert]] = field(default_factory=dict)
    present: Mapping[str, DayFile] = field(default_factory=dict)

    @classmethod
    def merged(cls, parts: tuple[AlertDays, ...]) -> AlertDays:
        """Return the alert stores of several roots as one."""
        present = [item for part in parts for item in part.present.items()]
        return cls(
            **in_common(parts),
            days={name: state for part in parts for name, state in part.days.items()},
            present=dict(sorted(present, key=lambda item: item[1].day)),
        )

    @property
    def files(self) -> int:
        """Number of day files that there are."""
        return len(self.present)

    def newest(self, days: int) -> list[LinesState[Alert]]:
        """Return what was read of the newest days that have been asked for."""
        read = {name: file.day for name, file in self.present.items() if name in self.days}
        last = sorted(set(read.values()))[-days:]
        return [self.days[name] for name, day in read.items() if day in last]

    def between(self, since: datetime, until: datetime) -> list[Alert]:
        """Return alerts with `since` <= instant <= `until`, newest first."""
        found = (
            alert
            for state in self.days.values()
            for alert in state.records
            if since <= alert.instant <= until
        )
        return sorted(found, key=lambda alert: alert.instant, reverse=True)


def refresh_alerts(root: Root, known: AlertDays, first: date | None, last: date) -> AlertDays:
    """Return the store with all day files from `first` to `last` read as far as they go.

    Without `first` they are read from the newest one on.
    """
    path = root.paths.alerts
    try:
        listing = files.list_directory(path)
    except files.UnusableError as error:
        return keep(known, root.key(path.name), error)
    days: dict[str, LinesState[Alert]] = {}
    unread = listing.faults | files.not_files(filter(file_day, listing.directories), ("",))
    odd = {root.key(name): reason for name, reason in unread.items()}
    present = {
        root.key(name): DayFile(day, listing.path / name)
        for name in sorted(listing.files)
        if (day := file_day(name))
    }
    first = max((file.day for file in present.values()), default=last) if first is None else first
    for name, file in present.items():
        if first <= file.day <= last or name in known.days:
            days[name] = known.days.get(name, LinesState())
            try:
                days[name] = json_lines.refresh(file.path, days[name], root.make_alert)
            except files.UnusableError as error:
                odd[name] = str(error)
    faults = entry_read_errors(odd)
    found = AlertDays(faults=faults, revision=known.revision, days=days, present=present)
    return known if found == known else replace(found, revision=next_revision())


@dataclass(frozen=True, slots=True)
class LogIndex(Listed):
    """Which telemetry logs there are, by id."""

    logs: Mapping[str, LogFile] = field(default_factory=dict)

    @classmethod
    def merged(cls, parts: tuple[LogIndex, ...]) -> LogIndex:
        """Return the logs of several roots as one list."""
        found = {log_id: log for part in parts for log_id, log in part.logs.items()}
        return cls(**in_common(parts), logs=found)


def refresh_logs(root: Root, known: LogIndex) -> LogIndex:
    """Return the current list of logs."""
    path = root.paths.telemetry
    try:
        found, odd = logs(path, root.key, root.name)
    except files.UnusableError as error:
        return keep(known, root.key(path.name), error)
    index = LogIndex(faults=entry_read_errors(odd), revision=known.revision, logs=found)
    return known if index == known else replace(index, revision=next_revision())


@dataclass(frozen=True, slots=True)
class Lines(Generic[T]):
    """One file of JSON lines with a revision that grows when its records changed.

    `fault` is set while the file is there, but cannot be read.
    """

    state: LinesState[T] = field(default_factory=LinesState)
    revision: int = 0
    fault: ReadError | None = None
    parts: tuple[Lines[T], ...] = ()
    """What each root has, if there are several."""

    @classmethod
    def merged(cls, parts: tuple[Lines[T], ...], at: Callable[[T], datetime]) -> Lines[T]:
        """Return the lines of several roots as those of one file, by their time."""
        records = sorted(chain.from_iterable(part.state.records for part in parts), key=at)
        read_errors = reduce(
            ReadErrors.merged, (part.read_errors for part in parts), NO_READ_ERRORS
        )
        state = LinesState(complete=Rows(([*records],)), read_errors=read_errors)
        return cls(state, next_revision(), parts=parts)

    @property
    def read_errors(self) -> ReadErrors:
        """Read errors of the lines, and of the file."""
        return self.state.read_errors.plus([self.fault] if self.fault else [])


def refresh_lines(path: Path, known: Lines[T], make: Make[T]) -> Lines[T]:
    """Return the file's current records."""
    state, reason = known.state, files.refusal(path)
    try:
        state = json_lines.refresh(path, state, make)
    except files.UnusableError as error:
        reason = str(error)
    fault = unusable(path.name, reason) if reason else None
    if state is known.state and fault == known.fault:
        return known
    return Lines(state, next_revision(), fault)


@dataclass(frozen=True, slots=True)
class Log(Lines[TelemetryEvent]):
    """One telemetry log; `metrics` are those of its complete lines."""

    metrics: LogMetrics = field(default_factory=LogMetrics)

    @property
    def totals(self) -> LogMetrics:
        """Metrics of all events, the pending one included."""
        pending = self.state.pending
        return self.metrics if pending is None else self.metrics.plus([pending])

    def newest_first(self) -> Iterator[TelemetryEvent]:
        """Yield the events from the last one back."""
        if self.state.pending is not None:
            yield self.state.pending
        yield from reversed(self.state.complete)


def refresh_log(log: LogFile, known: Log, make: Make[TelemetryEvent] = make_event) -> Log:
    """Return the current events of one telemetry log, plain or compressed."""
    try:
        state, goes_on = _log_state(log, known.state, make)
    except files.UnusableError as error:
        fault = unusable(log.path.name, str(error))
        return (
            known if known.fault == fault else replace(known, fault=fault, revision=next_revision())
        )
    if state is known.state:
        return (
            known if known.fault is None else replace(known, fault=None, revision=next_revision())
        )
    before = known.metrics if goes_on else LogMetrics()
    count = len(state.complete) - (len(known.state.complete) if goes_on else 0)
    new = list(islice(reversed(state.complete), count))[::-1]
    return Log(state, next_revision(), metrics=before.plus(new))


def count_log(log: LogFile) -> ReadErrors:
    """Return the read errors of a telemetry log; none of its events is kept."""
    try:
        return _log_state(log, LinesState(), _usable)[0].read_errors
    except files.UnusableError as error:
        return NO_READ_ERRORS.plus([unusable(log.path.name, str(error))])


def count_alerts(path: Path) -> ReadErrors:
    """Return the read errors of a day file of alerts; none of them is kept."""
    try:
        return json_lines.refresh(path, LinesState(), make_alert).read_errors
    except files.UnusableError as error:
        return NO_READ_ERRORS.plus([unusable(path.name, str(error))])


def _usable(record: Record) -> Literal[True] | None:
    """Tell of a line whether it is an event, as `make_event` does, without making one to keep."""
    return None if make_event(record) is None else True


def _log_state(log: LogFile, known: LinesState[T], make: Make[T]) -> tuple[LinesState[T], bool]:
    """Return what has been read of a log, and whether it only adds to what is known."""
    if not log.compressed:
        state = json_lines.refresh(log.path, known, make)
        return state, state.epoch == known.epoch
    seen = files.signature(log.path)
    if seen is None or (known.cursor is not None and known.cursor.signature == seen):
        return known, True
    return _unpacked(log.path, seen, known, make), False


@sufficing
def _unpacked(
    path: Path,
    seen: Signature,
    known: LinesState[T],
    make: Make[T],
) -> LinesState[T]:
    """Return the lines of a compressed log, and why they end early."""
    if seen.size > MAX_PACKED_BYTES:
        reason = f"larger than {MAX_PACKED_BYTES} bytes"
        read_error = ReadError("too_large", path.name, 0, reason)
        return LinesState(Cursor(seen), read_errors=NO_READ_ERRORS.plus([read_error]))
    content = files.read_whole(path)
    if content is None:  # it changes just now: the next refresh reads it
        return known
    unpacking = Unpacking(content[0])
    state = json_lines.parse_all(unpacking.blocks(), content[1], path.name, make)
    if unpacking.fault is None:
        return state
    read_error = ReadError(unpacking.fault[0], path.name, 0, unpacking.fault[1])
    return replace(state, read_errors=state.read_errors.plus([read_error]))
