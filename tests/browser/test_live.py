"""A dashboard that stays open while its run grows: it moves, and the person's view does not."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.conftest import Open
from browser.growing import GrowingRun
from conftest import Start
from serving import Served

pytestmark = pytest.mark.browser

ENV = {
    "PEAK_TRADE_WEB_UI__AUTO_REFRESH_SECONDS": "0.2",
    "PEAK_TRADE_FRESHNESS__LATE_SECONDS": "1e6",
    "PEAK_TRADE_FRESHNESS__STALE_SECONDS": "1e6",
    "PEAK_TRADE_FRESHNESS__CRASHED_SECONDS": "1e6",
}
"""However slow the machine is, the runs stay live: their pages change with their files alone."""

UPDATES = 5
ROWS = 120

EVENTS = "table.events tbody tr"
SOURCE = """[...Bokeh.documents[0].all_models]
  .find((model) => model.type === "ColumnDataSource" && "equity" in model.data)"""
RANGE = """[...Bokeh.documents[0].all_models]
  .find((model) => model.type === "Range1d" && model.end > 1e11)"""
VIEW = f"() => [{RANGE}.start, {RANGE}.end]"
DOT = """() => [...Bokeh.documents[0].all_models].find((model) => model.type === "GlyphRenderer" &&
  model.glyph.type === "Scatter" && "equity" in model.data_source.data).visible"""
"""Whether the one point of a curve is drawn as a dot."""

RESTED = f"""async (before) => {{
  const frame = () => new Promise(requestAnimationFrame)
  let last = before
  for (let still = 0, left = 100; still < 5 && left; left--, await frame()) {{
    const now = {RANGE}.start
    still = now !== before && now === last ? still + 1 : 0
    last = now
  }}
  return last !== before
}}"""
"""Whether the range left where it began; when it has come to rest, so that all moves are in it."""
TRIES = 10


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("growing")


@pytest.fixture(scope="module")
def served(server: Start, root: Path) -> Served:
    (root / "live_runs").mkdir()
    return server(root, env=ENV)


@pytest.fixture
def growing(root: Path, request: pytest.FixtureRequest) -> GrowingRun:
    return GrowingRun(root, request.node.name, ROWS)


@pytest.fixture
def page(served: Served, growing: GrowingRun, open_page: Open) -> Page:
    opened = open_page(f"{served.url}/watch/runs/{growing.run_id}")
    expect(steps(opened)).to_have_text(f"{ROWS}")
    drawn(opened, ROWS)
    return opened


def steps(page: Page) -> Locator:
    return page.locator(".tile", has=page.get_by_text("Steps", exact=True)).locator(".value")


def drawn(page: Page, points: int) -> None:
    page.wait_for_function(f"(n) => {SOURCE}.data.time.length === n", arg=points)


def update(page: Page, growing: GrowingRun) -> None:
    """Append a row and wait until the page shows it."""
    growing.grow()
    expect(steps(page)).to_have_text(f"{growing.rows}")


def view(page: Page) -> list[float]:
    found: list[float] = page.evaluate(VIEW)
    return found


def start_drag(page: Page) -> None:
    """Take the chart and pull it; a plot that is just laid out anew misses the hand."""
    (x, y), (before, _) = middle(page), view(page)
    for _attempt in range(TRIES):
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 200, y, steps=4)
        if page.evaluate(RESTED, before):
            return
        page.mouse.up()
    raise AssertionError("the chart does not follow the hand")


def middle(page: Page) -> tuple[float, float]:
    box = page.locator(".area-chart canvas").first.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def follows(page: Page) -> bool:
    return page.get_by_role("switch", name="Follow live").is_checked()


def zoom(page: Page) -> list[float]:
    """Turn the wheel over the middle of the chart; return the range when it is at rest."""
    before = view(page)
    page.mouse.move(*middle(page))
    page.mouse.wheel(0, -300)
    page.wait_for_function(f"(end) => {RANGE}.end < end", arg=before[1])
    page.wait_for_function(f"(n) => {SOURCE}.data.time.length < n", arg=ROWS)
    return view(page)


@pytest.mark.both
def test_the_line_grows_by_what_is_new_and_the_range_follows(
    page: Page, growing: GrowingRun
) -> None:
    nothing_is_sent_while_nothing_changes(page)
    before = view(page)
    page.evaluate(f"() => {{ window.peakData = {SOURCE}.data }}")
    for _ in range(3):
        update(page, growing)
    drawn(page, growing.rows)
    assert page.evaluate(f"() => window.peakData === {SOURCE}.data")
    last = page.evaluate(f"() => {SOURCE}.data.equity.at(-1)")
    assert last == growing.equity(growing.rows - 1)
    assert view(page)[1] > before[1]
    first = page.locator(EVENTS).first.locator("td")
    expect(first.nth(1)).to_have_text(f"{growing.equity(growing.rows - 1):,.2f}")
    expect(page.locator(".data-age")).to_contain_text("\N{BLACK CIRCLE} live")


def nothing_is_sent_while_nothing_changes(page: Page) -> None:
    count_changes(page)
    shown = page.locator("#clock").inner_text()
    for _ in range(4):  # seconds, many of the server's periods
        expect(page.locator("#clock")).not_to_have_text(shown)
        shown = page.locator("#clock").inner_text()
    assert page.evaluate(CHANGES) == 0


@pytest.mark.both
def test_a_zoom_stays(page: Page, growing: GrowingRun) -> None:
    zoomed = zoom(page)
    assert not follows(page)
    for _ in range(UPDATES):
        update(page, growing)
        assert view(page) == zoomed
    page.get_by_role("switch", name="Follow live").click()
    page.wait_for_function(f"(end) => {RANGE}.end > end", arg=zoomed[1])
    width = view(page)[1] - view(page)[0]
    assert width == pytest.approx(zoomed[1] - zoomed[0])


def test_a_double_click_shows_all_again(page: Page, growing: GrowingRun) -> None:
    whole = view(page)
    zoom(page)
    page.mouse.dblclick(*middle(page))
    page.wait_for_function(f"(start) => {RANGE}.start <= start", arg=whole[0])
    drawn(page, growing.rows)
    assert follows(page)


@pytest.mark.both
def test_a_drag_is_not_fought(page: Page, growing: GrowingRun) -> None:
    start_drag(page)
    held = view(page)
    update(page, growing)
    assert view(page) == held
    page.mouse.up()
    expect(page.get_by_role("switch", name="Follow live")).not_to_be_checked()
    update(page, growing)
    assert view(page) == held


def test_scroll_and_selection_stay(page: Page, growing: GrowingRun) -> None:
    box = page.locator(".area-panel .scroll")
    page.locator(EVENTS).nth(2).click()
    update(page, growing)
    selected = page.locator(f"{EVENTS}[aria-selected]")
    text = selected.inner_text()
    box.evaluate("(box) => { box.scrollTop = 320 }")
    row = page.locator(EVENTS).nth(12)
    before, place = row.inner_text(), row.bounding_box()
    for _ in range(UPDATES):
        update(page, growing)
    assert row.inner_text() == before
    assert place is not None
    now = row.bounding_box()
    assert now is not None
    assert now["y"] == pytest.approx(place["y"] + 24, abs=25)  # the note that rows wait
    expect(box).to_have_class("scroll short held")
    expect(box).to_have_attribute("data-hold", "newer rows wait above")
    assert selected.inner_text() == text
    box.evaluate("(box) => { box.scrollTop = 0 }")
    newest = page.locator(EVENTS).first.locator("td").nth(1)
    expect(newest).to_have_text(f"{growing.equity(growing.rows - 1):,.2f}")
    assert selected.inner_text() == text


def test_a_hidden_page_is_sent_nothing_and_catches_up(
    page: Page, growing: GrowingRun, open_page: Open
) -> None:
    witness = open_page(page.url)
    expect(steps(witness)).to_have_text(f"{ROWS}")
    see(page, hidden=True)
    update(witness, growing)  # the server hears of it before it answers the witness
    count_changes(page)
    for _ in range(3):
        update(witness, growing)
    assert page.evaluate(CHANGES) == 0
    see(page, hidden=False)
    expect(steps(page)).to_have_text(f"{growing.rows}")
    assert page.evaluate(CHANGES) > 0


CHANGES = "() => window.peakChanges"


def count_changes(page: Page) -> None:
    """Count what the server changes in the page from now on."""
    page.evaluate("""() => {
      window.peakChanges = 0
      Bokeh.documents[0].on_change((event) => { window.peakChanges += event.sync ? 0 : 1 })
    }""")


def see(page: Page, *, hidden: bool) -> None:
    script = """(hidden) => {
      Object.defineProperty(document, "hidden", {configurable: true, get: () => hidden})
      document.dispatchEvent(new Event("visibilitychange"))
    }"""
    page.evaluate(script, hidden)


def test_a_run_without_events_has_no_axes_and_one_event_is_seen(
    root: Path, served: Served, open_page: Open
) -> None:
    run = GrowingRun(root, "begins", 0)
    page = open_page(f"{served.url}/watch/runs/{run.run_id}")
    chart = page.locator(".area-chart")
    expect(chart.locator(".empty")).to_contain_text("Nothing to draw")
    expect(chart.locator("canvas").first).to_be_hidden()
    update(page, run)
    expect(chart.locator(".empty")).to_have_count(0)
    expect(chart.locator("canvas").first).to_be_visible()
    expect(chart.locator(".caption").last).to_contain_text("1 point, 1 drawn")
    assert page.evaluate(DOT)
    update(page, run)
    page.wait_for_function(f"() => !({DOT})()")
