"""Values in the address of a page that are none leave a page that works."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs

import pytest

from browser.test_addresses import BAD
from contract.tree import NOW, Tree, event
from peak_trade.contract.registry.pages import NAMED
from peak_trade.serve.pages import build_page
from peak_trade.serve.runtime import Runtime
from peak_trade.settings import load


@pytest.mark.parametrize("name", BAD)
async def test_they_are_taken_for_none(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PEAK_TRADE_NOW", NOW)
    tree = Tree(tmp_path)
    tree.run("r", [event(1), event(2)])
    tree.session("s", run_id="r", started_at="2026-01-15T17:30:00+00:00")
    runtime = Runtime(load(None, {"dashboard.root": str(tmp_path)}).settings)
    row = NAMED[name]
    page = build_page(row.stem, runtime, {"session_id": "s"} if row.id_name else {})
    page.read(parse_qs(BAD[name], errors="replace"))
    await page._model.refresh()
    page.render()
    assert page._model.problem == ""
    await runtime.stop()
