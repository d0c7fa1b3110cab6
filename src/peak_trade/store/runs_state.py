"""What is known of all runs (the index) and of one run (its state).

The index reads `meta.json` and the end of the events file of each run; a run whose state is loaded
gives its exact metrics instead. Values are immutable; nothing changed gives the same object.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple

from peak_trade import clock
from peak_trade.artifacts import files, json_lines, times, whole
from peak_trade.artifacts.files import NamesSignature, Signature
from peak_trade.artifacts.json_lines import LinesState
from peak_trade.artifacts.read_errors import ReadError, ReadErrors, unusable
from peak_trade.artifacts.run_alerts import RunAlert, make_run_alert
from peak_trade.artifacts.runs import RunMeta, make_meta, run_directories
from peak_trade.artifacts.unchanged import Seen, are_same
from peak_trade.artifacts.whole import Document
from peak_trade.derive.timeframes import candle_length
from peak_trade.schemas import META_FILE, RUN_ALERTS_FILE
from peak_trade.store import events_end, events_state
from peak_trade.store.events_state import EventsState
from peak_trade.store.listed import Listed, entry_read_errors, in_common, keep
from peak_trade.store.revisions import next_revision
from peak_trade.store.roots import Root
from peak_trade.store.run_files import RUN_FILES, Looked, RunFiles


@dataclass(frozen=True, slots=True)
class RunState:
    """One run: meta data, events, alerts. `revision` grows when any of them changed."""

    run_id: str
    document: Document[RunMeta]
    meta: RunMeta
    events: EventsState = field(default_factory=EventsState)
    alerts: LinesState[RunAlert] = field(default_factory=LinesState)
    faults: tuple[ReadError, ...] = ()
    revision: int = 0
    looked: Looked | None = None
    """What its files were; None if they have to be read to know more."""

    def is_same(self, directory: Path, *, rows: bool) -> bool:
        """Tell whether a refresh would give this state; no file is opened."""
        if self.looked is None or self.looked.directory is not directory:
            return False
        complete = self.events.has_rows or not (rows or self.events.order.unsorted)
        return complete and self.looked.is_same

    @property
    def read_errors(self) -> ReadErrors:
        """What could not be read of events and alerts, and the files that cannot be read now."""
        return self.events.read_errors.merged(self.alerts.read_errors).plus(self.faults)


def refresh_run(
    directory: Path,
    known: RunState | None,
    *,
    run_id: str = "",
    rows: bool = False,
    before: EventsState | None = None,
) -> RunState | None:
    """Return the run's current state, or None if the directory is no run (any more).

    `run_id` is its identifier, if that is not its name. A file that cannot be read is a fault and
    stays as it was known. Of a run that had been gone, `before` is what was known of its events.
    """
    if known is not None and known.is_same(directory, rows=rows):
        return known
    odd: dict[str, str] = {}
    document = known.document if known else None
    with _noted(odd):
        document = whole.refresh(directory / META_FILE, document, make_meta)
    if document is None or document.record is None:
        return None
    name, before = run_id or directory.name, before or EventsState()
    start = known or RunState(name, document, document.record, before)
    alerts, events = start.alerts, start.events
    with _noted(odd):
        alerts = json_lines.refresh(directory / RUN_ALERTS_FILE, alerts, make_run_alert)
    with _noted(odd):
        events = events_state.refresh(directory, events, rows=rows)
    odd |= files.refusals(directory, RUN_FILES)
    faults = tuple(chain.from_iterable(entry_read_errors(odd).values()))
    same = document is start.document and events is start.events and alerts is start.alerts
    if known is not None and same and known.faults == faults:
        return known
    return replace(
        start,
        document=document,
        meta=document.record,
        events=events,
        alerts=alerts,
        faults=faults,
        revision=next_revision(),
        looked=None if faults else _looked(directory, document, events, alerts),
    )


def _looked(
    directory: Path,
    document: Document[RunMeta],
    events: EventsState,
    alerts: LinesState[RunAlert],
) -> Looked | None:
    if not document.settled or events.unreadable is not None:
        return None
    seen = alerts.cursor.signature if alerts.cursor else None
    return Looked.of(directory, document.signature, seen, events)


@contextmanager
def _noted(odd: dict[str, str]) -> Iterator[None]:
    """Note why a file cannot be read, and go on; it is tried again with the next refresh."""
    try:
        yield
    except files.UnusableError as error:
        odd[error.file] = str(error)


EventsSeen = tuple[Signature | None, Signature | None]
"""Signatures of `events.parquet` and `events.csv`."""


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What the list of runs shows of one run.

    `settled` is false while the end of the events file cannot tell the last event: the run must be
    read whole.
    """

    run_id: str
    document: Document[RunMeta]
    meta: RunMeta
    files: RunFiles
    last_event: datetime | None = None
    interval: timedelta | None = None
    """At which its newest rows came; None where a known time frame says it."""
    settled: bool = True
    events_seen: EventsSeen = (None, None)
    root: str = ""
    """Its root, where there are several."""

    looked: Seen | None = None
    """What its files were; None if they have to be read to know more."""

    @property
    def is_same(self) -> bool:
        """Tell whether the files are those that were read."""
        return self.looked is not None and are_same(self.looked)

    @property
    def has_ended(self) -> bool:
        """No change is to be expected: it says so, and its rows are there."""
        return self.settled and self.meta.ended_at is not None and any(self.events_seen)


