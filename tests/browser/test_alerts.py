"""The alerts page: on the contract's corpus, and on a store that gets alerts meanwhile."""

from __future__ import annotations

import json
import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import GAP, PHONE, Open
from conftest import Start
from serving import Served

pytestmark = [pytest.mark.browser]

GROUPS = "ul.groups > li"
TITLE = ".what summary strong"
FRAME = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
SESSION = "s/1 <b>"
NOW = datetime(2026, 1, 15, 18, 30, tzinfo=UTC)


@pytest.fixture
def alerts(served_corpus: Served, open_once: Open) -> Page:
    page = open_once(f"{served_corpus.url}/live/alerts")
    expect(page.locator(GROUPS)).to_have_count(11)
    return page


def tile(page: Page, label: str) -> str:
    found = page.locator(".tile", has=page.get_by_text(label, exact=True))
    return found.locator(".value").inner_text()


@pytest.mark.shared
def test_it_shows_what_the_route_gives(alerts: Page, served_corpus: Served) -> None:
    stats = served_corpus.ask("/api/live/alerts/stats").json
    listed = served_corpus.ask("/api/live/alerts").json["alerts"]
    assert [tile(alerts, label) for label in ("Critical", "Warnings", "Information")] == [
        str(stats["by_severity"][name]) for name in ("CRITICAL", "WARN", "INFO")
    ]
    groups: dict[tuple[str, ...], Any] = {}
    for alert in listed:
        kind = (re.sub(r"\d+", "#", alert["title"]), alert["source"], str(alert["session_id"]))
        groups.setdefault((*kind, alert["severity"]), alert)
    rows = alerts.locator(GROUPS)
    titles = [re.sub(r"\d+(\.\.\d+)?", "#", text) for text in rows.locator(TITLE).all_inner_texts()]
    assert titles == [title for title, *_ in groups]
    assert "Heartbeat 0..5" in rows.locator(TITLE).all_inner_texts()
    moments = rows.locator(".when peak-time").evaluate_all("all => all.map((at) => at.dataset.at)")
    assert [datetime.fromisoformat(moment) for moment in moments] == [
        datetime.fromisoformat(alert["timestamp"]) for alert in groups.values()
    ]
    runbooks = rows.locator("a[target=_blank]")
    wanted = [book["url"] for alert in groups.values() for book in alert["runbooks"]]
    assert runbooks.evaluate_all("links => links.map((link) => link.href)") == wanted
    assert set(runbooks.evaluate_all("all => all.map((a) => a.rel)")) == {"noopener noreferrer"}
    newest = alerts.locator(".tile", has_text="All alerts").locator(".context")
    expect(newest).to_have_text(re.compile("match, newest 5 min$"))
    assert alerts.evaluate("document.querySelectorAll('script[src*=alert]').length") == 0


@pytest.mark.shared
def test_filters_are_in_the_url_and_back_works(alerts: Page) -> None:
    start = alerts.url
    severities = alerts.get_by_label("Filter by severity")
    severities.get_by_role("link", name="warn").click()
    expect(alerts).to_have_url(f"{start}?severity=WARN")
    expect(alerts.locator(GROUPS)).to_have_count(5)
    severities.get_by_role("link", name="critical").click()
    expect(alerts).to_have_url(f"{start}?severity=WARN&severity=CRITICAL")
    expect(alerts.locator(GROUPS)).to_have_count(7)
    expect(severities.locator("[aria-current]")).to_have_text(["warn5", "critical2"])
    alerts.get_by_label("Filter by window").get_by_role("link", name="2 h").first.click()
    expect(alerts.locator(GROUPS)).to_have_count(5)
    field = alerts.get_by_label("Session id, exact")
    field.fill("session_20260115_110000_shadow_005")
    field.press("Enter")
    expect(alerts.locator(GROUPS)).to_have_count(1)
    alerts.go_back()
    expect(alerts.locator(GROUPS)).to_have_count(5)
    expect(field).to_have_value("")
    alerts.go_back()
    expect(alerts.locator(GROUPS)).to_have_count(7)
    alerts.go_back()
    expect(alerts).to_have_url(f"{start}?severity=WARN")
    expect(severities.locator("[aria-current]")).to_have_text(["warn5"])
    expect(alerts.locator(GROUPS)).to_have_count(5)
    severities.get_by_role("link", name="all").click()
    expect(alerts).to_have_url(start)
    expect(alerts.locator(GROUPS)).to_have_count(11)


