"""What every page has around its content: zone, language, keyboard, title and notes."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from browser.conftest import DESKTOP, GAP, PHONE, Open
from browser.growing import GrowingRun
from browser.pages import ADDRESSES
from conftest import Start
from contract.tree import NOW, Tree, alert, event
from peak_trade import clock
from peak_trade.contract.registry.pages import NAVIGATION
from serving import Served

pytestmark = [pytest.mark.browser]

FOCUSED = """() => {
  let element = document.activeElement
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement
  return element.dataset.send ?? element.textContent
}"""

LABELS = """() => {
    const minutes = [40, 50, 60].map(minute => Date.UTC(2026, 0, 15, 8, minute))
    const axes = [...Bokeh.index.query(view => view.model.type === "DatetimeAxis")]
    return axes[0]?.model.formatter.doFormat(minutes, {loc: 0}).map(label => label.trim())
}"""
"""How the axis of the charts writes three moments."""

NUMBER = """() => {
    const formatter = view => view.model.formatter?.type
    const axes = [...Bokeh.index.query(view => formatter(view) === "NumeralTickFormatter")]
    return axes[0]?.model.formatter.doFormat([1234.5], {loc: 0})[0]
}"""


def fill(root: Path) -> Path:
    for name in ("one", "two"):
        GrowingRun(root, name, 3)
    return root


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory, server: Start) -> Served:
    """A server for tests that change no file."""
    return server(fill(tmp_path_factory.mktemp("still")))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return fill(tmp_path)


@pytest.fixture
def served(root: Path, server: Start) -> Served:
    return server(root)


def warn(root: Path, title: str) -> None:
    """Append a critical alert to the store, as a run does."""
    now = datetime.now(UTC)
    directory = root / "live_runs" / "alerts"
    directory.mkdir(parents=True, exist_ok=True)
    alert = {
        "id": title,
        "title": title,
        "body": "",
        "severity": "CRITICAL",
        "category": "RISK",
        "source": "test",
        "session_id": "<b>s1</b>",
        "timestamp": now.isoformat(),
        "context": {},
        "stored_at": now.isoformat(),
    }
    with (directory / f"alerts_{now:%Y-%m-%d}.jsonl").open("a") as file:
        file.write(json.dumps(alert) + "\n")


@pytest.mark.shared
def test_times_and_axes_are_those_of_the_chosen_zone_with_both_in_the_tooltip(
    served_corpus: Served, open_page: Open
) -> None:
    page = open_page(f"{served_corpus.url}/dashboard", timezone_id="Asia/Tokyo")
    zone, since = page.locator("#zone"), page.locator(".heading peak-time")
    expect(zone).to_have_text("UTC")
    expect(page.locator("#clock")).to_have_text("18:30:00")
    expect(since).to_have_text("15 Jan 17:36")
    page.wait_for_function(f"() => ({LABELS})()")
    assert page.evaluate(LABELS) == ["08:40\n2026-01-15", "08:50", "09:00"]
    zone.click()
    expect(zone).to_have_text("local")
    expect(page.locator("#clock")).to_have_text("03:30:00")
    expect(since).to_have_text("16 Jan 02:36")
    assert page.evaluate(LABELS) == ["17:40\n2026-01-15", "17:50", "18:00"]
    title = since.get_attribute("title") or ""
    assert title.splitlines() == ["2026-01-15 17:36:00 UTC", "2026-01-16 02:36:00 Asia/Tokyo"]
    expect(page).to_have_url(re.compile(r"\?zone=local$"))


@pytest.mark.both
@pytest.mark.shared
def test_axes_and_tiles_have_the_numbers_of_the_language(
    served_corpus: Served, open_page: Open
) -> None:
    page = open_page(f"{served_corpus.url}/dashboard", locale="de-DE")
    page.wait_for_function(f"() => ({NUMBER})() === '1.234,5'")
    expect(page.locator(".tile .value").first).to_have_text(re.compile(r"^\d\.\d{3},\d\d$"))
    page.locator("#language").click()
    page.wait_for_function(f"() => ({NUMBER})() === '1,234.5'")
    expect(page.locator(".tile .value").first).to_have_text(re.compile(r"^\d,\d{3}\.\d\d$"))


@pytest.mark.shared
def test_the_zone_is_in_the_url_and_stays_in_it(served_corpus: Served, open_page: Open) -> None:
    page = open_page(f"{served_corpus.url}/dashboard?zone=local", timezone_id="Asia/Tokyo")
    expect(page.locator("#clock")).to_have_text("03:30:00")
    page.locator(".tabs a", has_text="orders").click()
    expect(page).to_have_url(re.compile(r"[?&]tab=orders&zone=local$"))
    page.locator("#zone").click()
    expect(page).to_have_url(re.compile(r"[?&]tab=orders$"))
    page.go_back()
    expect(page.locator(".tabs a[aria-current]")).to_have_text("events")


def test_the_language_is_chosen_or_that_of_the_browser(still: Served, open_page: Open) -> None:
    page = open_page(f"{still.url}/", locale="de-DE")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.locator("nav [data-go=q]")).to_have_text(
        "Qualit\N{LATIN SMALL LETTER A WITH DIAERESIS}t"
    )
    expect(page.locator("#link")).to_have_text("verbunden")
    page.locator("#language").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("nav [data-go=q]")).to_have_text("Quality")
    page.goto(f"{still.url}/live/alerts")
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_the_keyboard_leads_everywhere(still: Served, open_page: Open) -> None:
    page = open_page(f"{still.url}/dashboard")
    expect(page.locator(".runs a")).to_have_count(2)
    page.keyboard.press("j")
    first = page.evaluate(FOCUSED)
    page.keyboard.press("j")
    assert {first, page.evaluate(FOCUSED)} == {"one", "two"}
    page.keyboard.press("k")
    assert page.evaluate(FOCUSED) == first
    page.keyboard.press("j")
    other = page.evaluate(FOCUSED)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(other)
    page.keyboard.press("/")
    page.keyboard.type("g?one")  # letters, not keys
    expect(page.get_by_label("Search runs")).to_have_value("g?one")
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("a")
    expect(page).to_have_url(f"{still.url}/live/alerts")


def test_space_pauses_and_a_question_mark_lists_the_keys(still: Served, open_page: Open) -> None:
    page = open_page(f"{still.url}/dashboard")
    pause = page.locator("[data-pause]")
    expect(pause).to_have_text("Pause")
    page.keyboard.press("Space")
    expect(pause).to_have_text("Resume")
    keys = page.locator("dialog#keys")
    page.keyboard.press("?")
    expect(keys).to_be_visible()
    expect(keys.locator("dt")).to_have_count(len(NAVIGATION) + 7)
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    page.locator("#help").click()
    expect(keys).to_be_visible()


def test_a_critical_alert_is_told_on_every_page(
    root: Path, served: Served, open_page: Open
) -> None:
    page = open_page(f"{served.url}/about")
    icon, notes = page.locator("link[rel=icon]"), page.locator("#notes p")
    expect(page.locator("#link")).to_have_text("connected")
    expect(page).to_have_title("About - Peak_Trade")
    warn(root, "<img src=x> first")
    expect(notes).to_have_count(1)
    expect(notes).to_contain_text("<img src=x> first")
    expect(notes).to_contain_text("<b>s1</b>")
    expect(page).to_have_title("\N{BLACK UP-POINTING TRIANGLE} About - Peak_Trade")
    expect(icon).to_have_attribute("href", re.compile("icon-error.svg$"))
    warn(root, "second")
    expect(notes.first).to_contain_text("second")
    warn(root, "second")  # again: it is told, and takes no more room
    expect(notes.first).to_contain_text("\N{MULTIPLICATION SIGN}2")
    expect(notes).to_have_count(2)
    notes.first.get_by_role("button").click()
    expect(notes).to_have_count(1)
    notes.locator("a").click()
    expect(page).to_have_url(f"{served.url}/live/alerts?severity=CRITICAL")
    expect(page.locator("#link")).to_have_text("connected")
    expect(page.locator("ul.groups > li")).to_have_count(2)  # equal ones are a group
    expect(notes).to_have_count(0)  # what was there already is no news


def test_the_note_of_an_alert_leads_to_its_moment_in_the_run(
    root: Path, served: Served, open_page: Open
) -> None:
    Tree(root).session("<b>s1</b>", "s1", run_id="one", status="started")
    page = open_page(f"{served.url}/about")
    expect(page.locator("#link")).to_have_text("connected")
    warn(root, "of a run")
    page.locator("#notes p a").click()
    expect(page).to_have_url(re.compile(r"/watch/runs/one\?at="))
    expect(page.locator("h1")).to_have_text("one")


@pytest.mark.shared
def test_a_phone_has_room_for_the_header(served_corpus: Served, open_page: Open) -> None:
    page = open_page(f"{served_corpus.url}/", viewport=PHONE, locale="de-DE")
    expect(page.locator("#link")).to_have_text("verbunden")
    assert page.evaluate(GAP) <= 0
    page.locator("#more").click()
    page.locator("#help").click()
    expect(page.locator("dialog#keys")).to_be_visible()
    assert page.evaluate(GAP) <= 0


@pytest.mark.shared
def test_the_page_that_is_shown_is_in_view_on_a_phone(
    served_corpus: Served, open_page: Open
) -> None:
    page = open_page(served_corpus.url + ADDRESSES["about"], viewport=PHONE, has_touch=True)
    expect(page.locator(".shell nav [aria-current]")).to_be_in_viewport(ratio=1)
    controls = page.locator("#controls")
    expect(controls).to_be_hidden()
    page.locator("#more").tap()
    expect(controls.locator("#zone")).to_be_visible()
    expect(controls.locator("#language")).to_be_visible()


LAST = """() => [...Bokeh.index.query((view) => view.frame)].flatMap((view) =>
  [...view.views.all_views()].filter((one) => one.panel?.side === "right").flatMap((axis) =>
    axis.model.formatter.doFormat(axis.model.ticker.ticks, axis)))"""
"""The last values of all charts."""

OVER = """(parts) => parts.filter((one) => one.scrollWidth > one.clientWidth + 1)
  .map((one) => one.innerText)"""
"""What is wider than its place."""


@pytest.mark.ops
def test_long_numbers_and_long_states_have_their_room(
    tmp_path: Path, server: Start, open_page: Open
) -> None:
    """A quiet market says since when no candle came; an account in coins has eight decimals.

    What has no room on one line is cut in the list of runs alone, and no number anywhere.
    """
    tree, began = Tree(tmp_path), (clock.now() - timedelta(minutes=25)).isoformat()
    coins = {"equity": 0.05031378, "realized_pnl": -0.00031378, "unrealized_pnl": -0.00012345}
    row = event(1) | coins | {"ts_event": began}
    for name in ("coins", "a", "b", "c"):  # beside each other their cards are narrow
        tree.run(name, [row], *row, started_at=began, symbol="ETH/BTC")
    large = {"equity": 1_234_567.89, "realized_pnl": -9_234_567_890.12, "position_size": 98765.4321}
    tree.run("large", [row | large], *row, *large, started_at=began)
    tree.run("symbol", [row], *row, started_at=began, symbol="\u202exy " * 300 + "/EUR")
    tree.session("quiet", run_id="coins", status="started", started_at=began)
    served = server(tmp_path)
    page = open_page(served.url, viewport=DESKTOP)
    expect(page.locator(".run-card peak-age").last).to_contain_text("no candle since")
    for part in (".run-card", ".run-card .line", ".shell .themes", ".shell"):
        assert page.locator(part).evaluate_all(OVER) == [], part
    page.goto(f"{served.url}/watch/runs/coins")
    expect(page.locator(".tile", has_text="Realized").first).to_contain_text("-0.00031378")
    assert page.locator(".tile :is(.value, .label), .shell .themes").evaluate_all(OVER) == []
    page.goto(f"{served.url}/watch/runs/large")
    expect(page.locator(".tile", has_text="Position").first).to_contain_text("98,765.4321")
    assert page.locator(".tile :is(.value, .label), ul.runs").evaluate_all(OVER) == []
    heights = page.locator("ul.runs li").evaluate_all("(all) => all.map((one) => one.offsetHeight)")
    assert len(heights) == 6
    assert max(heights) == min(heights)
    assert {"1,234,567.89", "98,765.4321"} <= set(page.evaluate(LAST))
    page.goto(f"{served.url}/watch/runs/symbol")
    facts = page.locator(".heading > .soft")
    expect(facts).to_contain_text("\\u202exy")  # spelt out: it cannot turn what is beside it
    assert facts.evaluate("(one) => one.offsetHeight") <= 2 * 20


LONG = ("x" * 20_000, "y " * 10_000)
HEIGHT = "() => document.documentElement.scrollHeight"
TELLING = ("/", "/watch", "/watch/runs/r", "/session/s", "/compare?runs=r,other", "/live/alerts")
"""Pages that tell words of artifacts."""


@pytest.mark.ops
def test_no_word_of_an_artifact_is_wider_than_its_page(
    tmp_path: Path, server: Start, open_page: Open
) -> None:
    tree = Tree(tmp_path)
    for name, word in zip(("r", "other"), LONG, strict=True):
        row = event(1, message=word)
        tree.run(name, [row], *row, mode=word, strategy_name=word, symbol=word)
    words = dict.fromkeys(("mode", "env_name", "symbol", "run_type", "notes", "status"), LONG[0])
    tree.session("s", run_id="r", **words)
    tree.alerts(NOW[:10], alert(NOW, LONG[0], category=LONG[1], source=LONG[0]))
    served = server(tmp_path, env={"PEAK_TRADE_NOW": NOW})
    for viewport in (DESKTOP, PHONE):
        page = open_page(served.url, viewport=viewport)
        for path in TELLING:
            page.goto(served.url + path)
            expect(
                page.get_by_text(LONG[0][:4]).or_(page.get_by_text("XXXX")).first
            ).to_be_visible()
            page.wait_for_function(f"() => ({GAP})() === 0 && ({HEIGHT})() < 8_000")