STEP_SECONDS: Final = 2.0
"""File systems tell the time of a change in steps of this length at most."""


class Names(NamedTuple):
    """Since when the directory is as it is, in monotonic seconds, and whether its names are known.

    A name that comes in the step of a listing does not change the time of the directory. So those
    names are known that were listed when the last change was a step ago.
    """

    signature: NamesSignature | None
    since: float
    known: bool = False

    def listed(self, signature: NamesSignature | None, now: float) -> Names:
        """Return what a listing that began now tells."""
        if signature is None or signature != self.signature:
            return Names(signature, now)
        return self if self.known else self._replace(known=now - self.since >= STEP_SECONDS)


NO_NAMES: Final = Names(None, 0.0)


@dataclass(frozen=True, slots=True)
class RunIndex(Listed):
    """All runs, newest last event first; ties and runs without events by name descending."""

    summaries: Mapping[str, RunSummary] = field(default_factory=dict)
    directories: Mapping[str, Path] = field(default_factory=dict)
    ordered: tuple[RunSummary, ...] = ()
    unusable: Mapping[str, Document[RunMeta]] = field(default_factory=dict)
    """Meta data without a record, so that each version is read once."""
    names: Names = NO_NAMES
    unsettled: tuple[str, ...] = ()
    """Runs that must be read whole to know their last event."""
    open: frozenset[str] = frozenset()
    """Directories that hold no run that has ended: there a change is to be expected."""

    @classmethod
    def merged(cls, parts: tuple[RunIndex, ...]) -> RunIndex:
        """Return the runs of several roots as one index."""
        summaries = {name: one for part in parts for name, one in part.summaries.items()}
        return cls(
            **in_common(parts),
            summaries=summaries,
            directories={name: path for part in parts for name, path in part.directories.items()},
            ordered=_by_recency(summaries),
            unsettled=tuple(name for part in parts for name in part.unsettled),
            open=frozenset(name for part in parts for name in part.open),
        )

    def with_summaries(self, summaries: Mapping[str, RunSummary]) -> RunIndex:
        """Return the index with these runs instead, in order, as a new revision."""
        ended = {name for name, one in summaries.items() if one.has_ended}
        return replace(
            self,
            summaries=summaries,
            ordered=_by_recency(summaries),
            unsettled=tuple(name for name, one in summaries.items() if not one.settled),
            open=frozenset(self.directories.keys() - (ended - self.faults.keys())),
            revision=next_revision(),
        )

    def after(self, known: RunIndex) -> RunIndex:
        """Return the index with what was settled in `known` since its reading began."""
        if self.parts:
            pairs = zip(self.parts, known.parts or self.parts, strict=True)
            parts = tuple(part.after(before) for part, before in pairs)
            same = all(new is old for new, old in zip(parts, self.parts, strict=True))
            return self if same else self.merged(parts)
        settled = {
            name: one
            for name in self.unsettled
            if (one := known.summaries.get(name)) is not None
            and one.settled
            and one.document is self.summaries[name].document
            and one.events_seen == self.summaries[name].events_seen
        }
        return self.with_summaries({**self.summaries, **settled}) if settled else self

    def settled(self, state: RunState) -> RunIndex:
        """Return the index with the last event of a run that has been read whole."""
        summary = self.summaries.get(state.run_id)
        if summary is None or summary.settled:
            return self
        if self.parts:
            return self.merged(tuple(part.settled(state) for part in self.parts))
        last, interval = state.events.metrics.last_instant, None
        if _is_paced(summary.meta) and state.events.has_rows:
            interval = events_end.end_of_table(state.events.table()).interval
        settled = replace(summary, last_event=last, interval=interval, settled=True)
        return self.with_summaries({**self.summaries, state.run_id: settled})


def _by_recency(summaries: Mapping[str, RunSummary]) -> tuple[RunSummary, ...]:
    listed = summaries.values()
    return tuple(times.newest_first(listed, lambda one: one.last_event, lambda one: one.run_id))


class _Found(NamedTuple):
    """What is known of a directory: its meta data, the run, and what cannot be used."""

    document: Document[RunMeta] | None = None
    summary: RunSummary | None = None
    faults: tuple[ReadError, ...] = ()


