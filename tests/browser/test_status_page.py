"""The plain pages: the status, which prints, and the documentation of the routes."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from browser.conftest import Open
from serving import Served, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.shared]

STATUS = "/api/live/status/snapshot.html"
BRIGHT = """(selector, name) => {
  const style = getComputedStyle(document.querySelector(selector))
  return style[name].match(/[\\d.]+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) / 3
}"""


def test_the_status_prints_dark_on_white_with_a_summary_first(
    served_corpus: Served, open_page: Open
) -> None:
    page = open_page(served_corpus.url + STATUS, color_scheme="dark")
    bright = f"([selector, name]) => ({BRIGHT})(selector, name)"
    assert page.evaluate(bright, ["body", "color"]) > 200
    page.emulate_media(media="print", color_scheme="dark")
    for selector in ("body", "h1", ".summary a", "pre", ".summary span:last-child"):
        assert page.evaluate(bright, [selector, "color"]) < 110, selector
    assert page.evaluate(bright, ["section", "backgroundColor"]) > 250
    panels = served_corpus.ask("/api/live/status/snapshot.json").json["panels"]
    lines = page.locator(".summary li")
    expect(lines).to_have_count(len(panels))
    order = ["error", "warn", "unknown", "ok"]
    worst = sorted(panels, key=lambda panel: order.index(panel["status"]))
    expect(lines.locator("a")).to_have_text([panel["title"] for panel in worst])

    def is_told() -> bool:
        parts = served_corpus.ask("/api/v0/attention").json["parts"]
        page.reload()
        told = page.locator(".verdict span").all_text_contents()
        named = told and parts[0]["kind"].replace("_", " ") in told[0]
        return (
            bool(named)
            and len(told) == len(parts)
            and all(
                re.search(rf" {part['count']}\b", text)
                for part, text in zip(parts, told, strict=True)
            )
        )

    wait_until(is_told)  # what is read in the background becomes a part when it is read
    first = page.locator("section").first
    expect(first).to_have_attribute("id", "summary")
    box = first.bounding_box()
    assert box
    assert box["y"] + box["height"] < 700  # on the first sheet


@pytest.mark.ops
def test_the_documentation_has_the_colours_that_were_chosen(
    served_corpus: Served, open_page: Open
) -> None:
    dark = open_page(f"{served_corpus.url}/docs", color_scheme="dark")
    expect(dark.locator("html")).to_have_class("dark-mode")
    light = open_page(f"{served_corpus.url}/docs", color_scheme="light")
    expect(light.locator(".swagger-ui").first).to_be_attached()
    expect(light.locator("html")).not_to_have_class("dark-mode")
    light.evaluate("localStorage.setItem('peak-trade-theme', 'dark')")
    light.reload()
    expect(light.locator("html")).to_have_class("dark-mode")
