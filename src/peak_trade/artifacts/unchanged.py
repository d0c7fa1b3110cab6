"""Whether a file is as it was, asked so often that what it costs counts: one system call."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from peak_trade.artifacts.files import Signature


def is_same(path: Path, known: Signature | None) -> bool:
    """Tell whether a file, no link, has this signature; of None, whether there is nothing."""
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return known is None
    except (OSError, ValueError):
        return False
    seen = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
    return seen == known and stat.S_ISREG(found.st_mode)
