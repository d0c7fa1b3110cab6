"""The workers of `peak-trade serve --workers`: processes that serve the same, a port for each.

Assumes that their parent tells each of them of all, again with every change.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class State(Enum):
    """How a worker stands, as its parent sees it."""

    STARTING = "starting"
    UP = "up"
    SILENT = "silent"
    """It runs, but does not say so any more: it hangs, or was halted."""
    DOWN = "down"
    """It ended, and is started again after a pause."""


@dataclass(frozen=True, slots=True)
class Worker:
    """One worker; numbers begin at 1. `restarts` counts how often it was started again."""

    number: int
    port: int
    state: State
    since: datetime
    restarts: int = 0


@dataclass(frozen=True, slots=True)
class Workers:
    """All workers, the number of the one that is told, and that of the one that speaks for all."""

    own: int
    all: tuple[Worker, ...]
    speaker: int

    @property
    def speaks(self) -> bool:
        """The one that is told speaks for all where all would say the same."""
        return self.own == self.speaker
