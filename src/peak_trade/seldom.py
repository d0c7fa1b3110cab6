"""Warnings about what happens as often as a client likes: one a minute, with how often."""

from __future__ import annotations

import logging
from typing import Final

from peak_trade import clock

SECONDS: Final = 60.0


class Seldom:
    """Warnings of one kind. What is not said at once is counted in the next one."""

    def __init__(self, logger: logging.Logger, kind: str) -> None:
        self._logger = logger
        self._kind = kind
        self._count = 0
        self._said: float | None = None

    def warn(self, why: str) -> None:
        """Say that it happened, and why; `why` holds nothing that a client wrote."""
        self._count += 1
        now = clock.monotonic()
        if self._said is not None and now - self._said < SECONDS:
            return
        self._logger.warning("%s: %s (%d since the last such line)", self._kind, why, self._count)
        self._said, self._count = now, 0
