"""Fixtures of the exchange tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .stand_in import StandIn
from .support import rows


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    with StandIn(candles=rows(30), visible=30) as server:
        yield server
