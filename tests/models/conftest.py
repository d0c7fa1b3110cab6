"""Models over an empty directory, at a fixed time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pytest

from contract.tree import NOW
from peak_trade.models.base import ViewModel
from peak_trade.settings import load
from peak_trade.store.live import LiveStore

M = TypeVar("M", bound=ViewModel)


class Create(Protocol):
    """Returns a model of a class, over `tmp_path`."""

    def __call__(self, kind: type[M], **params: Any) -> M: ...


@pytest.fixture
async def create(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Create]:
    monkeypatch.setenv("PEAK_TRADE_NOW", NOW)
    settings = load(None, {"dashboard.root": str(tmp_path)}).settings
    store = LiveStore(settings)

    def make(kind: type[M], **params: Any) -> M:
        return kind(store, settings, **params)

    yield make
    await store.stop()