def refresh_index(root: Root, known: RunIndex, only: AbstractSet[str] | None = None) -> RunIndex:
    """Return the current index of a root; with `only`, just these runs and new ones are read again.

    Then the directory is listed only if its names may have changed.
    """
    path, directories, odd = root.paths.runs, known.directories, dict[str, str]()
    signature = files.names_signature(path)
    names = known.names.listed(signature, clock.monotonic())
    as_listed = only is not None and known.unlisted is None and names is known.names and names.known
    if not as_listed:
        try:
            directories, odd = run_directories(path, known.directories, root.key)
        except files.UnusableError as error:
            return keep(known, root.key(path.name), error)
    asked: AbstractSet[str] = directories.keys()
    if only is not None:
        # to compare all names took as long as to look at a hundred runs
        new = frozenset() if as_listed else asked - known.directories.keys()
        asked = (only & asked) | new
    looked = ((name, _refresh_summary(name, directories[name], known, root)) for name in asked)
    found = {name: one for name, one in looked if one is not None}
    if as_listed and all(_is_known(known, name, one) for name, one in found.items()):
        return known
    summaries: dict[str, RunSummary] = {}
    unusable: dict[str, Document[RunMeta]] = {}
    faults = entry_read_errors(odd)
    for name in directories:
        document, summary, fault = found.get(name) or _known_of(known, name)
        if summary is not None:
            summaries[name] = summary
        elif document is not None:
            unusable[name] = document
        if fault:
            faults[name] = fault
    names = NO_NAMES if odd else names
    now = (summaries, directories, faults, None)
    if now == (known.summaries, known.directories, known.faults, known.unlisted):
        same = unusable == known.unusable and names == known.names
        return known if same else replace(known, unusable=unusable, names=names)
    index = replace(
        known, directories=directories, faults=faults, unlisted=None, unusable=unusable, names=names
    )
    return index.with_summaries(summaries)


def _known_of(known: RunIndex, name: str) -> _Found:
    summary = known.summaries.get(name)
    document = summary.document if summary else known.unusable.get(name)
    return _Found(document, summary, known.faults.get(name, ()))


def _is_known(known: RunIndex, name: str, found: _Found) -> bool:
    document, summary, faults = _known_of(known, name)
    return found.document is document and found.summary is summary and found.faults == faults


def _refresh_summary(run_id: str, path: Path, index: RunIndex, root: Root) -> _Found | None:
    """Return what is in a directory now; None if its run is as it is known."""
    known, moved = index.summaries.get(run_id), index.directories.get(run_id) is not path
    if known is not None and not moved and run_id not in index.faults and known.is_same:
        return None
    document, known, faults = _known_of(index, run_id)
    paths = RunFiles.of(path) if known is None or moved else known.files
    try:
        document = whole.refresh(paths.meta, document, make_meta)
    except files.UnusableError as error:
        return _Found(document, known, (unusable(f"{run_id}/{META_FILE}", str(error)),))
    if document is None:
        reason = files.refusal(paths.meta)
        name = f"{run_id}/{META_FILE}"
        return _Found(faults=(unusable(name, reason),) if reason else ())
    faults = tuple(document.read_errors(f"{run_id}/{META_FILE}", "unusable_meta"))
    meta = document.record
    if meta is None:
        return _Found(document, None, faults)
    try:
        seen = files.signature(paths.parquet), files.signature(paths.csv)
        if known and known.document is document and known.events_seen == seen and not moved:
            return _Found(document, known, faults)
        end = _end(paths, seen, paced=_is_paced(meta))
    except files.UnusableError as error:
        last = known.last_event if known else None
        summary = RunSummary(run_id, document, meta, paths, last, root=root.name)
        fault = unusable(f"{run_id}/{error.file}", str(error))
        return _Found(document, summary, (*faults, fault))
    settled = isinstance(end, events_end.End)
    if not isinstance(end, events_end.End):  # until it has been read whole, as it was known
        end = events_end.End(known.last_event, known.interval) if known else events_end.End()
    looked = paths.seen((document.signature, *seen)) if document.settled else None
    summary = RunSummary(
        run_id, document, meta, paths, end.last, end.interval, settled, seen, root.name, looked
    )
    return _Found(document, summary, faults)


def _end(paths: RunFiles, seen: EventsSeen, *, paced: bool) -> events_end.End | events_end.Answer:
    """Return the end of the events file of which there is something."""
    for path, file in zip((paths.parquet, paths.csv), seen, strict=True):
        if file is not None and file.size > 0:
            return events_end.end_of(path, file.size, paced=paced)
    return events_end.End()


def _is_paced(meta: RunMeta) -> bool:
    """Tell whether the rows of a run have to tell its cadence."""
    return candle_length(meta.timeframe) is None
