"""The data quality page, its route, and what of the console leads there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from browser.conftest import GAP, PHONE, Open
from browser.growing import GrowingRun
from conftest import Start
from serving import Served

pytestmark = [pytest.mark.browser]

FAULTS = "table.faults tbody tr"
READ_ERRORS = "table.read-errors tbody tr"


@pytest.mark.shared
def test_page_and_route_say_the_same(served_corpus: Served, open_page: Open) -> None:
    page = open_page(f"{served_corpus.url}/quality")
    expect(page.locator(FAULTS)).to_have_count(2)
    found = served_corpus.ask("/api/v0/quality").json
    expect(page.locator(".tile .value").first).to_have_text(str(found["read_errors"]))
    expect(page.locator(READ_ERRORS)).to_have_count(len(found["examples"]))
    kinds = page.locator("table.kinds tbody tr td:first-child").all_text_contents()
    assert kinds == [kind["kind"].replace("_", " ") for kind in found["kinds"]]
    runs = page.locator(f"{FAULTS} a").all_text_contents()
    assert runs == [run["run_id"] for run in found["runs"]]
    torn = page.locator(READ_ERRORS, has_text="torn_meta")
    expect(torn).to_contain_text("whole file")
    expect(page.locator(".data-age")).to_contain_text("warn")


@pytest.mark.shared
def test_the_console_leads_to_what_it_sums_up(served_corpus: Served, open_page: Open) -> None:
    page = open_page(f"{served_corpus.url}/")
    panels = page.locator(".panels a:not(.plain)")
    snapshot = served_corpus.ask("/api/live/status/snapshot.json").json["panels"]
    expect(panels).to_have_count(len(snapshot))
    words = {panel["title"]: panel["status"] for panel in snapshot}
    words |= {"Alerts": "error", "Live Sessions": "error"}  # a critical alert, a crashed session
    for title, word in words.items():
        expect(panels.filter(has_text=title).locator(".mark")).to_contain_text(word)
    expect(panels.filter(has_text="Telemetry")).to_have_attribute("href", "/live/telemetry")
    critical = page.locator("a.tile", has_text="Critical alerts")
    expect(critical).to_have_attribute("href", "/live/alerts?severity=CRITICAL")
    page.locator("a.tile", has_text="Read errors").click()
    expect(page).to_have_url(f"{served_corpus.url}/quality")
    page.go_back()
    critical.click()
    expect(page.locator("ul.groups > li")).to_have_count(2)


def test_it_follows_what_is_written(tmp_path: Path, server: Start, open_page: Open) -> None:
    hostile = "<img src=x onerror=alert(1)> 1%"
    run = GrowingRun(tmp_path, hostile, rows=3)
    served = server(tmp_path, env={"PEAK_TRADE_WEB_UI__AUTO_REFRESH_SECONDS": "0.2"})
    page = open_page(f"{served.url}/quality", viewport=PHONE)
    expect(page.locator(".area-runs .empty strong")).to_have_text("No row is at fault")
    expect(page.locator(".area-kinds .empty strong")).to_have_text("No read errors")
    run.rows += 5
    run.grow()
    row = page.locator(FAULTS, has_text=hostile)
    expect(row.locator("td").nth(3)).to_have_text("5")
    href = "/watch/runs/%3Cimg%20src%3Dx%20onerror%3Dalert%281%29%3E%201%25"
    expect(row.locator("a")).to_have_attribute("href", href)
    row.locator("td").nth(1).click()
    expect(row).to_have_attribute("aria-selected", "")
    with (run.directory / "alerts.jsonl").open("w") as file:
        file.write(json.dumps([1]) + "\n")
    expect(page.locator(READ_ERRORS)).to_contain_text(["not an object"])
    expect(row).to_have_attribute("aria-selected", "")
    assert page.evaluate(GAP) == 0