@pytest.mark.shared
def test_the_url_opens_filtered(served_corpus: Served, open_page: Open) -> None:
    odd = "session_<script>alert(1)</script>"
    query = f"hours=48&category=system&category=risk&session_id={quote(odd, safe='')}"
    page = open_page(f"{served_corpus.url}/live/alerts?{query}", viewport=PHONE)
    expect(page.locator(GROUPS)).to_have_count(1)
    expect(page.locator(TITLE)).to_have_text("<script>alert('xss')</script>")
    expect(page.get_by_label("Session id, exact")).to_have_value(odd)
    page.locator(f"{GROUPS} summary").click()
    expect(page.get_by_role("link", name=odd).last).to_have_attribute(
        "href", f"/session/{quote(odd, safe='')}"
    )
    assert page.evaluate(GAP) == 0


@pytest.mark.shared
def test_bad_parameters_are_refused(served_corpus: Served) -> None:
    for query in ("hours=0", "hours=169", "limit=501", "hours=x"):
        answer = served_corpus.ask(f"/live/alerts?{query}")
        assert answer.status == 422
        asked = served_corpus.ask(f"/api/live/alerts?{query}")
        assert answer.json == asked.json


class Store:
    """A server on a tree of its own, and the process that writes alerts there."""

    def __init__(self, root: Path, server: Start) -> None:
        self.directory = root / "live_runs" / "alerts"
        settings = {"PEAK_TRADE_NOW": NOW.isoformat()}
        self.served = server(
            root, env={**settings, "PEAK_TRADE_WEB_UI__AUTO_REFRESH_SECONDS": "0.2"}
        )

    def write(self, minutes: int, **keys: Any) -> None:
        """Store an alert of some minutes ago."""
        self.directory.mkdir(parents=True, exist_ok=True)
        moment = NOW - timedelta(minutes=minutes)
        alert = {"title": "again", "source": "s", "category": "RISK", "session_id": SESSION}
        alert |= {"severity": "WARN", "timestamp": moment.isoformat()}
        with (self.directory / f"alerts_{moment:%Y-%m-%d}.jsonl").open("a") as file:
            file.write(json.dumps(alert | keys) + "\n")


@pytest.fixture(scope="module")
def served_store(tmp_path_factory: pytest.TempPathFactory, server: Start) -> Store:
    return Store(tmp_path_factory.mktemp("store"), server)


@pytest.fixture
def store(served_store: Store) -> Store:
    """The store, without any file yet."""
    shutil.rmtree(served_store.directory, ignore_errors=True)
    return served_store


def test_no_store_is_told_from_quiet_and_both_end(store: Store, open_page: Open) -> None:
    page = open_page(f"{store.served.url}/live/alerts")
    expect(page.locator(".empty strong")).to_have_text("No alert store yet")
    store.write(60 * 30)
    expect(page.locator(".empty strong")).to_have_text("All quiet")
    store.write(1)
    expect(page.locator(GROUPS)).to_have_count(1)


def test_alerts_that_differ_in_numbers_alone_are_one_line_that_says_so(
    store: Store, open_page: Open
) -> None:
    for minutes, number in ((5, 10), (4, 2), (3, 9)):
        store.write(minutes, title=f"Heartbeat {number} of 10", body=f"beat {number}")
    page = open_page(f"{store.served.url}/live/alerts")
    row = page.locator(GROUPS)
    expect(row.locator("strong").first).to_have_text("Heartbeat 2..10 of 10")
    expect(row).to_have_count(1)
    expect(row.get_by_text("beat 9", exact=True)).to_be_hidden()
    row.locator("summary").click()
    expect(row.get_by_text("beat 9", exact=True)).to_be_visible()


def test_equal_alerts_are_one_row_that_keeps_its_place(store: Store, open_page: Open) -> None:
    links = [{"title": "bad", "url": "javascript:alert(1)"}, {"title": "good", "url": "http://x/"}]
    for minutes in range(60, 30, -1):
        filler = f"filler {chr(minutes + 36)}"
        store.write(minutes, title=filler, context={"runbooks": links})
    store.write(90)
    page = open_page(f"{store.served.url}/live/alerts")
    again = page.locator(GROUPS, has_text="again")
    expect(page.locator(GROUPS)).to_have_count(31)
    first = page.locator(GROUPS).first
    assert first.locator("a[target=_blank]").all_text_contents() == ["\N{NORTH EAST ARROW} good"]
    again.locator(".when").click()
    expect(again).to_have_attribute("aria-selected", "")
    page.evaluate("scrollTo(0, 500)")
    scrolled = page.evaluate("scrollY")
    for minutes in (75, 61):
        store.write(minutes)
    expect(again.locator(".often")).to_contain_text("first 15 Jan 17:00")
    expect(again.locator(".often strong")).to_have_text("\N{MULTIPLICATION SIGN} 3")
    expect(again.locator(".often .mark")).to_contain_text("flapping")
    expect(again).to_have_attribute("aria-selected", "")
    page.evaluate(FRAME)
    assert page.evaluate("scrollY") == scrolled
