"""How often a store is asked: never more than so often in any minute, each time counted."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Final

from peak_trade import clock

AT_ONCE: Final = 0.1
"""Share of a minute's requests that may be made at once; the others are spread over it."""
_ROUNDING: Final = 1e-6
"""Of a request: what sums of fractions may lack to a whole one."""


class EndedError(Exception):
    """The mirror was told to end while it waited."""


class Budget:
    """Requests of one process to one store; may be used from any thread.

    Guarantees: in any 60 seconds `take` lets at most `per_minute` requests pass.
    """

    def __init__(self, per_minute: int, ended: threading.Event) -> None:
        self._most = max(1.0, per_minute * AT_ONCE)
        self._rate = (per_minute - self._most) / 60 or per_minute / 60
        self._left = self._most
        self._asked = clock.monotonic()
        self._ended = ended
        self._lock = threading.Lock()
        self.counts: Counter[tuple[str, str]] = Counter()
        """Requests by operation and outcome."""

    def take(self) -> None:
        """Wait until a request may be made.

        Raises
        ------
        EndedError
            If the end comes first.
        """
        while (wait := self._wait()) > 0:
            if self._ended.wait(wait):
                break
        if self._ended.is_set():
            raise EndedError

    def charge(self, requests: int) -> None:
        """Count requests that were made without asking: those that come wait for them."""
        with self._lock:
            self._left -= requests

    def note(self, operation: str, outcome: str, requests: int = 1) -> None:
        """Count what became of requests."""
        with self._lock:
            self.counts[operation, outcome] += requests

    def _wait(self) -> float:
        """Take a request if there is one left, and return 0; else the seconds until there is."""
        with self._lock:
            now = clock.monotonic()
            self._left = min(self._most, self._left + (now - self._asked) * self._rate)
            self._asked = now
            if self._left > 1 - _ROUNDING:
                self._left -= 1
                return 0.0
            return (1 - self._left) / self._rate
