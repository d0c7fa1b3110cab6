"""What a page does when its server goes away, comes back, or was never reachable by script."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from browser.growing import GrowingRun
from browser.test_live import VIEW
from conftest import NewContext, Start
from preloaded import Preloaded
from serving import SERVE, Served, answers, clean_environment, find_free_port, wait_until

GREEN = """() => getComputedStyle(document.documentElement).getPropertyValue("--pt-ok")"""

pytestmark = pytest.mark.browser


class Restarted:
    """A server that can be killed and started again at the same address."""

    def __init__(self, root: Path, env: Mapping[str, str] | None = None) -> None:
        self.root = root
        self.env = clean_environment() | dict(env or {})
        self.port = find_free_port()
        self.served = self._start()

    def _start(self) -> Served:
        words = [word.replace("{port}", str(self.port)) for word in SERVE]
        log = self.root / "log"
        process = Preloaded(words, self.root, self.env, log)
        served = Served(process, f"http://127.0.0.1:{self.port}", log)
        wait_until(lambda: process.poll() is not None or answers(served))
        return served

    def kill(self) -> None:
        """End the server without any farewell."""
        self.served.process.kill()
        self.served.process.wait()

    def start(self) -> None:
        """Start it again."""
        self.served = self._start()


@pytest.fixture
def growing(tmp_path: Path) -> GrowingRun:
    GrowingRun(tmp_path, "older", 3)
    return GrowingRun(tmp_path, "newer", 3)


@pytest.fixture
def restarted(tmp_path: Path, growing: GrowingRun) -> Iterator[Restarted]:
    running = Restarted(tmp_path)
    yield running
    running.served.stop()


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Restarted]:
    """One that all tests share which write nothing, and leave it as it was."""
    root = tmp_path_factory.mktemp("standing")
    GrowingRun(root, "older", 3)
    running = Restarted(root)
    yield running
    running.served.stop()


@pytest.fixture
def page(new_context: NewContext) -> Page:
    return new_context().new_page()


@pytest.mark.both
def test_a_lost_connection_is_told_and_mends_itself(
    restarted: Restarted, growing: GrowingRun, page: Page
) -> None:
    page.goto(f"{restarted.served.url}/dashboard?run=older")
    bar, steps = page.locator("#connection"), page.locator(".tile .value").nth(5)
    expect(page.locator("#link")).to_have_text("connected")
    expect(steps).to_have_text("3")
    expect(bar).to_be_hidden()
    chip = page.locator(".data-age peak-age")
    expect(chip).to_have_attribute("data-state", "live")
    shown = page.evaluate(GREEN)
    restarted.kill()
    expect(bar).to_be_visible()
    expect(chip).to_have_attribute("data-state", "unknown")
    expect(chip).to_have_attribute("title", re.compile("^the server does not answer"))
    counted = chip.inner_text()
    expect(chip).not_to_have_text(counted)
    assert page.evaluate(GREEN) != shown
    expect(bar).to_contain_text("Connection lost: what you see is from ")
    expect(page.locator("#link")).to_have_text("disconnected")
    expect(bar).to_contain_text("(3 s)")
    growing.grow()
    restarted.start()
    expect(bar).to_be_hidden()
    expect(page.locator("#link")).to_have_text("connected")
    expect(page).to_have_url(f"{restarted.served.url}/dashboard?run=older")
    expect(page.locator("h1")).to_have_text("older")
    page.locator(".runs a", has_text="newer").first.click()
    expect(steps).to_have_text("4")


@pytest.mark.both
def test_a_zoom_is_kept_over_a_restart(
    restarted: Restarted, growing: GrowingRun, page: Page
) -> None:
    growing.grow(60)
    page.goto(f"{restarted.served.url}/dashboard?run=newer&tab=orders")
    expect(page.locator(".area-chart .caption").last).to_contain_text("63 points")
    box = page.locator(".area-chart canvas").first.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.wheel(0, -240)
    expect(page).to_have_url(re.compile(r"since=.*until=.*tab=orders"))
    address, shown = page.url, page.evaluate(VIEW)
    restarted.kill()
    expect(page.locator("#connection")).to_be_visible()
    growing.grow()
    restarted.start()
    expect(page.locator("#connection")).to_be_hidden()
    expect(page.locator(".tile .value").nth(5)).to_have_text("64")
    expect(page).to_have_url(address)
    assert page.evaluate(VIEW) == pytest.approx(shown, abs=1)
    expect(page.get_by_role("switch", name="Follow live")).not_to_be_checked()


@pytest.mark.ops
def test_many_pages_of_one_browser_take_one_connection_of_the_few_it_has(
    standing: Restarted, new_context: NewContext
) -> None:
    """A browser opens six connections to a server: with one a page, the seventh got none."""
    context = new_context()
    pages = [context.new_page() for _ in range(7)]
    for page in pages:
        page.goto(f"{standing.served.url}/about")
        expect(page.locator("main table").first).to_be_visible()
        expect(page.locator("#link")).to_have_text("connected")
    while len(pages) > 2:
        pages.pop(0).close()  # the one that listened first, and some more
    standing.kill()
    for page in pages:
        expect(page.locator("#connection")).to_be_visible()
    standing.start()
    for page in pages:
        expect(page.locator("#connection")).to_be_hidden()
        expect(page.locator("#link")).to_have_text("connected")


SOCKETS = """
  const Usual = WebSocket
  window.sockets = []
  window.WebSocket = class extends Usual {
    constructor(...given) {
      super(...given)
      sockets.push(this)
    }
  }
