"""What a person arranged stays on every page, over updates and over a restart of the server."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.conftest import Open
from browser.test_connection import Restarted
from conftest import NewContext, Start
from contract.tree import COLUMNS, NOW, Tree, alert, as_csv, event, telemetry
from serving import Served, wait_until

pytestmark = pytest.mark.browser

UPDATES: Final = 5
STILL: Final = 12
LETTERS: Final = "abcdefghijkl"
"""Names that differ in numbers alone are one group of alerts."""

ENV: Final = {"PEAK_TRADE_NOW": NOW, "PEAK_TRADE_WEB_UI__AUTO_REFRESH_SECONDS": "0.2"}
SMALL: Final = {"width": 1440, "height": 500}

LISTS: Final = {
    "/": (".sessions tbody tr", "td >> nth=3"),
    "/watch": (".watched tbody tr", "td >> nth=2"),
    "/live/alerts": ("ul.groups > li", "peak-time >> nth=0"),
    "/live/telemetry": (".logs tbody tr", "td >> nth=2"),
    "/quality": (".faults tbody tr", "td >> nth=1"),
}
"""Path to its rows, and where in a row a click selects it."""

RESTARTED: Final = {
    "/watch?q=state%3Aended": ".watched tbody tr",
    "/dashboard?run=changing&tab=orders": ".runs li",
    "/live/execution/changing?kind=intent": ".timeline tbody tr",
}
"""A list, charts, and the page of one thing, each with a view, to what there are several of.

