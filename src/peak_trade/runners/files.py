"""Writing files that others read at the same time, and what their names and times look like.

Assumes one writer a file, except where said. Guarantees that a reader sees a replaced file either
as it was or as it is, and that an appended file grows by whole lines.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

_UNSAFE = re.compile(r"[/\\:\s\x00-\x1f\x7f]")


def clean_name(identifier: str) -> str:
    """Return the identifier as part of a file name: separators, blanks and controls become `_`."""
    return _UNSAFE.sub("_", identifier)


def iso(moment: datetime) -> str:
    """Return an aware time as text, with all six decimals so that a column has one form."""
    return moment.isoformat(timespec="microseconds")


def replace_file(path: Path, write: Callable[[Path], object]) -> None:
    """Write a new version beside `path`, then put it in the place of the old one.

    Parameters
    ----------
    path
        The file; its directory exists.
    write
        Writes the new version to the path that it is given.
    """
    draft = path.with_name(f".{path.name}.tmp")
    write(draft)
    descriptor = os.open(draft, os.O_RDONLY)
    try:
        os.fsync(descriptor)  # before the rename, or a power cut could leave an empty file
    finally:
        os.close(descriptor)
    draft.replace(path)


def append_lines(path: Path, lines: bytes) -> None:
    """Append whole lines in one write; several processes may append to one file.

    If the file ends within a line, because a process died while it wrote, the new lines begin on a
    line of their own.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        size = os.fstat(descriptor).st_size
        if size and os.pread(descriptor, 1, size - 1) != b"\n":
            lines = b"\n" + lines
        written = os.write(descriptor, lines)
        while written < len(lines):  # only where the disk is full or the write was interrupted
            written += os.write(descriptor, lines[written:])
    finally:
        os.close(descriptor)
