"""The about page."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from browser.conftest import GAP, PHONE, Open
from conftest import Start
from peak_trade.contract.pages.about import PROOFS, versions
from serving import Served

pytestmark = [pytest.mark.browser]


@pytest.fixture(scope="module")
def served(server: Start, tmp_path_factory: pytest.TempPathFactory) -> Served:
    root: Path = tmp_path_factory.mktemp("about")
    return server(root, env={"PEAK_TRADE_STORE__READ_THREADS": "3"})


def test_safety_versions_settings_and_addresses(served: Served, open_page: Open) -> None:
    page = open_page(f"{served.url}/about")
    expect(page.locator("table.proofs tbody tr")).to_have_count(len(PROOFS))
    expect(page.locator("table.proofs")).to_contain_text(PROOFS[0]["test"])
    for name, version in versions().items():
        expect(page.locator(".area-versions")).to_contain_text(f"{name}{version}")
    row = page.locator("table.settings tr", has_text="store.read_threads")
    assert row.locator("td").all_text_contents()[:3] == ["store.read_threads", "3", "environment"]
    links = page.locator(".area-addresses a")
    expect(links).to_have_count(4)
    for link in links.all():
        assert served.ask(link.get_attribute("href") or "").status == 200
    expect(page.locator(".shell [aria-current]")).to_have_text("About")


def test_it_fits_a_phone(served: Served, open_page: Open) -> None:
    page = open_page(f"{served.url}/about", viewport=PHONE)
    expect(page.locator("table.settings")).to_be_visible()
    assert page.evaluate(GAP) == 0