A page comes back by loading its address again; `test_addresses` loads those of many views.
"""
STILL_NOW: Final = """() => document.fonts.status === 'loaded' &&
  globalThis.Bokeh?.documents.length > 0 &&
  Bokeh.documents.every((document) => document.is_idle)"""
VIEW: Final = """() => {
  const [view] = [...Bokeh.index.query((view) => view.model.name === 'compare value')]
  return [view.model.x_range.start, view.model.x_range.end]
}"""


class Busy:
    """A directory with things that do not change, and one of each kind that does."""

    def __init__(self, root: Path) -> None:
        self._tree = Tree(root)
        self._updates = 0
        for number in range(STILL):
            self._add(f"still_{LETTERS[number]}", f"2026-01-15T17:{number:02}:00+00:00")
        self._add("changing", self._stamp)
        for second in range(40):
            self._tree.log("changing", telemetry(f"2026-01-15T17:30:{second:02}+00:00", "intent"))

    @property
    def _stamp(self) -> str:
        minutes, seconds = divmod(self._updates, 60)
        return f"2026-01-15T18:{minutes:02}:{seconds:02}+00:00"

    def _add(self, name: str, stamp: str) -> None:
        self._tree.run(name, [event(1, ts_event=stamp), event(3, ts_event=stamp)])
        self._tree.log(name, telemetry(stamp, "intent", name))
        self._tree.alerts("2026-01-15", alert(stamp, name, severity="CRITICAL"))
        self._record(name, stamp)

    def _record(self, name: str, stamp: str) -> None:
        record = {"session_id": name, "run_type": "live_session_shadow", "started_at": stamp}
        record |= {"run_id": name, "mode": "shadow", "status": "completed", "symbol": "BTC/EUR"}
        config = {"list": list(range(20)), "deep": {"deeper": {"deepest": 1}}}
        metrics = {"realized_pnl": float(self._updates)}
        content = json.dumps({**record, "config": config, "metrics": metrics})
        self._tree.write(self._tree.sessions / f"{name}.json", content)

    def update(self) -> None:
        """Write one more of everything."""
        self._updates += 1
        row = event(3 + self._updates, ts_event=self._stamp)
        with (self._tree.runs / "changing" / "events.csv").open("a") as stream:
            stream.write(as_csv([row], COLUMNS).partition("\n")[2])
        self._tree.log("changing", telemetry(self._stamp, "intent"))
        self._tree.alerts("2026-01-15", alert(self._stamp, "changing", severity="CRITICAL"))
        self._record("changing", self._stamp)

    def update_seen(self, sign: Locator) -> None:
        """Write one more of everything, and wait until `sign` shows it."""
        before = sign.evaluate("(shown) => shown.outerHTML")
        self.update()
        wait_until(lambda: sign.evaluate("(shown) => shown.outerHTML") != before, str(sign))


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("busy")


@pytest.fixture(scope="module")
def busy(root: Path) -> Busy:
    return Busy(root)


@pytest.fixture(scope="module")
def served(root: Path, busy: Busy, server: Start) -> Served:
    return server(root, env=ENV)


def open_still(open_page: Open, url: str) -> Page:
    """Open a page and wait until all of it is drawn: before that, what is clicked still moves."""
    page = open_page(url, viewport=SMALL)
    page.wait_for_function(STILL_NOW)
    return page


def scroll(page: Page) -> int:
    page.evaluate("() => scrollTo(0, 150)")
    page.wait_for_function("() => scrollY > 0")
    scrolled: int = page.evaluate("() => scrollY")
    return scrolled


@pytest.mark.parametrize("path", LISTS)
def test_lists_keep_scroll_and_selection(
    path: str, served: Served, busy: Busy, open_page: Open
) -> None:
    page = open_still(open_page, served.url + path)
    rows, place = LISTS[path]
    row = page.locator(rows, has_text="still_f")
    row.locator(place).click()
    expect(row).to_have_attribute("aria-selected", "")
    scrolled = scroll(page)
    for _ in range(UPDATES):
        busy.update_seen(page.locator(rows, has_text="changing"))
        expect(row).to_have_attribute("aria-selected", "")
        assert page.evaluate("() => scrollY") == scrolled


def test_a_timeline_keeps_scroll_selection_and_open_rows(
    served: Served, busy: Busy, open_page: Open
) -> None:
    page = open_still(open_page, f"{served.url}/live/execution/changing")
    rows = page.locator(".timeline tbody tr")
    row = rows.filter(has_text="17:30:20")
    row.locator("summary").click()
    row.locator("peak-time").click()
    scrolled = scroll(page)
    for _ in range(UPDATES):
        busy.update_seen(rows.first)
        expect(row.locator("pre")).to_be_visible()
        expect(row).to_have_attribute("aria-selected", "")
        assert page.evaluate("() => scrollY") == scrolled


def test_a_session_keeps_scroll_and_open_branches(
    served: Served, busy: Busy, open_page: Open
) -> None:
    page = open_still(open_page, f"{served.url}/session/changing")
    branch = page.locator(".area-config details", has_text="deepest").last
    branch.locator("summary").first.click()
    opened = branch.get_attribute("open")
    scrolled = scroll(page)
    for _ in range(UPDATES):
        busy.update_seen(page.locator(".tile", has_text=re.compile("^Realized PnL")))
        assert branch.get_attribute("open") == opened
        assert page.evaluate("() => scrollY") == scrolled


def test_a_comparison_keeps_its_zoom(served: Served, busy: Busy, open_page: Open) -> None:
    page = open_page(f"{served.url}/compare?runs=changing,still_f")
    canvas = page.locator(".area-curves canvas").first
    expect(canvas).to_be_visible()
    before = page.evaluate(VIEW)
    box = canvas.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.wheel(0, -240)
    page.wait_for_function(f"(start) => ({VIEW})()[0] > start", arg=before[0])
    zoomed = page.evaluate(VIEW)
    for _ in range(UPDATES):
        busy.update_seen(page.locator(".compared"))
        assert page.evaluate(VIEW) == zoomed


@pytest.fixture
def windows(new_context: NewContext) -> Mapping[str, Page]:
    """A page of its own browser for each path: none is hidden."""
    return {path: new_context().new_page() for path in RESTARTED}


@pytest.mark.ops
def test_pages_survive_a_restart_with_their_view(
    tmp_path: Path, windows: Mapping[str, Page]
) -> None:
    busy = Busy(tmp_path)
    running = Restarted(tmp_path, {"PEAK_TRADE_NOW": NOW})
    try:
        for path, page in windows.items():
            page.goto(running.served.url + path)
            expect(page.locator(RESTARTED[path]).first).to_be_attached()
        shown = {path: page.locator(RESTARTED[path]).count() for path, page in windows.items()}
        running.kill()
        for page in windows.values():
            expect(page.locator("#connection")).to_be_visible()
        busy.update()
        running.start()
        for path, page in windows.items():
            expect(page.locator("#connection")).to_be_hidden()
            expect(page).to_have_url(running.served.url + path)
            added = 1 if "/live/execution/" in path else 0
            expect(page.locator(RESTARTED[path])).to_have_count(shown[path] + added)
    finally:
        running.served.stop()
