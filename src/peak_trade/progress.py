"""How far a long work is, told to who waits for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

Step = Literal["listed", "copied", "judged"]

Progress = Callable[[Step, int, int | None], object]
"""Called with a step, what is done of it, and all that it has, or None while nobody knows.

Objects of a store are listed and copied; runs are judged.
"""


def untold(step: Step, done: int, total: int | None) -> None:
    """Tell nobody."""
