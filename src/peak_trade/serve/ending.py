"""The end of the process of a server: it comes soon, whatever its threads still do."""

from __future__ import annotations

import atexit
import os
import sys
import threading
import time
from contextlib import suppress
from typing import Final

END_SECONDS: Final = 3.0
"""How long the end may take that a signal asked for."""

BUSY: Final = threading.Lock()
"""Held by a command that has more to do once its server has ended: the time counts from then on."""


def end_at_last() -> None:
    """End the process after a while, also if a thread still parses a file.

    Nothing is lost by it: nothing that is watched is ever written.
    """
    threading.Thread(target=_end_later, daemon=True).start()
    atexit.register(_end_whole)


def _end_later() -> None:
    with BUSY:
        time.sleep(END_SECONDS)
        os._exit(0)


def _end_whole() -> None:
    """End the process without taking its objects apart one by one.

    With many open pages that takes seconds, in which no other thread runs, the timer's neither.
    """
    for output in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            output.flush()
    os._exit(0)