"""


@pytest.mark.both
def test_a_page_that_loses_only_its_websocket_is_told_and_mends_itself(
    restarted: Restarted, growing: GrowingRun, page: Page
) -> None:
    """Heartbeats come by another connection; the page stood still and was called connected."""
    page.add_init_script(SOCKETS)
    page.goto(f"{restarted.served.url}/dashboard?run=newer")
    steps = page.locator(".tile .value").nth(5)
    expect(steps).to_have_text("3")
    page.evaluate("sockets[0].close()")
    growing.grow()
    expect(page.locator("#connection")).to_be_visible()
    expect(page.locator("#connection")).to_be_hidden()
    expect(page.locator("#link")).to_have_text("connected")
    expect(steps).to_have_text("4")


LEFT = """
  const since = performance.now.bind(performance)
  performance.now = () => since() + 60000
  addEventListener("beforeunload", () => sockets[0].close())
  const Shared = SharedWorker
  window.SharedWorker = class extends Shared {
    constructor(...given) {
      super(...given)
      this.port.addEventListener("message", () => heard())
    }
  }
"""
"""A page that is open for a minute and loses its websocket when it is to be left; `heard` is called
with each heartbeat."""


def test_a_page_that_is_left_is_not_loaded_again(standing: Restarted, page: Page) -> None:
    """Firefox closes the websocket at once, however long the next page takes to come."""
    held: list[Route] = []
    beats: list[int] = []

    def hold(route: Route) -> None:
        held.append(route)

    def heard() -> None:
        if held:
            beats.append(1)
        if len(beats) == 2:
            held[0].continue_()

    page.expose_function("heard", heard)
    page.add_init_script(SOCKETS + LEFT)
    page.goto(f"{standing.served.url}/about")
    page.wait_for_function("sockets[0]?.readyState === 1")
    page.route("**/quality", hold)
    page.locator("nav a", has_text="Quality").click(no_wait_after=True)
    expect(page).to_have_url(f"{standing.served.url}/quality")
    expect(page.locator("#link")).to_have_text("connected")
    assert len(beats) >= 2


def test_silence_is_told_as_well(standing: Restarted, page: Page) -> None:
    """A server that hangs keeps its sockets open: nothing fails, nothing comes."""
    page.goto(f"{standing.served.url}/")
    expect(page.locator("#link")).to_have_text("connected")
    bar = page.locator("#connection")
    standing.served.process.send_signal(19)  # SIGSTOP
    expect(bar).to_be_visible()
    standing.served.process.send_signal(18)  # SIGCONT
    expect(bar).to_be_hidden()
    expect(page.locator("#link")).to_have_text("connected")


LATE = """
  let late = 0
  const now = performance.now.bind(performance)
  performance.now = () => now() + late
  document.addEventListener("readystatechange", () => { late = 10000 })
