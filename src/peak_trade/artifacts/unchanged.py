"""What there is at a path, asked so often that what it costs counts: one system call for a file."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from peak_trade.artifacts.files import Signature, UnusableError, refusal, signature

Seen = tuple[tuple[str, Signature | None], ...]
"""Paths and what was at each of them when it was read; None where there was nothing."""


def are_same(seen: Seen) -> bool:
    """Tell whether at each path there is the same file, no link, or still nothing.

    One loop without a call but that of the system: the list of runs does it for all that go on.
    """
    for path, known in seen:
        try:
            found = os.lstat(path)
        except FileNotFoundError:
            if known is not None:
                return False
        except (OSError, ValueError):
            return False
        else:
            now = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
            if now != known or not stat.S_ISREG(found.st_mode):
                return False
    return True


def look(path: str) -> Signature | str | None:
    """Return the signature of a file, or why what is there is none that may be read.

    None if there is nothing.
    """
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        return _odd(Path(path))
    return Signature.of(found) if stat.S_ISREG(found.st_mode) else _odd(Path(path))


def _odd(path: Path) -> Signature | str | None:
    try:
        return signature(path) or refusal(path)
    except UnusableError as error:
        return str(error)
