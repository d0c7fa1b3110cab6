"""What is shown can be taken away, and the URL holds the window of the charts.

`make test` takes away what a few pages show, `make test-ops` what the others do.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pandas as pd
import pytest
from playwright.sync_api import Locator, Page, expect

from browser.conftest import Open
from browser.pages import choose_tab, save_charts, unvisited
from peak_trade.views.charts.price import FIGURES
from serving import Served

pytestmark = [pytest.mark.browser, pytest.mark.shared]

RUN = "20260115_173600_shadow_ma_crossover_BTC-EUR_1m"
OTHER = "20260115_150000_shadow_scalper_BTC-EUR_1m"
SESSION = "session_20260115_181000_shadow_a1b2c3"
HOSTILE = "session_<script>alert(1)</script>"
RANGE = """() => {
  const [view] = [...Bokeh.index.query((view) => view.model.name === 'equity')]
  return [view.model.x_range.start, view.model.x_range.end]
}"""

RUN_PAGE = f"/watch/runs/{RUN}?tab=events&level=warning"
COMPARED = f"/compare?runs={RUN},{OTHER}"
TABLES = {
    "/?mode=shadow": {"sessions": "tbody tr", "active": ".run-card"},
    f"/dashboard?run={RUN}": {"runs": ".runs > li"},
    "/watch": {"runs": "tbody tr"},
    RUN_PAGE: {"panel": "tbody tr"},
    f"/watch/runs/{OTHER}?tab=trades": {"panel": "tbody tr"},
    f"/session/{SESSION}": {
        "alerts": ".alerts > li",
        "risk": ".limits > li",
        "config": ".leaf",
        "metrics": ".leaf",
    },
    f"/session/{quote(HOSTILE, safe='')}": {"config": ".leaf"},
    "/live/alerts?severity=CRITICAL": {"groups": "ul.groups > li"},
    f"/live/execution/{SESSION}": {"timeline": "tbody tr"},
    "/live/telemetry": {
        "gauges": ".gauge",
        "trends": "tbody tr",
        "logs": "tbody tr",
        "alerts": ".alerts > li",
    },
    "/quality": {"kinds": "tbody tr", "runs": "tbody tr", "examples": "tbody tr"},
    COMPARED: {"metrics": "th.number", "differences": "tbody tr"},
    "/fleet?q=mode:shadow&rows=4&offset=2": {
        **dict.fromkeys(("strategy", "symbol", "month"), "tbody tr"),
        "runs": "tbody tr",
    },
    "/about": {"safety": "tbody tr", "versions": "dl > div", "settings": "tbody tr"},
}
"""Path of a page to its areas, and what a row looks like there."""

FIRST = {RUN_PAGE, COMPARED, "/?mode=shadow", f"/session/{SESSION}"}
"""Those whose files are made in ways of their own: of charts, of several runs, of no table."""
PATHS = [pytest.param(path, marks=() if path in FIRST else pytest.mark.ops) for path in TABLES]

TABS = {
    **dict.fromkeys(("signals", "positions", "orders"), "tbody tr"),
    "alerts": ".alerts > li",
}
"""Tabs of a run besides its events to what a row looks like there."""

CHARTS = {
    "/?mode=shadow": "curves",
    "/live/alerts?severity=CRITICAL": "alerts",
    "/live/telemetry": "telemetry",
    f"/live/execution/{SESSION}": "execution",
    RUN_PAGE: ",".join(FIGURES),
    "/fleet?q=mode:shadow&rows=4&offset=2": "fleet",
    COMPARED: "compare value,compare drawdown,compare position",
}
"""Path of a page to its charts that are one image."""

POINTS = {
    RUN_PAGE: {
        "chart .files >> nth=1": r"(\d+) candles",
        "chart .files >> nth=2": r"fills (\d+).*blocked (\d+).*signals (\d+)",
    },
    f"/live/execution/{SESSION}": {"lanes .files": r"(\d+) drawn"},
    "/live/telemetry": {"chart .files": r"(\d+) snapshots"},
    COMPARED: {"curves .files": r"(\d+) drawn"},
}
"""Path of a page to its links to drawn points, and how their caption counts those."""


def listed(data: bytes) -> int:
    found = json.loads(data)
    return len(found if isinstance(found, list) else found["rows"])


READERS: dict[str, Callable[[bytes], int]] = {
    "csv": lambda data: len(pd.read_csv(io.BytesIO(data))),
    "json": listed,
    "parquet": lambda data: len(pd.read_parquet(io.BytesIO(data))),
}


def test_no_page_is_left_out() -> None:
    assert unvisited(TABLES) == set()


@pytest.mark.parametrize("path", PATHS)
def test_what_is_shown_can_be_taken_away(path: str, served_corpus: Served, open_page: Open) -> None:
    page = open_page(served_corpus.url + path)
    for area, row in TABLES[path].items():
        files_have_the_rows_that_are_shown(page.locator(f".area-{area}"), row, served_corpus)
    names_tell_what_the_files_are_of(page)
    for place, drawn in POINTS.get(path, {}).items():
        files_have_the_points_that_are_drawn(page.locator(f".area-{place}"), drawn, served_corpus)
    if path in CHARTS:
        charts_are_an_image(page, CHARTS[path], has_menu=path != "/?mode=shadow")


@pytest.mark.ops
def test_every_tab_of_a_run_can_be_taken_away(served_corpus: Served, open_page: Open) -> None:
    page = open_page(f"{served_corpus.url}/watch/runs/{RUN}?level=warning")
    href = page.get_by_text("all events as parquet").get_attribute("href") or ""
    frame = pd.read_parquet(io.BytesIO(served_corpus.ask(href).body))
    assert list(frame["step"]) == list(range(1, 51))
    panel = page.locator(".area-panel")
    for tab, row in TABS.items():
        choose_tab(page, tab)
        files_have_the_rows_that_are_shown(panel, row, served_corpus)
        names_tell_what_the_files_are_of(page)
    page.goto(f"{served_corpus.url}/watch/runs/{RUN}?range=1h")
    files_have_the_points_that_are_drawn(
        page.locator(".area-chart .files >> nth=0"), r"(\d+) points", served_corpus
    )


def files_have_the_rows_that_are_shown(place: Locator, row: str, served: Served) -> None:
    expect(place.locator(row).first).to_be_attached()
    shown = place.locator(row).count()
    for form, read in READERS.items():
        href = place.locator("footer").get_by_text(form, exact=True).first.get_attribute("href")
        assert read(served.ask(href or "").body) == shown, (href, form)


def names_tell_what_the_files_are_of(page: Page) -> None:
    """Who hears a link alone hears its form and its subject, and no two sound the same."""
    files = page.get_by_text(re.compile("^(csv|json|parquet)$")).and_(page.locator("a"))
    names = [link.get_attribute("aria-label") or "" for link in files.all()]
    assert len(names) >= len(READERS)
    for name in names:
        assert re.match(r"(csv|json|parquet), [^\W\d]{2,}", name), name
    assert len(set(names)) == len(names)


def test_sparklines_are_files_of_their_points(served_corpus: Served, open_page: Open) -> None:
    page = open_page(served_corpus.url)
    drawn = page.locator(".run-card polyline").first.get_attribute("points") or ""
    away = page.locator(".area-active .files").last.get_by_text("csv", exact=True)
    href = away.get_attribute("href") or ""
    every = pd.read_csv(io.BytesIO(served_corpus.ask(href).body))
    frame = every[every["run_id"] == every["run_id"][0]]
    assert len(frame) == len(drawn.split())
    heights = [float(point.split(",")[1]) for point in drawn.split()]
    assert frame["equity"].idxmin() == heights.index(max(heights))


def charts_are_an_image(page: Page, name: str, *, has_menu: bool) -> None:
    button = page.locator(f"[data-save='{name}']")
    expect(button).to_be_attached()
    if has_menu:
        save_charts(page)
    with page.expect_download() as waiting:
        button.click()
    assert re.fullmatch(r"[\w.-]+_20260115T183000Z\.png", waiting.value.suggested_filename)
    assert Path(waiting.value.path()).read_bytes().startswith(b"\x89PNG")


def files_have_the_points_that_are_drawn(away: Locator, drawn: str, served: Served) -> None:
    caption = away.locator("xpath=ancestor::div[@class='caption']/span")
    expect(caption).to_contain_text(re.compile(drawn))
    found = re.search(drawn, caption.inner_text())
    assert found
    for form, read in READERS.items():
        href = away.get_by_text(form, exact=True).get_attribute("href")
        assert read(served.ask(href or "").body) == sum(map(int, found.groups())), form


def zoom(page: Page) -> None:
    chart = page.locator(".area-chart canvas").last
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.wheel(0, -240)


def test_a_zoom_is_in_the_url_and_opens_again(served_corpus: Served, open_page: Open) -> None:
    page = open_page(f"{served_corpus.url}/watch/runs/{RUN}")
    expect(page.locator(".area-chart .caption").first).to_contain_text("50 candles")
    steps = page.evaluate("history.length")
    zoom(page)
    expect(page).to_have_url(re.compile(r"\?since=2026-01-15T17.*&until=2026-01-15T18"))
    assert page.evaluate("history.length") == steps
    shown = page.evaluate(RANGE)
    other = open_page(page.url)
    expect(other.locator(".area-chart .caption").first).to_contain_text("candles")
    assert other.evaluate(RANGE) == pytest.approx(shown, abs=1)
    candles = other.locator(".area-chart .saves .files", has_text="candles")
    href = candles.locator("a").first.get_attribute("href") or ""
    frame = pd.read_csv(io.BytesIO(served_corpus.ask(href).body), parse_dates=["time"])
    begin, end = (pd.Timestamp(at, unit="ms", tz="UTC") for at in shown)
    inside = frame[(frame["time"] >= begin) & (frame["time"] <= end)]
    assert 0 < len(inside) < 50
    assert len(frame) - len(inside) <= 2  # the points just outside are drawn as well
    other.locator(".area-range a", has_text="all").click()
    expect(other).to_have_url(f"{served_corpus.url}/watch/runs/{RUN}")


def test_an_alert_leads_to_its_moment(served_corpus: Served, open_page: Open) -> None:
    page = open_page(f"{served_corpus.url}/live/alerts?session_id={SESSION}&hours=24")
    links = page.locator("ul.groups > li .there").first
    at = page.locator("ul.groups > li .when peak-time").first.get_attribute("data-at") or ""
    links.get_by_text("timeline").click()
    expect(page).to_have_url(re.compile(r"/live/execution/.*\?at=2026-01-15T"))
    expect(page.locator(".timeline tbody tr").first).to_be_visible()
    moment = pd.Timestamp(at).timestamp() * 1000
    lines = """() => [...Bokeh.index.query((view) => view.model.type === 'Span')].map(
      (view) => view.model.location)"""
    page.wait_for_function(f"({lines})().includes({moment})")
