"""One object of a store, brought up to date in the copy.

Guarantees: a file of the copy is replaced as a whole, or grows by bytes that follow on what is
there; nothing is shown of an answer that is short, or of an object that changed while it was read.
What has grown is compared as the reader compares a file that grew in place: at its beginning and
before its old end.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from peak_trade.storage.faults import StoreError
from peak_trade.storage.objects import Found, Store

HEAD: Final = 4096
OVERLAP: Final = 64
"""Bytes at the beginning and before the old end that are compared."""

SMALL: Final = 64 * 1024
"""Up to here an object that has grown is read whole: one request instead of two."""

BLOCK: Final = 8 * 2**20
"""Bytes of one request, and of memory, at most."""

GROWING: Final = (".csv", ".jsonl")
"""How the names of files end that writers append to; others are written anew."""


class TornError(StoreError):
    """An answer was short, or of another version of the object."""


def bring(store: Store, found: Found, known: Found | None, root: Path, draft: Path) -> None:
    """Make the copy of an object what the store has; `draft` is a file that is there for a while.

    Raises
    ------
    StoreError
        If the store does not give it; then the copy is as it was.
    """
    path = root / found.name
    if known is not None and found.has_content_of(known):
        retime(path, found)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    have = known.size if known is not None and _size(path) == known.size else 0
    try:
        grown = 0 < have < found.size and found.name.endswith(GROWING)
        if not (grown and _append(store, found, have, path, draft)):
            _replace(store, found, path, draft)
    finally:
        draft.unlink(missing_ok=True)


def retime(path: Path, found: Found) -> None:
    """Give a file the time of its object."""
    if found.modified_ns:
        os.utime(path, ns=(found.modified_ns, found.modified_ns))


def _append(store: Store, found: Found, have: int, path: Path, draft: Path) -> bool:
    """Append what is new, if what is there is the beginning of the object."""
    start = max(have - OVERLAP, 0) if have > SMALL else 0
    if start and not _begins(path, store.read(found.name, 0, HEAD)):
        return False
    _fetch(store, found, start, draft)
    with draft.open("rb") as new, path.open("r+b") as copy:
        copy.seek(start)
        if any(copy.read(len(block)) != block for block in _blocks(new, have - start)):
            return False
        for block in _blocks(new, found.size - have):
            copy.write(block)
    retime(path, found)
    return True


def _replace(store: Store, found: Found, path: Path, draft: Path) -> None:
    if not draft.exists() or draft.stat().st_size != found.size:  # else it is the object, as read
        _fetch(store, found, 0, draft)
    retime(draft, found)
    draft.replace(path)


def _fetch(store: Store, found: Found, start: int, draft: Path) -> None:
    """Write the bytes from `start` on into the draft, all of one version of the object.

    What one answer holds is of one version, and whole if it has the size that was listed; if that
    is a newer one of the same size, the next listing tells. Of several answers it is asked.
    """
    if start == 0 and found.size <= BLOCK:
        data = store.read(found.name, 0, found.size + 1) if found.size else b""
        if len(data) != found.size:
            raise TornError("it changed since it was listed, or an answer was short")
        draft.write_bytes(data)
        return
    with draft.open("wb") as stream:
        for begin in range(start, found.size, BLOCK):
            end = min(begin + BLOCK, found.size)
            data = store.read(found.name, begin, end)
            if len(data) != end - begin:
                raise TornError("an answer was short")
            stream.write(data)
    if not store.status(found.name).has_content_of(found):
        raise TornError("it changed while it was read")


def _begins(path: Path, head: bytes) -> bool:
    with path.open("rb") as copy:
        return copy.read(HEAD) == head


def _blocks(stream: BinaryIO, size: int) -> Iterator[bytes]:
    """Yield the next bytes of a stream, so many or up to its end."""
    while size > 0 and (block := stream.read(min(size, BLOCK))):
        size -= len(block)
        yield block


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1
