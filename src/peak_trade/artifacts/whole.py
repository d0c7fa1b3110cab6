"""JSON files that their writers replace as a whole, possibly not atomically.

Guarantees: an unusable file (missing, cut, no object) is read again each time, so that a file
caught half-written becomes usable with the next refresh; a usable one is parsed once per version.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from peak_trade import jsonio
from peak_trade.artifacts import files
from peak_trade.artifacts.files import Signature
from peak_trade.artifacts.read_errors import BAD_VALUE, ReadError
from peak_trade.artifacts.record import Record

T = TypeVar("T")
MAX_DOCUMENT_BYTES = 1 << 24


@dataclass(frozen=True, slots=True)
class Document(Generic[T]):
    """One version of a JSON file: its record, or the reason why there is none.

    `faults` are values that the record does without.
    """

    signature: Signature
    record: T | None
    reason: str = ""
    faults: tuple[str, ...] = ()

    def read_errors(self, file: str, unusable: str) -> list[ReadError]:
        """Return what was lost of the file; `unusable` is the kind of a file without a record."""
        if self.record is None:
            return [ReadError(unusable, file, 0, self.reason)]
        return [ReadError(BAD_VALUE, file, 0, fault) for fault in self.faults]


def refresh(
    path: Path, known: Document[T] | None, make: Callable[[Record], T | None]
) -> Document[T] | None:
    """Return the file's current version, the same object if unchanged, None if it is gone.

    `make` turns the object into a record, or gives None if it is unusable.
    """
    seen = files.signature(path)
    if seen is None:
        return None
    if known is not None and known.record is not None and known.signature == seen:
        return known
    if seen.size > MAX_DOCUMENT_BYTES:
        return Document(seen, None, f"larger than {MAX_DOCUMENT_BYTES} bytes")
    content = files.read_whole(path)
    if content is None:
        return Document(seen, None, "changing or not readable")
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
