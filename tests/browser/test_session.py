"""The page of a session, on the contract's corpus and on a small tree that changes."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import DESKTOP, GAP, PHONE, Open
from browser.pages import FOOT
from conftest import Start
from contract.tree import NOW, Tree, alert, event
from serving import Served

pytestmark = [pytest.mark.browser]

RUNNING = "session_20260115_181000_shadow_a1b2c3"
LIMITS = "session_20260115_110000_shadow_005"
LIVE = "session_20260115_160000_live_777aaa"
SCRIPT = "session_<script>alert(1)</script>"
QUOTED = 'session_O\'Brien_"quoted"'


def address(served: Served, session_id: str) -> str:
    return f"{served.url}/session/{quote(session_id, safe='')}"


def facts(page: Page) -> dict[str, str]:
    area = page.locator(".area-facts")
    names, values = (area.locator(tag).all_inner_texts() for tag in ("dt", "dd"))
    return dict(zip(names, values, strict=True))


def tile(page: Page, label: str) -> str:
    found = page.locator(".tile", has=page.get_by_text(label, exact=True))
    return found.locator(".value").inner_text()


@pytest.mark.shared
def test_a_dead_session_says_so_and_its_duration_stops(
    served_corpus: Served, open_page: Open
) -> None:
    page = open_page(address(served_corpus, RUNNING))
    expect(page.locator(".data-age")).to_have_text("session \N{MULTIPLICATION X} crashed 18:12")
    assert tile(page, "Duration") == "2 min 35 s"
    assert tile(page, "Realized PnL EUR") == "+12.75"
    assert tile(page, "Max drawdown") == "\N{EM DASH}"
    expect(page.locator(".area-alerts li")).to_have_count(4)
    expect(page.locator(".area-execution")).to_contain_text("events13")
    shown = facts(page)
    assert shown["started"] == "2026-01-15 18:10:00"
    assert shown["environment"] == "kraken_futures_testnet"
    assert (shown["tier"], shown["notes"]) == ("core", "\N{EM DASH}")
    expect(page.locator(".area-config")).to_contain_text("warmup_candles200")
    links = page.locator(".area-execution a, .area-alerts header a")
    hrefs = [link.get_attribute("href") for link in links.all()]
    assert f"/live/execution/{RUNNING}" in hrefs
    assert f"/live/alerts?hours=168&session_id={RUNNING}" in hrefs


@pytest.mark.shared
def test_limits_are_bars_with_words(served_corpus: Served, open_page: Open) -> None:
    page = open_page(address(served_corpus, LIMITS))
    rows = page.locator(".limits li")
    expect(rows).to_have_count(3)
    first = rows.first
    expect(first).to_contain_text("breach")
    expect(first).to_contain_text("512.4 of 500")
    expect(first).to_contain_text("102.5 %")
    bars = page.locator(".limits meter")
    assert [bar.get_attribute("value") for bar in bars.all()] == ["1.0", "0.84", "0.2"]


@pytest.mark.shared
def test_a_live_account_carries_the_warning(served_corpus: Served, open_page: Open) -> None:
    page = open_page(address(served_corpus, LIVE))
    expect(page.locator(".banner")).to_contain_text("live account: watch only")
    expect(page.locator(".banner .mode")).to_have_text("\N{BLACK UP-POINTING TRIANGLE} LIVE")


@pytest.mark.shared
def test_odd_ids_are_deep_links_and_text(served_corpus: Served, open_page: Open) -> None:
    page = open_page(f"{served_corpus.url}/")
    for session_id in (SCRIPT, QUOTED):
        page.locator("td.id a", has=page.get_by_text(session_id, exact=True)).click()
        expect(page).to_have_url(re.compile(re.escape(quote(session_id, safe="")) + "$"))
        expect(page.locator(".heading .id")).to_have_text(session_id)
        assert page.locator(".page script, .page img, .page b").count() == 0
        page.go_back()
        expect(page.locator("table.sessions")).to_be_visible()


@pytest.mark.shared
def test_an_unknown_session_is_404(served_corpus: Served, open_page: Open) -> None:
    answer = served_corpus.ask("/session/a%2Fb")
    assert (answer.status, answer.json) == (404, {"detail": "Session not found: a/b"})
    designed = served_corpus.ask("/session/no%22%3Cb%3Epe", headers={"Accept": "text/html"})
    text = designed.body.decode()
    assert designed.status == 404
    assert "Session not found: no&#34;&lt;b&gt;pe" in text
    home, *searches = re.findall('<a href="([^"]+)">', text)
    assert (home, len(searches)) == ("/", 2)
    for link in searches:
        page = open_page(served_corpus.url + html.unescape(link))
        expect(page.get_by_role("textbox")).to_have_value('"no<b>pe"')
        expect(page.locator("main")).to_contain_text("match")
        page.get_by_role("textbox").fill("shadow")
        page.keyboard.press("Enter")
        expect(page.locator("main table:not(.listed) tbody tr").first).to_be_visible()


@pytest.mark.shared
def test_it_fits_a_phone(served_corpus: Served, open_page: Open) -> None:
    page = open_page(address(served_corpus, RUNNING), viewport=PHONE)
    expect(page.locator(".area-command code")).to_be_visible()
    assert page.evaluate(GAP) == 0


HOSTILE = {"<b>k</b>": "<img src=x onerror=alert(1)>", "deep": {"list": [1, None, {"x": "y"}]}}
LIMIT = {"limit_name": "<i>n</i>", "current_value": "much", "limit_value": None, "ratio": "high"}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    tree = Tree(tmp_path_factory.mktemp("small"))
    tree.run("r_n", [event(step) for step in range(55)])
    record: dict[str, Any] = {
        "status": "started",
        "started_at": "2026-01-15T17:00:00",
        "run_id": "r_n",
    }
    record |= {"config": HOSTILE, "metrics": {"limit_details": [LIMIT]}}
    record |= {"cli_args": ["run", "--secret", "xyzzy", "a b"]}
    tree.session("s/1", **record)
    return tree


@pytest.fixture(scope="module")
def served_small(server: Start, small: Tree) -> Served:
    env = {"PEAK_TRADE_NOW": NOW, "PEAK_TRADE_WEB_UI__AUTO_REFRESH_SECONDS": "0.5"}
    return server(small.root, env=env)


@pytest.fixture
def session(served_small: Served, open_once: Open) -> Page:
    page = open_once(address(served_small, "s/1"))
    expect(page.locator(".heading .id")).to_have_text("s/1")
    return page


def test_values_that_are_no_numbers_are_text(session: Page) -> None:
    limit = session.locator(".limits li")
    expect(limit).to_contain_text("<i>n</i>")
    expect(limit).to_contain_text("much of \N{EM DASH}high")
    assert session.locator(".limits meter").count() == 0
    tree = session.locator(".area-config .tree")
    expect(tree).to_contain_text("<b>k</b><img src=x onerror=alert(1)>")
    assert session.locator(".page img, .page b:not(.readout *)").count() == 0


def test_the_run_is_drawn_and_linked(session: Page) -> None:
    expect(session.locator(".caption")).to_contain_text("55 points")
    expect(session.locator(".area-equity header a")).to_have_attribute("href", "/watch/runs/r_n")
    expect(session.locator(".readout time")).to_contain_text("newest")
    assert session.evaluate(FOOT, "drawdown") <= DESKTOP["height"]


@pytest.mark.shared
def test_tiles_open_what_they_sum_up(session: Page, served_corpus: Served, open_page: Open) -> None:
    tiles = session.locator("a.tile")
    expect(tiles).to_have_count(6)
    hrefs = [tile.get_attribute("href") for tile in tiles.all()]
    run = "/watch/runs/r_n?tab="
    assert hrefs[1:5] == [f"{run}{tab}" for tab in ("closed", "positions", "statistics", "orders")]
    session.locator(".tile", has_text="Risk").click()
    expect(session.locator(".area-risk")).to_be_in_viewport()
    tiles.first.click()
    expect(session.locator(".area-facts")).to_be_in_viewport()
    alone = open_page(address(served_corpus, RUNNING))  # no run of it is known
    alone.locator(".tile", has_text="Max drawdown").click()
    expect(alone.locator(".area-metrics")).to_be_in_viewport()
    expect(alone).to_have_url(re.compile("/session/"))


def test_a_log_over_days_has_their_dates(server: Start, open_page: Open, tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    days = {"one": ("15", "15"), "two": ("14", "15")}
    for name, pair in days.items():
        stamps = [f"2026-01-{day}T1{hour}:00:00+00:00" for hour, day in enumerate(pair)]
        tree.run(name, [event(n, ts_event=stamp) for n, stamp in enumerate(stamps)])
    served = server(tmp_path, env={"PEAK_TRADE_NOW": NOW})
    for name, texts in {
        "one": ["11:00:00", "10:00:00"],
        "two": ["2026-01-15 11:00:00", "2026-01-14 10:00:00"],
    }.items():
        page = open_page(f"{served.url}/watch/runs/{name}")
        cells = page.locator("table.events td:first-child")
        expect(cells).to_have_text(texts)
        cut = "cells => cells.some(cell => cell.scrollWidth > cell.clientWidth)"
        assert not cells.evaluate_all(cut)


def test_the_command_is_copied_without_secrets(session: Page) -> None:
    session.context.grant_permissions(["clipboard-read", "clipboard-write"])
    session.get_by_role("button", name="Copy", exact=True).click()
    expect(session.locator(".command .copy")).to_have_attribute("data-copied", "")
    copied = session.evaluate("() => navigator.clipboard.readText()")
    assert copied == "run --secret '***' 'a b'"
    assert "xyzzy" not in session.content()


def test_an_update_keeps_scroll_and_open_branches(session: Page, small: Tree) -> None:
    branch = session.locator("details", has=session.get_by_text("list", exact=True)).last
    branch.locator("summary").first.click()
    expect(branch).to_have_attribute("open", "")
    session.evaluate("() => scrollTo(0, 300)")
    before = session.evaluate("() => scrollY")
    assert before > 0
    small.alerts("2026-01-15", alert("2026-01-15T18:00:00+00:00", "<u>new</u>", session_id="s/1"))
    expect(session.locator(".area-alerts li")).to_contain_text("<u>new</u>")
    path = small.sessions / "s_1.json"
    record = json.loads(path.read_text())
    small.write(path, json.dumps(record | {"metrics": {"realized_pnl": 7.5}}))
    pnl = session.locator(".tile", has=session.get_by_text("Realized PnL", exact=True))
    expect(pnl.locator(".value")).to_have_text("+7.50")
    expect(branch).to_have_attribute("open", "")
    assert session.evaluate("() => scrollY") == before
