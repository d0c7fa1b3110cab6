"""Whether a directory is there, asked so that one that hangs holds up nobody.

A network file system whose server is gone can keep a thread in the system for ever. So each look is
made in a thread of its own, which is given up after `SECONDS`; until it comes back, the directory
counts as one that does not answer.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Final, NamedTuple

from peak_trade.artifacts import files

SECONDS: Final = 5.0
MISSING: Final = "it does not exist"
HANGS: Final = "it does not answer"


class Seen(NamedTuple):
    """What a directory was when it was last there: its device, and whether anything was in it."""

    device: int
    filled: bool


class Probe:
    """Looks at one directory; from any thread."""

    def __init__(self) -> None:
        self._hung: threading.Thread | None = None

    def look(self, path: Path) -> Seen | str:
        """Return what the directory is now, or why it cannot be read."""
        hung = self._hung
        if hung is not None and hung.is_alive():
            return HANGS
        found: list[Seen | str] = []
        thread = threading.Thread(
            target=lambda: found.append(_look(path)), name="probe", daemon=True
        )
        thread.start()
        thread.join(SECONDS)
        if not found:
            self._hung = thread
            return HANGS
        return found[0]


def _look(path: Path) -> Seen | str:
    try:
        with files.within((path,)):
            found = files.look_into(path)
    except files.UnusableError as error:
        return str(error)
    return Seen(*found) if found else MISSING
