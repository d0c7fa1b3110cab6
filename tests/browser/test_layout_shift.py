"""What is seen does not move while a page loads, at both widths, and on a slow phone."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from browser.conftest import DESKTOP, PHONE
from browser.pages import ADDRESSES, CONTENT
from conftest import NewContext
from serving import Served

pytestmark = [pytest.mark.browser, pytest.mark.shared]

MOST = 0.05
SLOWER = 6
"""How much slower a phone computes: it draws between any two steps of the page."""
OBSERVE = """
  window.peakShifts = []
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) peakShifts.push([entry.value, ...entry.sources.map(
      ({node, previousRect, currentRect}) =>
        `${node?.className || node?.nodeName} ${previousRect.y} ${currentRect.y}`)])
  }).observe({type: "layout-shift", buffered: true})
"""
STILL = """() => {
  const before = window.peakCount
  window.peakCount = peakShifts.length
  return before === window.peakCount && document.fonts.status === "loaded"
}"""


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("name", ADDRESSES)
def test_nothing_jumps(
    name: str, size: Any, served_corpus: Served, new_context: NewContext
) -> None:
    page = new_context(viewport=size, has_touch=size is PHONE).new_page()
    page.add_init_script(OBSERVE)
    if size is PHONE:
        slow_down = page.context.new_cdp_session(page)
        slow_down.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(served_corpus.url + ADDRESSES[name])
    expect(page.locator(CONTENT[name]).first).to_be_attached()
    page.wait_for_function(STILL, polling=1000)
    shifts = page.evaluate("() => peakShifts")
    assert sum(shift[0] for shift in shifts) <= MOST, shifts


def test_the_page_that_is_shown_is_in_view_on_a_phone(
    served_corpus: Served, new_context: NewContext
) -> None:
    page = new_context(viewport=PHONE, has_touch=True).new_page()
    page.goto(served_corpus.url + ADDRESSES["about"])
    expect(page.locator(".shell nav [aria-current]")).to_be_in_viewport(ratio=1)
    controls = page.locator("#controls")
    expect(controls).to_be_hidden()
    page.locator("#more").tap()
    expect(controls.locator("#zone")).to_be_visible()
    expect(controls.locator("#language")).to_be_visible()
