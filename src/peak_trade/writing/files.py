"""Writing files that others read at the same time, and what their names and times look like.

Assumes one writer a file, except where said. Guarantees that a reader sees a replaced file either
as it was or as it is, that an appended file grows by whole lines, and that an error names its file.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from peak_trade import jsonio

_UNSAFE = re.compile(r"[/\\:\s\x00-\x1f\x7f]")


def clean_name(identifier: str) -> str:
    """Return the identifier as part of a file name: separators, blanks and controls become `_`."""
    return _UNSAFE.sub("_", identifier)


def iso(moment: datetime) -> str:
    """Return an aware time as text, with all six decimals so that a column has one form."""
    return moment.isoformat(timespec="microseconds")


def json_bytes(content: Mapping[str, object], *, indent: bool = False) -> bytes:
    """Return an object as strict JSON in UTF-8.

    What JSON has no word for, such as a Decimal, becomes its text; NaN and infinities become null,
    half a surrogate pair `?`.

    Raises
    ------
    TypeError
        If a key is no text and no number.
    """
    try:
        return jsonio.dumps(content, indent=indent)
    except TypeError:
        plain = jsonio.loads(json.dumps(content, default=str).encode())
        return jsonio.dumps(plain, indent=indent)


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
    with _naming(path):
        try:
            write(draft)
            descriptor = os.open(draft, os.O_RDONLY)
            try:
                os.fsync(descriptor)  # before the rename, or a power cut could leave an empty file
            finally:
                os.close(descriptor)
            draft.replace(path)
        except OSError:
            draft.unlink(missing_ok=True)  # on a full disk it would take the room of others
            raise


def write_json(path: Path, content: Mapping[str, object]) -> None:
    """Replace a file by one JSON object."""
    data = json_bytes(content, indent=True)
    replace_file(path, lambda draft: draft.write_bytes(data))


def json_line(content: Mapping[str, object]) -> bytes:
    """Return one JSON object as a line."""
    return json_bytes(content) + b"\n"


def append_json(path: Path, content: Mapping[str, object]) -> None:
    """Append one JSON object as a line."""
    append_lines(path, json_line(content))


def append_lines(path: Path, lines: bytes, header: bytes = b"") -> int:
    """Append whole lines in one write; several processes may append to one file.

    If the file ends within a line, because a process died while it wrote, the new lines begin on a
    line of their own.

    Parameters
    ----------
    header
        What stands before the lines if the file is empty or not there.

    Returns
    -------
    Bytes that were in the file before.
    """
    with _naming(path):
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            with suppress(OSError):  # some file systems have no locks
                # Else the size could be that of a line that another writer has begun.
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            size = os.fstat(descriptor).st_size
            if not size:
                lines = header + lines
            elif os.pread(descriptor, 1, size - 1) != b"\n":
                lines = b"\n" + lines
            written = os.write(descriptor, lines)
            while written < len(lines):  # where the disk is full or the write was interrupted
                written += os.write(descriptor, lines[written:])
        finally:
            os.close(descriptor)
    return size


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Give an error of the system the name of the file; a full disk names none."""
    try:
        yield
    except OSError as error:
        if error.errno is not None:
            raise type(error)(error.errno, error.strerror, str(path)) from error
        raise
