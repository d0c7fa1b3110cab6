"""Every page can be used by everyone: no serious finding of axe, in dark and in light."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from browser.conftest import PHONE, Open
from browser.pages import ADDRESSES, CONTENT
from serving import Served

pytestmark = [pytest.mark.browser, pytest.mark.shared]


def faults(open_page: Open, served: Served, name: str, **options: object) -> list[str]:
    page = open_page(served.url + ADDRESSES[name], **options)
    expect(page.locator(CONTENT[name]).first).to_be_visible()
    found = Axe().run(page).response["violations"]
    return [
        f"{rule['impact']}: {rule['id']}: {node['html']}"
        for rule in found
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("colours", ["dark", "light"])
@pytest.mark.parametrize("name", ADDRESSES)
def test_axe_finds_nothing(name: str, colours: str, served_corpus: Served, open_page: Open) -> None:
    assert faults(open_page, served_corpus, name, color_scheme=colours) == []


def test_axe_finds_nothing_on_a_phone(served_corpus: Served, open_page: Open) -> None:
    assert faults(open_page, served_corpus, "console", viewport=PHONE) == []
