"""Every page, loaded once for a desktop and once for a phone: what holds for all of them.

`make test` loads a list, charts and the page of one thing; `make test-ops` loads the others, which
are made of the same parts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize, expect

from browser.conftest import DESKTOP, GAP, PHONE, Watched
from browser.pages import ADDRESSES, CONTENT
from serving import PATIENCE, Served

pytestmark = [pytest.mark.browser, pytest.mark.shared]

MOST: Final = 0.05
UPRIGHT: Final[ViewportSize] = {"width": 1440, "height": 2560}
SLOWER: Final = 3
"""How much slower a phone computes: it draws between any two steps of the page.

Chromium makes it so with a processor that runs idle, at the expense of what else there is to do.
"""
FIRST: Final = {"console", "run", "session"}
"""A list, charts, one thing: pages that a slow phone loads. Others are made of the same parts."""
PAGES: Final = [
    pytest.param(name, marks=() if name in FIRST else pytest.mark.ops) for name in ADDRESSES
]
PHONES: Final = [
    pytest.param(name, marks=() if name in FIRST - {"run"} else pytest.mark.ops)
    for name in ADDRESSES
]
"""As `PAGES`, without the one that takes a slow phone longest."""
OBSERVE: Final = """
  window.peakShifts = []
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) peakShifts.push([entry.value, ...entry.sources.map(
      ({node, previousRect, currentRect}) =>
        `${node?.className || node?.nodeName} ${previousRect.y} ${currentRect.y}`)])
  }).observe({type: "layout-shift", buffered: true})
