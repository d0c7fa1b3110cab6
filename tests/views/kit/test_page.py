"""A page that cannot be drawn says so, and its fault is logged once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from peak_trade.models.quality import QualityModel
from peak_trade.settings import load
from peak_trade.store.live import LiveStore
from peak_trade.views.quality.page import QualityPage


async def test_a_page_that_cannot_be_drawn_says_so_until_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    settings = load(None, {"dashboard.root": str(tmp_path)}).settings
    store = LiveStore(settings)
    page = QualityPage(QualityModel(store, settings))
    await page._model.refresh()

    def fault(*_: Any) -> None:
        raise ValueError("cannot convert float NaN to integer")

    with monkeypatch.context() as patch:
        patch.setattr(page.tiles, "update", fault)
        for _ in range(3):
            page.show()
    said = page.fault.elements._shown
    assert "This page cannot be built; the log of the server says why." in said
    assert caplog.text.count("Traceback") == 1
    assert "cannot convert float NaN to integer" in caplog.text
    page.show()
    assert "cannot be built" not in page.fault.elements._shown
    await store.stop()
