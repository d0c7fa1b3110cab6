"""A run is judged on its page: statistics, closed trades, books, and why it did not trade."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import Open
from serving import Served

pytestmark = [pytest.mark.browser, pytest.mark.shared]

RUN = "20260115_173600_shadow_ma_crossover_BTC-EUR_1m"


def tab(page: Page, name: str) -> None:
    page.locator(".tabs").get_by_role("link", name=name, exact=True).click()
    expect(page.locator(".tabs [aria-current]")).to_have_text(name)


def test_a_run_is_judged_on_its_page(served_corpus: Served, open_page: Open) -> None:
    page = open_page(f"{served_corpus.url}/watch/runs/{RUN}")
    told = served_corpus.ask(f"/api/v0/runs/{RUN}/statistics").json
    items = {item["label"]: item for item in told["items"]}
    tab(page, "statistics")
    panel = page.locator(".statistics")
    expect(panel).to_contain_text("provisional as of")
    labels = panel.locator("dt").all_inner_texts()
    values = dict(zip(labels, panel.locator("dd").all_inner_texts(), strict=True))
    assert set(items) <= set(values)
    assert values["CAGR"] == f"not enough data: {items['CAGR']['reason']}"
    assert values["Max drawdown"] == f"{items['Max drawdown']['value'] * 100:.2f} %"
    assert values["Sharpe ratio"] == f"{items['Sharpe ratio']['value']:,.2f}"
    expect(panel.locator("polyline").first).to_be_visible()
    underwater = panel.locator(".shape", has=page.get_by_role("heading", name="Underwater"))
    edges = underwater.locator(".edges span")
    expect(edges).to_have_text(["0.00 %", values["Max drawdown"]])
    expect(underwater.locator(".ends peak-time").first).to_contain_text("15 Jan 17:36")
    expect(underwater.locator(".zero")).to_have_count(0)
    rolling = panel.locator(".shape", has=page.get_by_role("heading", name="Rolling Sharpe ratio"))
    expect(rolling.locator(".zero")).to_have_count(1)

    tab(page, "closed trades")
    trades = served_corpus.ask(f"/api/v0/runs/{RUN}/closed_trades").json["rows"]
    rows = page.locator("table.closed tbody tr")
    expect(rows).to_have_count(len(trades))
    page.locator("table.closed th a", has_text="PnL").first.click()
    least = min(trade["pnl"] for trade in trades)
    expect(rows.first).to_contain_text(f"{least:+,.2f}")
    rows.first.locator("a").first.click()
    page.wait_for_url("**at=*")

    page.locator(".tile", has_text="Blocked").click()
    expect(page.locator(".tabs [aria-current]")).to_have_text("why not traded?")
    funnel = served_corpus.ask(f"/api/v0/runs/{RUN}/funnel").json
    expect(page.locator("table.reasons")).to_contain_text(funnel["reasons"][0]["reason"])

    page.locator(".heading a", has_text="books do not add up").click()
    expect(page.locator("table.books")).to_contain_text("equity - start equity")
