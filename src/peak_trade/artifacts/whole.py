"""JSON files that their writers replace as a whole, possibly not atomically.

Guarantees: each version is parsed once, usable or not; a file that changes while it is read is
read again with the next refresh, so that one caught half-written becomes usable.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from peak_trade import jsonio
from peak_trade.artifacts import files
from peak_trade.artifacts.bounds import MAX_DOCUMENT_BYTES
from peak_trade.artifacts.files import Signature
from peak_trade.artifacts.memory import sufficing
from peak_trade.artifacts.read_errors import BAD_VALUE, ReadError
from peak_trade.artifacts.record import Record

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Document(Generic[T]):
    """One version of a JSON file: its record, or the reason why there is none.

    `faults` are values that the record does without.
    """

    signature: Signature
    record: T | None
    reason: str = ""
    faults: tuple[str, ...] = ()
    settled: bool = True
    """This version has been read, so that reading it again would give the same."""

    def read_errors(self, file: str, unusable: str) -> list[ReadError]:
        """Return what was lost of the file; `unusable` is the kind of a file without a record."""
        if self.record is None:
            return [ReadError(unusable, file, 0, self.reason)]
        return [ReadError(BAD_VALUE, file, 0, fault) for fault in self.faults]


@sufficing
def refresh(
    path: Path, known: Document[T] | None, make: Callable[[Record], T | None]
) -> Document[T] | None:
    """Return the file's current version, the same object if unchanged, None if it is gone.

    `make` turns the object into a record, or gives None if it is unusable.
    """
    seen = files.signature(path)
    if seen is None:
        return None
    if known is not None and known.settled and known.signature == seen:
        return known
    if seen.size > MAX_DOCUMENT_BYTES:
        return Document(seen, None, f"larger than {MAX_DOCUMENT_BYTES} bytes")
    content = files.read_whole(path, seen)
    if content is None:
        return Document(seen, None, "changing or not readable", settled=False)
    faults: list[str] = []
    try:
        value = jsonio.loads(content[0].removeprefix(b"\xef\xbb\xbf"), faults)
    except (ValueError, RecursionError):
        return Document(seen, None, "not JSON")
    if not isinstance(value, dict):
        return Document(seen, None, "not an object")
    record = make(Record(value, faults))
    reason = "" if record else "a required key is missing or unusable"
    return Document(seen, record, reason, tuple(faults))
