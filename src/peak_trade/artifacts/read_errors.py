"""What could not be read: counted by kind, with file, line and reason of the newest examples.

Guarantees: the count of a file is that of its content as it was last read, however often that was
before; the examples are bounded, so a file of a million bad lines costs the memory of
`MAX_EXAMPLES`.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Self

from peak_trade.artifacts import files

MAX_EXAMPLES = 20

MAX_NAMED = 100
"""Files that are named, however many read errors one of them has."""

BAD_VALUE = "bad_value"
"""Kind of the read errors of single values of a JSON object that could be used without them."""

UNUSABLE_ENTRY = "unusable_entry"
"""Kind of the read error of a file or a directory that cannot be read at all."""


@dataclass(frozen=True, slots=True)
class ReadError:
    """One row, cell or file that could not be read. `line` counts from 1; 0 is the whole file."""

    kind: str
    file: str
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class ReadErrors:
    """Counts by kind and the newest examples. Immutable."""

    counts: dict[str, int] = field(default_factory=dict)
    examples: tuple[ReadError, ...] = ()

    @property
    def total(self) -> int:
        """Number of read errors of all kinds."""
        return sum(self.counts.values())

    def plus(self, read_errors: Iterable[ReadError]) -> Self:
        """Return these read errors and the given ones."""
        new = tuple(read_errors)
        if not new:
            return self
        counts = dict(self.counts)
        for read_error in new:
            counts[read_error.kind] = counts.get(read_error.kind, 0) + 1
        return type(self)(counts, _kept((*self.examples, *new)))

    def merged(self, other: ReadErrors) -> Self:
        """Return the sum of both."""
        counts = dict(self.counts)
        for kind, count in other.counts.items():
            counts[kind] = counts.get(kind, 0) + count
        return type(self)(counts, _kept((*self.examples, *other.examples)))


def _kept(examples: tuple[ReadError, ...]) -> tuple[ReadError, ...]:
    """Return the newest example of each kind in each file, and as many of the newest as fit."""
    if len(examples) <= MAX_EXAMPLES:
        return examples
    newest = {(one.file, one.kind): place for place, one in enumerate(examples)}
    kept = set(sorted(newest.values())[-MAX_NAMED:])
    for place in range(len(examples) - 1, -1, -1):
        if len(kept) >= MAX_EXAMPLES:
            break
        kept.add(place)
    return tuple(examples[place] for place in sorted(kept))


NO_READ_ERRORS = ReadErrors()


class Counting:
    """Read errors while they are found: a million of them cost the memory of `MAX_EXAMPLES`."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._examples: deque[ReadError] = deque(maxlen=MAX_EXAMPLES)

    def add(self, kind: str, file: str, line: int, reason: str) -> None:
        """Count one."""
        self.add_lines(kind, file, (line,), reason)

    def add_lines(self, kind: str, file: str, lines: Sequence[int], reason: str) -> None:
        """Count one for each line."""
        if lines:
            self._counts[kind] += len(lines)
            newest = lines[-MAX_EXAMPLES:]
            self._examples.extend(ReadError(kind, file, line, reason) for line in newest)

    def merge(self, other: Counting) -> None:
        """Count what another one has."""
        self._counts.update(other._counts)
        self._examples.extend(other._examples)

    def found(self) -> ReadErrors:
        """Return what was counted."""
        if not self._counts:
            return NO_READ_ERRORS
        return ReadErrors(dict(self._counts), tuple(self._examples))


def unusable(file: str, reason: str) -> ReadError:
    """Return the read error of a file or a directory that cannot be read."""
    return ReadError(UNUSABLE_ENTRY, files.shown(file), 0, reason)
