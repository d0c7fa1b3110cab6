"""What is known of a run's events: rows (if kept), running metrics, read errors, and an epoch.

Values are immutable: a refresh gives a new state, or the same object if nothing changed.
The epoch is another number when rows that were known may have changed (a replaced, cut or
re-sorted file), so that followers know that positions no longer mean the same rows. It is made of
content, so that all processes of a root have the same: of the first row, which no append changes,
and of how often rows behind it were seen to change. A process that began after such a change has
not seen it: what stands in the file cannot tell.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from peak_trade.artifacts import events, files
from peak_trade.artifacts.blocks import Blocks
from peak_trade.artifacts.events import CsvCursor, NewRows
from peak_trade.artifacts.files import Signature
from peak_trade.artifacts.memory import sufficing
from peak_trade.artifacts.read_errors import NO_READ_ERRORS, ReadError, ReadErrors
from peak_trade.derive.faults import RowFaults
from peak_trade.derive.metrics import RunningMetrics, StepOrder, floats, peaks
from peak_trade.schemas import DERIVED_COLUMNS, EVENTS_STEM, PEAK_COLUMN

DIGEST_BYTES: Final = 6
"""As many as a number of JavaScript can hold."""


@dataclass(frozen=True, slots=True)
class EventsState:
    """Events of one run. `columns` is None while there is no events file with a header."""

    columns: tuple[str, ...] | None = None
    cursor: CsvCursor | Signature | None = None
    order: StepOrder = field(default_factory=StepOrder)
    metrics: RunningMetrics = field(default_factory=RunningMetrics)
    faults: RowFaults = field(default_factory=RowFaults)
    blocks: Blocks | None = None
    arranged: pa.Table | None = None
    read_errors: ReadErrors = NO_READ_ERRORS
    origin: int = 0
    """Made of the first row; 0 before there was one."""
    generation: int = 0
    """How often known rows were seen to change while the first one stayed."""
    unreadable: Signature | None = None

    @property
    def epoch(self) -> int:
        """Names what positions mean: below 2**48, and 0 while there are no rows."""
        if self.metrics.steps == 0:
            return 0
        return _digest([self.origin, self.generation]) if self.generation else self.origin

    @property
    def present(self) -> bool:
        """There is an events file with content."""
        return self.columns is not None

    @property
    def has_rows(self) -> bool:
        """The rows are in memory (or there are none)."""
        return self.blocks is not None or self.metrics.steps == 0

    @property
    def nbytes(self) -> int:
        """Memory of the rows, in bytes."""
        arranged = int(self.arranged.nbytes) if self.arranged is not None else 0
        return (self.blocks.nbytes if self.blocks else 0) + arranged

    def table(self) -> pa.Table:
        """Return all rows in the order of the run; needs `has_rows`."""
        if self.arranged is not None:
            return self.arranged
        return self.blocks.table() if self.blocks else pa.table({})

    def without_rows(self) -> EventsState:
        """Return this state with the rows dropped and all metrics kept."""
        return replace(self, blocks=None, arranged=None)


def refresh(directory: Path, known: EventsState, *, rows: bool) -> EventsState:
    """Return `known` with all that was in the events file before the call.

    With `rows` the rows are read again if they had been dropped.
    """
    path, fmt = _choose(directory, known)
    if path is None:
        return known if known.cursor is None else _succeed(known, EventsState())
    if not isinstance(known.cursor, fmt):
        return _succeed(known, _read(path, EventsState()))
    if rows and not known.has_rows:
        return _read_again(path, known)
    state = _read(path, known)
    return _read_again(path, known) if state.order.unsorted and not state.has_rows else state


def _read_again(path: Path, known: EventsState) -> EventsState:
    """Read a file whose rows had been dropped from its start."""
    return _succeed(known, _read(path, EventsState()))


def _choose(directory: Path, known: EventsState) -> tuple[Path | None, type[CsvCursor | Signature]]:
    parquet = directory / f"{EVENTS_STEM}.parquet"
    text = directory / f"{EVENTS_STEM}.csv"
    seen = files.signature(parquet)
    rewriting = seen is not None and isinstance(known.cursor, Signature)
    if rewriting or (seen is not None and seen.size > 0):
        return parquet, Signature
    seen = files.signature(text)
    return (text if seen is not None and seen.size > 0 else None), CsvCursor


@sufficing
def _read(path: Path, known: EventsState) -> EventsState:
    try:
        if path.suffix == ".csv":
            cursor = known.cursor if isinstance(known.cursor, CsvCursor) else None
            new = events.read_csv(path, cursor)
        else:
            seen = files.signature(path)
            if seen is not None and seen == known.unreadable:
                return known
            last = known.cursor if isinstance(known.cursor, Signature) else None
            new = events.read_parquet(path, known.unreadable or last)
    except FileNotFoundError:
        return _succeed(known, EventsState())
    except events.UnreadableError as error:
        reason = f"{error}; last good rows are kept"
        read_error = ReadError(error.kind, path.name, 0, reason)
        again = known.unreadable is not None and known.read_errors.examples[-1:] == (read_error,)
        read_errors = known.read_errors if again else known.read_errors.plus([read_error])
        return replace(known, unreadable=seen, read_errors=read_errors)
    return known if new is None else _absorb(known, new)


def _absorb(known: EventsState, new: NewRows) -> EventsState:
    before = NO_READ_ERRORS if new.restarted else known.read_errors
    read_errors = before.merged(new.read_errors)
    if new.table is None:
        return _succeed(known, EventsState(cursor=new.cursor, read_errors=read_errors))
    columns = tuple(name for name in new.table.column_names if name not in DERIVED_COLUMNS)
    if not new.restarted:
        known = replace(known, cursor=new.cursor, columns=columns, read_errors=read_errors)
        return _append(known, new.table)
    fresh = EventsState(columns=columns, cursor=new.cursor, read_errors=read_errors)
    return _succeed(known, _append(fresh, new.table))


def _append(known: EventsState, table: pa.Table) -> EventsState:
    order = known.order.plus(floats(table, "step"))
    steady = not known.order.unsorted and not order.unsorted
    running = peaks(floats(table, "equity"), known.metrics.peak)
    metrics = known.metrics.plus(table) if steady else known.metrics
    faults = known.faults.plus(table) if steady else known.faults
    table = table.append_column(PEAK_COLUMN, pa.array(running, pa.float64()))
    blocks = known.blocks
    if known.has_rows:
        blocks = (blocks or Blocks(table.schema)).plus(table)
    state = replace(
        known, order=order, metrics=metrics, faults=faults, blocks=blocks, arranged=None
    )
    if not steady and known.has_rows:
        state = _arrange(state)
    elif known.metrics.steps > 0:
        return state
    return _succeed(known, replace(state, origin=_origin(state.table())))


def _arrange(state: EventsState) -> EventsState:
    """Recompute what depends on the order of the rows, from all rows."""
    blocks = state.blocks or Blocks(pa.schema([]))
    table = blocks.table().drop_columns([PEAK_COLUMN])
    if state.order.unsorted:
        table = table.take(pc.sort_indices(table["step"]))
    metrics, faults = RunningMetrics().plus(table), RowFaults().plus(table)
    running = pa.array(peaks(floats(table, "equity")), pa.float64())
    table = table.append_column(PEAK_COLUMN, running).combine_chunks()
    if state.order.unsorted:
        return replace(state, metrics=metrics, faults=faults, arranged=table)
    return replace(state, metrics=metrics, faults=faults, blocks=Blocks(table.schema, (table,)))


def _succeed(known: EventsState, fresh: EventsState) -> EventsState:
    """Return `fresh`, whose rows were read from the start, in the epoch that follows `known`."""
    if fresh.metrics.steps > 0 and fresh.origin != known.origin:
        return replace(fresh, generation=0)
    lost = not _is_prefix(known, fresh)
    return replace(fresh, origin=known.origin, generation=known.generation + lost)


def _origin(table: pa.Table) -> int:
    """Return a number for the first row: of its values, whatever else the file has of columns."""
    [row] = table.slice(0, 1).to_pylist() or [{}]
    cells = sorted(
        (name, float(value) if type(value) is int else value)
        for name, value in row.items()
        if value is not None and name not in DERIVED_COLUMNS
    )
    return _digest(cells) if table.num_rows else 0


def _digest(content: object) -> int:
    data = repr(content).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(data, digest_size=DIGEST_BYTES).digest())


def _is_prefix(known: EventsState, fresh: EventsState) -> bool:
    """Tell whether the rows known before are still the first rows.

    Of dropped rows only the last one is remembered and compared.
    """
    count = known.metrics.steps
    if count == 0 or count > fresh.metrics.steps:
        return count == 0
    names = [name for name in known.columns or () if name in (fresh.columns or ())]
    table = fresh.table().select(names)
    if known.has_rows:
        return bool(table.slice(0, count).equals(known.table().select(names)))
    last = known.metrics.last_row or {}
    return bool(table.slice(count - 1, 1).to_pylist() == [{name: last[name] for name in names}])
