"""Pages over odd entries of every family show what is good, and what is odd as far as it goes."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from browser.conftest import Open
from conftest import Start
from contract.test_odd_records import odd_entries
from contract.tree import NOW
from serving import Served

pytestmark = [pytest.mark.browser]

SHOWN = {
    "/": "unsigned",
    "/dashboard": "ma",
    "/watch": "known",
    "/watch/runs/huge": "huge",
    "/watch/runs/bytes": "bytes",
    "/watch/runs/zone": "zone",
    "/watch/runs/ids?tab=trades": "8389765929445198311",
    "/compare?runs=known,zone,huge": "zone",
    "/live/alerts?hours=168": "odd",
    "/live/execution/known": "fill",
    "/live/telemetry": "known",
    "/session/unsigned": "18446744073709551615",
    "/quality": "column risk_reasons",
}
"""A text that each page shows."""

FIRST = {"/", "/watch/runs/huge", "/live/alerts?hours=168", "/session/unsigned"}
"""A page of each family; `make test-ops` opens the others."""
PATHS = [pytest.param(path, marks=() if path in FIRST else pytest.mark.ops) for path in SHOWN]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, server: Start) -> Served:
    root = tmp_path_factory.mktemp("odd")
    odd_entries(root)
    return server(root, env={"PEAK_TRADE_NOW": NOW})


@pytest.mark.parametrize("path", PATHS)
def test_every_page_shows_its_content(served: Served, open_page: Open, path: str) -> None:
    page = open_page(served.url + path)
    expect(page.get_by_text(SHOWN[path]).first).to_be_attached()
    expect(page.locator("#link")).to_have_text("connected")
    expect(page.locator(".problem")).to_have_count(0)
    assert "Traceback" not in served.log.read_text()
