"""The telemetry page: on the contract's corpus, and on a directory that fills meanwhile."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import GAP, PHONE, Open
from conftest import Start
from serving import Served

pytestmark = [pytest.mark.browser]

ROWS = "table.logs tbody tr"


@pytest.fixture
def telemetry(served_corpus: Served, open_page: Open) -> Page:
    page = open_page(f"{served_corpus.url}/live/telemetry")
    expect(page.locator(ROWS)).to_have_count(10)
    return page


@pytest.fixture
def still_telemetry(served_corpus: Served, open_once: Open) -> Page:
    """For tests that leave the page as it is."""
    page = open_once(f"{served_corpus.url}/live/telemetry")
    expect(page.locator(ROWS)).to_have_count(10)
    return page


@pytest.mark.shared
def test_gauges_are_the_checks_of_the_route(still_telemetry: Page, served_corpus: Served) -> None:
    health = served_corpus.ask("/api/telemetry/health").json
    gauges = still_telemetry.locator(".gauge")
    assert gauges.locator(".context").all_text_contents() == [
        check["message"] for check in health["checks"]
    ]
    words = [text.lstrip("●◐▲?") for text in gauges.locator(".mark").all_text_contents()]
    assert words == [check["status"] for check in health["checks"]]
    expect(still_telemetry.locator(".tile .value").first).to_have_text(health["status"].upper())
    retention = (
        gauges.nth(1)
        .locator("meter")
        .evaluate_all("all => all.map((m) => (m.value - m.min) / (m.max - m.min))")
    )
    hours = health["checks"][1]["value"]
    assert retention == pytest.approx([1, 1, min((hours - 168) / 120, 1)])


@pytest.mark.shared
def test_logs_lead_to_their_timeline(still_telemetry: Page) -> None:
    links = still_telemetry.locator(f"{ROWS} a")
    for link in links.all():
        assert link.get_attribute("href") == f"/live/execution/{link.inner_text()}"
    compressed = still_telemetry.locator(ROWS, has_text="compressed")
    assert compressed.locator("a").all_text_contents() == ["exec_old_1", "exec_old_2"]
    expect(still_telemetry.locator("header.bar small").first).to_have_text(
        "kept 30 days, 200 sessions, 2,048 MB; compressed after 7 days"
    )


@pytest.mark.shared
def test_trends_are_those_of_the_route(still_telemetry: Page, served_corpus: Served) -> None:
    trends = served_corpus.ask("/api/telemetry/health/trends?days=30").json
    rows = still_telemetry.locator("table.trends tbody tr")
    overall = trends["overall"]
    assert [text.strip() for text in rows.nth(2).locator("td").all_text_contents()][2:5] == [
        str(overall[name]) for name in ("ok_count", "warn_count", "critical_count")
    ]
    expect(rows.nth(1)).to_contain_text(trends["last_7d"]["worst_severity"])
    for reason in trends["degradation"]["reasons"]:
        expect(still_telemetry.locator(".verdict")).to_contain_text(reason)


@pytest.mark.shared
def test_hostile_text_is_text_on_a_phone_too(served_corpus: Served, open_page: Open) -> None:
    page = open_page(f"{served_corpus.url}/live/telemetry", viewport=PHONE)
    note = page.locator("ul.alerts li", has_text="Operator note <b>ö</b>").first
    expect(note).to_be_visible()
    assert page.locator("ul.alerts b").count() == 0
    assert page.evaluate(GAP) == 0


def test_a_new_log_appears_and_the_selection_stays(
    tmp_path: Path, server: Start, open_page: Open
) -> None:
    served = server(tmp_path, env={"PEAK_TRADE_WEB_UI__AUTO_REFRESH_SECONDS": "0.2"})
    page = open_page(f"{served.url}/live/telemetry")
    expect(page.locator(".empty strong").first).to_have_text("No health snapshots")
    expect(page.locator(".area-logs .empty strong")).to_have_text("No telemetry logs")
    logs = tmp_path / "logs" / "execution"
    logs.mkdir(parents=True)
    odd = "a #1 <b>?%.jsonl"
    (logs / odd).write_text(json.dumps({"kind": "intent"}) + "\n")
    row = page.locator(ROWS, has_text="a #1 <b>?%")
    expect(row.locator("a")).to_have_attribute("href", "/live/execution/a%20%231%20%3Cb%3E%3F%25")
    row.locator("td").nth(1).click()
    expect(row).to_have_attribute("aria-selected", "")
    (logs / "newer.jsonl").write_text("{}\n")
    expect(page.locator(ROWS)).to_have_count(2)
    expect(row).to_have_attribute("aria-selected", "")
