"""Who reads an artifact just now, so that callers who wait for the same share one reading."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field


@dataclass(slots=True)
class Slot:
    """Refreshes of one artifact: one at a time; `began` is the ticket of the last complete one."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    began: int = -1
