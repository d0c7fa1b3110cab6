"""What is known of all runs (the index) and of one run (its state).

The index reads `meta.json` and the end of the events file of each run; a run whose state is loaded
gives its exact metrics instead. Values are immutable; nothing changed gives the same object.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Final, Self

from peak_trade.artifacts import files, json_lines, whole
from peak_trade.artifacts.files import Signature
from peak_trade.artifacts.json_lines import LinesState
from peak_trade.artifacts.read_errors import ReadError, ReadErrors, unusable
from peak_trade.artifacts.run_alerts import RunAlert, make_run_alert
from peak_trade.artifacts.runs import RunMeta, make_meta, run_directories
from peak_trade.artifacts.whole import Document
from peak_trade.derive.timeframes import candle_length
from peak_trade.schemas import EVENTS_STEM, META_FILE, RUN_ALERTS_FILE, TRADES_STEM
from peak_trade.store import events_end, events_state
from peak_trade.store.events_state import EventsState
from peak_trade.store.listed import Listed, entry_read_errors, keep
from peak_trade.store.revisions import next_revision

TRADES_FILES: Final = (f"{TRADES_STEM}.parquet", f"{TRADES_STEM}.csv")
RUN_FILES: Final = (
    META_FILE,
    RUN_ALERTS_FILE,
    f"{EVENTS_STEM}.csv",
    f"{EVENTS_STEM}.parquet",
    *TRADES_FILES,
)


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

    @property
    def read_errors(self) -> ReadErrors:
        """What could not be read of events and alerts, and the files that cannot be read now."""
        return self.events.read_errors.merged(self.alerts.read_errors).plus(self.faults)


def refresh_run(
    directory: Path,
    known: RunState | None,
    *,
    rows: bool = False,
    before: EventsState | None = None,
) -> RunState | None:
    """Return the run's current state, or None if the directory is no run (any more).

    A file that cannot be read is a fault and stays as it was known. Of a run that had been gone,
    `before` is what was known of its events.
    """
    odd: dict[str, str] = {}
    document = known.document if known else None
    with _noted(odd):
        document = whole.refresh(directory / META_FILE, document, make_meta)
    if document is None or document.record is None:
        return None
    start = known or RunState(directory.name, document, document.record, before or EventsState())
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
    )


@contextmanager
def _noted(odd: dict[str, str]) -> Iterator[None]:
    """Note why a file cannot be read, and go on; it is tried again with the next refresh."""
    try:
        yield
    except files.UnusableError as error:
        odd[error.file] = str(error)


@dataclass(frozen=True, slots=True)
class RunFiles:
    """Paths of the files that the list of runs reads; made once for each run."""

    meta: Path
    parquet: Path
    csv: Path

    @classmethod
    def of(cls, directory: Path) -> Self:
        """Return the paths of a run's files."""
        return cls(
            directory / META_FILE,
            directory / f"{EVENTS_STEM}.parquet",
            directory / f"{EVENTS_STEM}.csv",
        )


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


@dataclass(frozen=True, slots=True)
class RunIndex(Listed):
    """All runs, newest last event first; ties and runs without events by name descending."""

    summaries: Mapping[str, RunSummary] = field(default_factory=dict)
    directories: Mapping[str, Path] = field(default_factory=dict)
    ordered: tuple[RunSummary, ...] = ()
    unusable: Mapping[str, Document[RunMeta]] = field(default_factory=dict)
    """Meta data without a record, so that each version is read once."""

    @property
    def unsettled(self) -> list[str]:
        """Runs that must be read whole to know their last event."""
        return [run_id for run_id, summary in self.summaries.items() if not summary.settled]

    def with_summaries(self, summaries: Mapping[str, RunSummary]) -> RunIndex:
        """Return the index with these heads instead, in order, as a new revision."""
        ordered = tuple(sorted(summaries.values(), key=_recency, reverse=True))
        return replace(self, summaries=summaries, ordered=ordered, revision=next_revision())

    def settled(self, state: RunState) -> RunIndex:
        """Return the index with the last event of a run that has been read whole."""
        summary = self.summaries.get(state.run_id)
        if summary is None or summary.settled:
            return self
        last, interval = state.events.metrics.last_instant, None
        if _is_paced(summary.meta) and state.events.has_rows:
            interval = events_end.end_of_table(state.events.table()).interval
        settled = replace(summary, last_event=last, interval=interval, settled=True)
        return self.with_summaries({**self.summaries, state.run_id: settled})


