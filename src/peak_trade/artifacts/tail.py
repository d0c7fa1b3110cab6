"""Growth of append-only files: what is new since the last reading, or that the file starts again.

Assumes that writers append, truncate, replace or rotate; nothing is locked.
Guarantees: bytes already consumed are read again only to check a file that was replaced or
rewritten; an unconsumed rest (a line without its end) is given again together with what follows;
a file that is shorter than what was consumed, or whose consumed part differs, is a restart. A
replaced file that begins with exactly the consumed bytes goes on without a restart. Of a file that
has grown in place only the first `FIRST_BYTES` and the last `GUARD_BYTES` of what was consumed are
compared, so that an append costs the same however long the file is.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from peak_trade.artifacts import files
from peak_trade.artifacts.files import Signature

BLOCK_BYTES = 1 << 20
FIRST_BYTES = 1 << 12
GUARD_BYTES = 64

RETURNS = "line ends that are carriage returns alone: no line of it is read"


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a file has been consumed: whole lines only. `offset` in bytes, `lines` in lines.

    While `skipping` it ends inside a line that is too long; the rest of that is no line of its own.
    """

    signature: Signature
    offset: int = 0
    lines: int = 0
    checksum: int = 0
    first_checksum: int = 0
    guard: bytes = b""
    skipping: bool = False

    def skipped(self, data: bytes) -> tuple[Self, bytes]:
        """Return the cursor after what `data` has of a line that is too long, and the rest."""
        end = data.find(b"\n") + 1
        skipped, rest = (data[:end], data[end:]) if end else (data, b"")
        return replace(self.consumed(skipped), skipping=not end), rest

    def consumed(self, data: bytes) -> Self:
        """Return the cursor after `data`, which follows directly and ends with a line end."""
        first = data[: max(0, FIRST_BYTES - self.offset)]
        return replace(
            self,
            offset=self.offset + len(data),
            lines=self.lines + data.count(b"\n"),
            checksum=zlib.crc32(data, self.checksum),
            first_checksum=zlib.crc32(first, self.first_checksum),
            guard=(self.guard + data[-GUARD_BYTES:])[-GUARD_BYTES:],
        )


@dataclass(frozen=True, slots=True)
class Growth:
    """A file that has changed: the cursor to go on from, and whether that is the start again."""

    path: Path
    cursor: Cursor
    restarted: bool

    def blocks(self) -> Iterator[bytes]:
        """Yield the bytes from the cursor to the size seen, in blocks of `BLOCK_BYTES`."""
        seen = self.cursor.signature
        for start in range(self.cursor.offset, seen.size, BLOCK_BYTES):
            result = files.read_range(self.path, start, min(start + BLOCK_BYTES, seen.size))
            if result is None or result[1][:2] != seen[:2] or not result[0]:
                return  # replaced or cut meanwhile: the next reading finds out
            yield result[0]


def has_returns_alone(rest: bytes) -> bool:
    """Tell whether what has no line end, or not yet, has carriage returns in their place."""
    return b"\r" in rest.strip() and b"\n" not in rest


def read_growth(path: Path, cursor: Cursor | None) -> Growth | Cursor | None:
    """Return how `path` has changed since `cursor`; the cursor itself if not; None if it is gone.

    A missing cursor means that nothing has been read yet.
    """
    seen = files.signature(path)
    if seen is None:
        return None
    if cursor is None:
        return Growth(path, Cursor(seen), restarted=False)
    if seen == cursor.signature:
        return cursor
    if _continues(path, cursor, seen):
        return Growth(path, replace(cursor, signature=seen), restarted=False)
    return Growth(path, Cursor(seen), restarted=True)


def _continues(path: Path, cursor: Cursor, seen: Signature) -> bool:
    if seen.size < cursor.offset:
        return False
    grown = seen[:2] == cursor.signature[:2] and seen.size > cursor.signature.size
    if not grown:  # another file, or written to without growing: compare all that was consumed
        return _checksum(path, cursor.offset) == cursor.checksum
    if _checksum(path, min(cursor.offset, FIRST_BYTES)) != cursor.first_checksum:
        return False
    start = cursor.offset - len(cursor.guard)
    result = files.read_range(path, start, cursor.offset)
    return result is not None and result[0] == cursor.guard


def _checksum(path: Path, end: int) -> int | None:
    checksum = 0
    for start in range(0, end, BLOCK_BYTES):
        result = files.read_range(path, start, min(start + BLOCK_BYTES, end))
        if result is None:
            return None
        checksum = zlib.crc32(result[0], checksum)
    return checksum
