"""A site per test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from web.gated import LOOK, Site, close_site, make_settings, open_site

META = '{"run_id": "r", "mode": "m", "strategy_name": "s", "symbol": "x", "timeframe": "1m"}'


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    run = tmp_path / "live_runs" / "known run"
    run.mkdir(parents=True)
    (run / "meta.json").write_text(META)
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "look.css").write_bytes(LOOK)
    settings = make_settings(tmp_path, **{"web_ui.allowed_hosts": ("console.example",)})
    site = open_site(settings, tmp_path / "assets")
    yield site
    await close_site(site)