def _recency(summary: RunSummary) -> tuple[datetime, str]:
    return summary.last_event or datetime.min.replace(tzinfo=UTC), summary.run_id


def refresh_index(root: Path, known: RunIndex, only: AbstractSet[str] | None = None) -> RunIndex:
    """Return the current index; with `only`, just these runs are read again."""
    try:
        directories, odd = run_directories(root, known.directories)
    except files.UnusableError as error:
        return keep(known, root, error)
    summaries: dict[str, RunSummary] = {}
    unusable: dict[str, Document[RunMeta]] = {}
    faults = entry_read_errors(odd)
    for name, path in directories.items():
        summary, fault = known.summaries.get(name), known.faults.get(name, ())
        document = summary.document if summary else known.unusable.get(name)
        if only is None or name in only:
            moved = known.directories.get(name) is not path
            document, summary, fault = _refresh_summary(path, document, summary, moved=moved)
        if summary is not None:
            summaries[name] = summary
        elif document is not None:
            unusable[name] = document
        if fault:
            faults[name] = fault
    found = (summaries, directories, faults, None)
    if found == (known.summaries, known.directories, known.faults, known.unlisted):
        return known if unusable == known.unusable else replace(known, unusable=unusable)
    index = replace(known, directories=directories, faults=faults, unlisted=None, unusable=unusable)
    return index.with_summaries(summaries)


def _refresh_summary(
    path: Path, document: Document[RunMeta] | None, known: RunSummary | None, *, moved: bool
) -> tuple[Document[RunMeta] | None, RunSummary | None, tuple[ReadError, ...]]:
    """Return what is known of a directory, and what of it cannot be used."""
    paths = RunFiles.of(path) if known is None or moved else known.files
    try:
        document = whole.refresh(paths.meta, document, make_meta)
    except files.UnusableError as error:
        return document, known, (unusable(f"{path.name}/{META_FILE}", str(error)),)
    if document is None:
        reason = files.refusal(paths.meta)
        name = f"{path.name}/{META_FILE}"
        return None, None, (unusable(name, reason),) if reason else ()
    faults = tuple(document.read_errors(f"{path.name}/{META_FILE}", "unusable_meta"))
    if document.record is None:
        return document, None, faults
    try:
        seen = files.signature(paths.parquet), files.signature(paths.csv)
        if known and known.document is document and known.events_seen == seen and not moved:
            return document, known, faults
        summary = RunSummary(path.name, document, document.record, paths, events_seen=seen)
        return document, _with_last_event(summary, known), faults
    except files.UnusableError as error:
        last = known.last_event if known else None
        summary = RunSummary(path.name, document, document.record, paths, last)
        fault = unusable(f"{path.name}/{error.file}", str(error))
        return document, summary, (*faults, fault)


def _with_last_event(summary: RunSummary, known: RunSummary | None) -> RunSummary:
    """Return `summary` with its last event."""
    paths, seen, paced = summary.files, summary.events_seen, _is_paced(summary.meta)
    end: events_end.End | events_end.Answer = events_end.End()
    if seen[0] is not None and seen[0].size > 0:
        end = events_end.end_of(paths.parquet, seen[0].size, paced=paced)
    elif seen[1] is not None and seen[1].size > 0:
        end = events_end.end_of(paths.csv, seen[1].size, paced=paced)
    if isinstance(end, events_end.Answer):
        last, interval = (known.last_event, known.interval) if known else (None, None)
        return replace(summary, last_event=last, interval=interval, settled=False)
    return replace(summary, last_event=end.last, interval=end.interval)


def _is_paced(meta: RunMeta) -> bool:
    """Tell whether the rows of a run have to tell its cadence."""
    return candle_length(meta.timeframe) is None
