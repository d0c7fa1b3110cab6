"""The only module that opens artifact files: read-only, by position, without locks or side effects.

Guarantees: nothing is created, changed, renamed or touched; a file that is missing, is no regular
file or cannot be read is None, never an exception. A reader at another place (object storage)
would replace this module alone.
"""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

MAX_WHOLE_BYTES = 1 << 30
"""Largest file that is read as a whole; a larger one is unusable."""


class Signature(NamedTuple):
    """What identifies one version of a file's content; `mtime_ns` in nanoseconds."""

    device: int
    inode: int
    size: int
    mtime_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> Signature:
        """Take the signature from the result of a stat call."""
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a directory listing."""

    name: str
    path: Path
    is_dir: bool


class Meter:
    """Bytes read so far by this process; reads come from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.total = 0

    def add(self, count: int) -> None:
        """Count bytes that were read."""
        with self._lock:
            self.total += count


READ: Final = Meter()


def signature(path: Path) -> Signature | None:
    """Return the signature of a regular file, or None if there is none."""
    try:
        status = path.stat()
    except (OSError, ValueError):  # ValueError: a NUL in the name
        return None
    return Signature.of(status) if stat.S_ISREG(status.st_mode) else None


def read_range(path: Path, start: int, end: int) -> tuple[bytes, Signature] | None:
    """Return the bytes `start`..`end` (fewer at the end of the file) and the open file's signature.

    Data and signature belong to the same file even if the name points to another one meanwhile.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | os.O_NONBLOCK)
    except (OSError, ValueError):
        return None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return None
        parts = []
        while start < end and (part := os.pread(descriptor, end - start, start)):
            parts.append(part)
            start += len(part)
        data = b"".join(parts)
        READ.add(len(data))
        return data, Signature.of(status)
    except OSError:
        return None
    finally:
        os.close(descriptor)


def read_whole(path: Path) -> tuple[bytes, Signature] | None:
    """Return a file's content and signature, or None if it is missing, too large or changing.

    A file whose signature differs before and after the read was caught in the middle of a write:
    its bytes may belong to two versions, so they are not used.
    """
    before = signature(path)
    if before is None or before.size > MAX_WHOLE_BYTES:
        return None
    result = read_range(path, 0, before.size)
    if result is None or result[1] != before or signature(path) != before:
        return None
    return result


def open_binary(path: Path) -> BinaryIO:
    """Open a file for reading alone.

    Raises
    ------
    OSError
        If it is missing or cannot be read.
    """
    return path.open("rb")


def list_directory(path: Path) -> Iterator[Entry]:
    """Yield the entries of a directory; nothing if it is missing or cannot be read.

    Links are followed only as far as they stay below `path`.
    """
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.is_symlink() and not _stays_below(path, Path(entry.path)):
                    continue
                yield Entry(entry.name, Path(entry.path), entry.is_dir())
    except OSError:
        return


def directory_names(path: Path) -> list[str]:
    """Return the names of the directories in a directory; links as `list_directory` has them."""
    try:
        with os.scandir(path) as entries:
            return [
                entry.name
                for entry in entries
                if entry.is_dir()
                and not (entry.is_symlink() and not _stays_below(path, Path(entry.path)))
            ]
    except OSError:
        return []


def _stays_below(root: Path, link: Path) -> bool:
    try:
        return link.resolve(strict=True).is_relative_to(root.resolve())
    except (OSError, RuntimeError):  # a loop of links, or a target that is gone
        return False
