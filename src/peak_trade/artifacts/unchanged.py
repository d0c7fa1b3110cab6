"""What there is at a path, asked so often that what it costs counts: one system call for a file."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from peak_trade.artifacts.files import Signature, UnusableError, refusal, signature


def is_same(path: str | Path, known: Signature | None) -> bool:
    """Tell whether a file, no link, has this signature; of None, whether there is nothing."""
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return known is None
    except (OSError, ValueError):
        return False
    seen = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
    return seen == known and stat.S_ISREG(found.st_mode)


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