"""
FILLED: Final = """() => document.querySelector("main:not([data-filling])") &&
  Bokeh.documents.every((one) => one.is_idle)"""
STILL: Final = """() => {
  const before = window.peakCount
  window.peakCount = peakShifts.length
  return before === window.peakCount && document.fonts.status === "loaded"
}"""
COLOURED: Final = """(colours) => document.documentElement.dataset.theme === colours &&
  document.getAnimations().every((one) => one.playState !== "running")"""
OF_COLOURS: Final = ("color-contrast", "link-in-text-block")
"""The rules of axe whose findings change with the colours."""

ENGLISH: Final = re.compile(
    r"\b(the|and|of|with|without|none|last|events|shown|drawn|search)\b", re.IGNORECASE
)
CUT: Final = """boxes => boxes.filter(box => box.scrollWidth > box.clientWidth)
  .map(box => box.innerText)"""
"""Tables whose rows are cards need no scrolling to the side."""

SHORTENED: Final = """boxes => boxes.filter(box => box.scrollWidth > box.clientWidth + 1)
  .map(box => box.innerText)"""
WHOLE: Final = (
    ".tile span, th > :first-child, th:not(:has(*)), td.number, h1:not(.unseen), h2, .gauge *, "
    ".data-age"
)
"""What says what a page is about: a word that is cut there cannot be read anywhere else."""

HOLES: Final = """areas => {
  const boxes = areas.map(area => [area.className, area.getBoundingClientRect()])
    .filter(([, box]) => box.height).sort(([, one], [, other]) => one.top - other.top)
  let end = boxes[0][1].top
  return boxes.filter(([, box]) => {
    const gap = box.top - end
    end = Math.max(end, box.bottom)
    return gap > 24
  }).map(([name]) => name)
}"""
"""Parts above which more is left free than between any others."""

UNNAMED: Final = """cells => cells.filter(cell =>
  getComputedStyle(cell, "::before").content !== JSON.stringify(cell.dataset.label)
).map(cell => cell.innerText)"""
"""Cells of cards that do not say their column."""

OWN_WORDS: Final = "nav a, h1, h2, th, .tile .label, .tile .context, .caption, .foot, label"


@contextmanager
def loaded(
    browser: Browser, served: Served, name: str, slower: int = 1, **options: Any
) -> Iterator[Page]:
    """Open a page by its name and wait until nothing moves any more.

    Afterwards: no script error, no violation of the content policy, no request to another host.
    """
    faults: list[str] = []
    with browser.new_context(**options) as context:
        context.set_default_timeout(PATIENCE * 1000)
        page = context.new_page()
        Watched(page, faults)
        page.add_init_script(OBSERVE)
        processor = context.new_cdp_session(page)
        processor.send("Emulation.setCPUThrottlingRate", {"rate": slower})
        page.goto(served.url + ADDRESSES[name])
        expect(page.locator(CONTENT[name]).first).to_be_attached()
        page.wait_for_function(FILLED)
        processor.send("Emulation.setCPUThrottlingRate", {"rate": 1})
        page.wait_for_function(STILL, polling=1000)
        yield page
    assert faults == []


@pytest.fixture(scope="module", params=PAGES)
def desktop(
    request: pytest.FixtureRequest, browser: Browser, served_corpus: Served
) -> Iterator[Page]:
    """Each page on a desktop, in dark."""
    options: dict[str, Any] = {"viewport": DESKTOP, "color_scheme": "dark"}
    with loaded(browser, served_corpus, request.param, **options) as page:
        yield page


@pytest.fixture(scope="module", params=PHONES)
def phone(
    request: pytest.FixtureRequest, browser: Browser, served_corpus: Served
) -> Iterator[Page]:
    """Each page on a phone, some on a slow one, in German, whose words are longer."""
    options: dict[str, Any] = {"viewport": PHONE, "has_touch": True, "locale": "de-DE"}
    slower = SLOWER if request.param in FIRST else 1
    with loaded(browser, served_corpus, request.param, slower, **options) as page:
        yield page


def shifts(page: Page) -> list[list[Any]]:
    """Return by how much the layout shifted while a page was loaded, and what did."""
    found: list[list[Any]] = page.evaluate("() => peakShifts")
    return found


def axe(page: Page, *rules: str) -> list[str]:
    """Return what axe finds by its usual rules, or by some of them."""
    only: dict[str, Any] = {"runOnly": {"type": "rule", "values": list(rules)}} if rules else {}
    found = Axe().run(page, options={"resultTypes": ["violations"], **only})
    return [
        f"{rule['impact']}: {rule['id']}: {node['html']}"
        for rule in found.response["violations"]
        for node in rule["nodes"]
    ]


def test_nothing_jumps_on_a_desktop(desktop: Page) -> None:
    assert sum(shift[0] for shift in shifts(desktop)) <= MOST, shifts(desktop)


def test_everyone_can_use_it_in_dark_and_in_light(desktop: Page) -> None:
    assert axe(desktop) == []
    desktop.emulate_media(color_scheme="light")
    desktop.wait_for_function(COLOURED, arg="light")
    assert axe(desktop, *OF_COLOURS) == []
    desktop.emulate_media(color_scheme="dark")


def test_no_word_is_cut_on_a_desktop(desktop: Page) -> None:
    assert desktop.locator(WHOLE).count() > 1  # two where nothing was chosen to compare
    assert desktop.locator(WHOLE).evaluate_all(SHORTENED) == []


def test_there_is_no_hole_on_a_high_desktop(desktop: Page) -> None:
    usual = desktop.viewport_size
    assert usual
    desktop.set_viewport_size(UPRIGHT)
    beside = desktop.locator("main > .area:not(:has(ul.runs))")  # it is as high as the screen
    assert beside.evaluate_all(HOLES) == []
    desktop.set_viewport_size(usual)


def test_a_desktop_sorts_by_the_heads_alone(desktop: Page) -> None:
    """Every table that can be sorted has a list for it, which phones show."""
    sortable = desktop.locator("table:has(th > a)")
    assert sortable.count() == desktop.locator("table:has(> caption select)").count()
    expect(desktop.locator("caption select:visible")).to_have_count(0)


def test_there_is_no_hole_on_a_phone(phone: Page) -> None:
    assert phone.locator("main > .area").evaluate_all(HOLES) == []


def test_no_word_is_cut_on_a_phone(phone: Page) -> None:
    assert phone.locator(WHOLE).evaluate_all(SHORTENED) == []


def test_nothing_jumps_on_a_phone(phone: Page) -> None:
    assert sum(shift[0] for shift in shifts(phone)) <= MOST, shifts(phone)


def test_german_fits_a_phone(phone: Page) -> None:
    expect(phone.locator("html")).to_have_attribute("lang", "de")
    assert phone.evaluate(GAP) == 0
    expect(phone.locator("#verdict a").first).to_have_text(re.compile("1 Session abgestürzt 18:12"))
    expect(phone).to_have_title(re.compile("^\N{BLACK UP-POINTING TRIANGLE} "))
    words = phone.locator(OWN_WORDS).all_inner_texts()
    assert len(words) > len(ADDRESSES)
    assert [text for text in words if ENGLISH.search(text)] == []
    assert phone.locator(".scroll:has(table.stacked)").evaluate_all(CUT) == []
    cells = phone.locator("table.stacked tbody td:not(:first-child)")
    assert cells.evaluate_all(UNNAMED) == []


@pytest.mark.parametrize("phone", ["console"], indirect=True)
def test_everyone_can_use_it_on_a_phone(phone: Page) -> None:
    assert axe(phone) == []