"""
"""Ten seconds pass between the scripts of a page and the end of its document."""


@pytest.mark.parametrize("shared", ["", "delete window.SharedWorker"], ids=["shared", "own"])
def test_a_slow_document_is_no_lost_connection(
    standing: Restarted, page: Page, shared: str
) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.add_init_script(LATE + shared)
    page.goto(f"{standing.served.url}/about")
    expect(page.locator("#link")).to_have_text("connected")
    expect(page.locator("#connection")).to_be_hidden()
    assert errors == []


def test_without_scripts_the_page_says_where_to_look(
    standing: Restarted, new_context: NewContext
) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"{standing.served.url}/watch/runs/older")
    link = page.get_by_role("link", name="Status as a plain page")
    expect(link).to_be_visible()
    link.click()
    expect(page).to_have_url(f"{standing.served.url}/api/live/status/snapshot.html")
    expect(page.locator("body")).to_contain_text("Live Sessions")


DIRECTORIES = {
    "/": (".area-sessions", "sessions"),
    "/watch": (".area-runs", "runs"),
    "/dashboard": (".area-heading", "runs"),
    "/compare": (".area-runs", "runs"),
    "/live/alerts": (".area-groups", "alerts"),
    "/live/telemetry": (".area-logs", "telemetry"),
    "/live/execution/none": (".area-tiles", "telemetry"),
    "/quality": (".area-runs", "runs"),
}
"""Pages with nothing to show: where they say so, and the setting of the directory they name."""


def test_a_page_with_nothing_to_show_names_the_directory(
    tmp_path: Path, server: Start, page: Page
) -> None:
    odd = "<b>%s"
    names = {name: f"{odd}/{name}" for name in ("runs", "sessions", "alerts", "telemetry")}
    served = server(
        tmp_path,
        env={
            "PEAK_TRADE_SHADOW_PAPER_LOGGING__BASE_DIR": names["runs"],
            "PEAK_TRADE_DASHBOARD__SESSIONS_DIR": names["sessions"],
            "PEAK_TRADE_DASHBOARD__ALERTS_DIR": names["alerts"],
            "PEAK_TRADE_DASHBOARD__TELEMETRY_DIR": names["telemetry"],
        },
    )
    for path, (area, name) in DIRECTORIES.items():
        page.goto(f"{served.url}{path}")
        told = page.locator(f"{area} .empty").first
        expect(told).to_contain_text(f"Looked for in {tmp_path.resolve() / names[name]}")


FILLED = "([chart, area]) => chart.clientWidth > 0.9 * area.clientWidth"
"""A chart that was not there is as wide as its place once there is something to draw."""


def test_nothing_at_all_is_told_calmly(tmp_path: Path, server: Start, page: Page) -> None:
    served = server(tmp_path)
    page.goto(f"{served.url}/")
    expect(page.locator(".area-active .empty")).to_contain_text("No run is open")
    expect(page.locator(".area-sessions .empty")).to_contain_text("No sessions yet")
    expect(page.locator(".area-sessions code")).to_have_text("make demo")
    page.goto(f"{served.url}/compare")
    expect(page.locator(".area-runs .empty")).to_contain_text("No runs yet")
    page.goto(f"{served.url}/dashboard")
    expect(page.locator(".heading, .area-heading .empty")).to_contain_text("No run to show")
    expect(page.locator(".area-runs .empty")).to_contain_text("No runs yet")
    for place in ("chart", "follow", "find", "panel"):
        expect(page.locator(f".area-{place}")).to_be_hidden()
    GrowingRun(tmp_path, "first", 2)
    expect(page.locator("h1")).to_have_text("first")
    expect(page.locator(".area-runs .id")).to_have_text("first")
    chart, area = page.locator(".area-chart canvas").first, page.locator(".area-chart")
    expect(chart).to_be_visible()
    page.wait_for_function(FILLED, arg=[chart.element_handle(), area.element_handle()])


SLOW = """(() => {
  const now = performance.now.bind(performance)
  performance.now = () => now() + (document.readyState === "loading" ? 0 : 60000)
})()"""
"""A minute passes between the first script and the end of the document."""


def test_a_page_that_takes_long_to_load_connects(standing: Restarted, page: Page) -> None:
    page.add_init_script(SLOW)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(standing.served.url)
    expect(page.locator("#link")).to_have_attribute("data-state", "connected")
    assert errors == []
