"""Every page can be used by everyone: no serious finding of axe, in dark and in light."""

from __future__ import annotations

from typing import Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from browser.conftest import PHONE, Open
from serving import Served

pytestmark = [pytest.mark.browser, pytest.mark.shared]

SESSION: Final = "session_20260115_181000_shadow_a1b2c3"
PAGES: Final = {
    "/": ".sessions tbody tr",
    "/dashboard": ".events tbody tr",
    "/watch": ".watched tbody tr",
    "/compare": "ul.runs li",
    "/live/alerts": "ul.groups li",
    "/live/telemetry": ".gauge",
    "/quality": ".kinds tbody tr",
    "/about": ".proofs tbody tr",
    f"/session/{SESSION}": ".tile",
    f"/live/execution/{SESSION}": ".timeline tbody tr",
}
"""Pages, each with what shows that its content is there."""


def faults(open_page: Open, served: Served, path: str, **options: object) -> list[str]:
    page = open_page(served.url + path, **options)
    expect(page.locator(PAGES[path]).first).to_be_visible()
    found = Axe().run(page).response["violations"]
    return [
        f"{rule['impact']}: {rule['id']}: {node['html']}"
        for rule in found
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("colours", ["dark", "light"])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(path: str, colours: str, served_corpus: Served, open_page: Open) -> None:
    assert faults(open_page, served_corpus, path, color_scheme=colours) == []


def test_axe_finds_nothing_on_a_phone(served_corpus: Served, open_page: Open) -> None:
    assert faults(open_page, served_corpus, "/", viewport=PHONE) == []
