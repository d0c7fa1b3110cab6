"""Who reads an artifact just now, so that all who wait for it share it; and what has changed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field


@dataclass(slots=True)
class Slot:
    """Refreshes of one artifact: one at a time.

    `ended` is the ticket with which the last complete one that has ended began.
    """

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    ended: int = -1


@dataclass(frozen=True, slots=True)
class Change:
    """An artifact whose content changed.

    `family` is runs (the list), run, session, alert, telemetry or directories.
    """

    family: str
    key: str
    revision: int
