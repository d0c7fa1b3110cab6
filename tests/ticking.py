"""A monotonic clock that a test moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import pytest

from peak_trade import clock


@dataclass
class Ticking:
    """Seconds that only the test changes."""

    seconds: float = 100.0

    def __call__(self) -> float:
        return self.seconds

    @classmethod
    def instead(cls, monkeypatch: pytest.MonkeyPatch) -> Self:
        """Put one in the place of the clock."""
        found = cls()
        monkeypatch.setattr(clock, "monotonic", found)
        return found
