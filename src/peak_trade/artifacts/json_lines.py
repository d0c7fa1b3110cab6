"""Append-only files of one JSON object a line, read incrementally.

Guarantees: each line that is not blank gives one record or one read error; a value that a record
does without is a read error, too. A last line without its line end is *pending*: shown if it
parses (a complete object cannot be the beginning of another one),
never counted as a read error, and read again when the file has grown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Generic, TypeVar

from peak_trade import jsonio
from peak_trade.artifacts import tail
from peak_trade.artifacts.bounds import MAX_LINE_BYTES, MAX_LINES
from peak_trade.artifacts.files import Signature
from peak_trade.artifacts.memory import sufficing
from peak_trade.artifacts.read_errors import (
    BAD_VALUE,
    NO_READ_ERRORS,
    Counting,
    ReadError,
    ReadErrors,
)
from peak_trade.artifacts.record import Record

T = TypeVar("T")
Make = Callable[[Record], T | None]
"""Turns one object into an entry, or None if it is unusable."""


class Rows(Generic[T]):
    """A growing list as an immutable value: appending gives a new version that shares the rows.

    Like `blocks.Blocks`, n appended rows cost O(n log n) copies in total.
    """

    __slots__ = ("_parts",)

    def __init__(self, parts: tuple[list[T], ...] = ()) -> None:
        self._parts = parts

    def plus(self, rows: list[T]) -> Rows[T]:
        """Return these rows and, after them, the given ones."""
        if not rows:
            return self
        parts = [*self._parts, rows]
        while len(parts) > 1 and len(parts[-2]) <= 2 * len(parts[-1]):
            last = parts.pop()
            parts[-1] = parts[-1] + last
        return Rows(tuple(parts))

    def __len__(self) -> int:
        return sum(len(part) for part in self._parts)

    def __iter__(self) -> Iterator[T]:
        return chain.from_iterable(self._parts)

    def __reversed__(self) -> Iterator[T]:
        return chain.from_iterable(reversed(part) for part in reversed(self._parts))


@dataclass(frozen=True, slots=True)
class LineCounts:
    """Complete lines by outcome; `total` counts blank lines too."""

    total: int = 0
    valid: int = 0
    invalid: int = 0


@dataclass(frozen=True, slots=True)
class LinesState(Generic[T]):
    """What has been read of one file. `epoch` grows when known records may have changed."""

    cursor: tail.Cursor | None = None
    complete: Rows[T] = field(default_factory=Rows)
    pending: T | None = None
    unfinished: bool = False
    counts: LineCounts = LineCounts()
    read_errors: ReadErrors = NO_READ_ERRORS
    epoch: int = 0

    @property
    def full(self) -> bool:
        """The file has more lines than are read."""
        return self.counts.total > MAX_LINES

    @property
    def total_lines(self) -> int:
        """Number of lines, blank ones and an unfinished last one included."""
        return self.counts.total + self.unfinished

    @property
    def valid_lines(self) -> int:
        """Number of lines that gave a record, the pending one included."""
        return self.counts.valid + (self.pending is not None)

    @property
    def invalid_lines(self) -> int:
        """Number of lines that gave no record, an unfinished last one included."""
        return self.counts.invalid + (self.unfinished and self.pending is None)

    @property
    def records(self) -> list[T]:
        """All records in file order, the pending one included."""
        return [*self.complete, *([] if self.pending is None else [self.pending])]


@sufficing
def refresh(path: Path, state: LinesState[T], make: Make[T]) -> LinesState[T]:
    """Return `state` with all that was complete in the file before the call.

    The same object comes back if nothing has changed. A file that is gone gives an empty state.
    """
    growth = tail.read_growth(path, state.cursor)
    if growth is None:
        return state if state.cursor is None else LinesState(epoch=state.epoch + 1)
    if isinstance(growth, tail.Cursor):
        return state
    if growth.restarted:
        state = LinesState(epoch=state.epoch + 1)
    elif not growth.cursor.offset:  # no line has ended: nothing that was told of it is certain
        state = LinesState(epoch=state.epoch)
    state = replace(state, cursor=growth.cursor, pending=None)
    return _read(state, growth.cursor, growth.blocks(), make, path.name)


def parse_all(
    blocks: Iterable[bytes], signature: Signature, file: str, make: Make[T]
) -> LinesState[T]:
    """Return the state of a file whose whole content is `blocks`."""
    return _read(LinesState(), tail.Cursor(signature), blocks, make, file)


def _read(
    state: LinesState[T], cursor: tail.Cursor, blocks: Iterable[bytes], make: Make[T], file: str
) -> LinesState[T]:
    """Return `state` with what follows at `cursor`."""
    rest = b""
    for block in blocks:
        if state.full:
            return replace(state, cursor=cursor)
        data = rest + block
        if cursor.skipping:
            cursor, data = cursor.skipped(data)
        end = data.rfind(b"\n") + 1
        if end == 0 and len(data) > MAX_LINE_BYTES:
            state = _with_long_line(state, file, cursor.lines + 1)
            cursor, data = cursor.skipped(data)
        if end:
            state = _feed(state, data[:end], make, file, cursor.lines + 1)
            cursor = cursor.consumed(data[:end])
        rest = data[end:]
    pending = _record(rest, make, [])
    usable = None if isinstance(pending, str) else pending
    if usable is None and not cursor.offset and tail.has_returns_alone(rest):
        read_error = ReadError("bad_line", file, 1, tail.RETURNS)
        state = replace(state, read_errors=state.read_errors.plus([read_error]))
    return replace(state, cursor=cursor, pending=usable, unfinished=bool(rest.strip()))


def _with_long_line(state: LinesState[T], file: str, line: int) -> LinesState[T]:
    counts = state.counts
    read_error = ReadError("line_too_long", file, line, f"longer than {MAX_LINE_BYTES} bytes")
    return replace(
        state,
        counts=replace(counts, total=counts.total + 1, invalid=counts.invalid + 1),
        read_errors=state.read_errors.plus([read_error]),
    )


def _feed(state: LinesState[T], data: bytes, make: Make[T], file: str, first: int) -> LinesState[T]:
    rows: list[T] = []
    tally = Counting()
    invalid = 0
    lines = data.removesuffix(b"\n").split(b"\n")
    for number, line in enumerate(lines, start=first):
        faults: list[str] = []
        record = _record(line, make, faults)
        if isinstance(record, str):
            tally.add("bad_line", file, number, record)
            invalid += 1
        elif record is not None:
            for fault in faults:
                tally.add(BAD_VALUE, file, number, fault)
            rows.append(record)
    counts = LineCounts(
        total=state.counts.total + len(lines),
        valid=state.counts.valid + len(rows),
        invalid=state.counts.invalid + invalid,
    )
    if counts.total > MAX_LINES:
        reason = f"more than {MAX_LINES} lines; those after them are not read"
        tally.add("too_large", file, first + len(lines), reason)
    return replace(
        state,
        complete=state.complete.plus(rows),
        counts=counts,
        read_errors=state.read_errors.merged(tally.found()),
    )


def _record(line: bytes, make: Make[T], faults: list[str]) -> T | str | None:
    """Return the record, None for a blank line, or the reason why there is none.

    `faults` gains the values that the record does without.
    """
    stripped = line.removeprefix(b"\xef\xbb\xbf").strip()
    if not stripped:
        return None
    if len(stripped) > MAX_LINE_BYTES:
        return f"longer than {MAX_LINE_BYTES} bytes"
    try:
        value = jsonio.loads(stripped, faults)
    except (ValueError, RecursionError):
        return "not JSON"
    if not isinstance(value, dict):
        return "not an object"
    record = make(Record(value, faults))
    return "a required key is missing or unusable" if record is None else record
