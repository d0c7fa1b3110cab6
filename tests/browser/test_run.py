"""The live dashboard on the contract's corpus."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import Open
from serving import Served

pytestmark = [pytest.mark.browser, pytest.mark.shared]

NEWEST = "20260115_173600_shadow_ma_crossover_BTC-EUR_1m"
HOSTILE = "20260115_163000_shadow_<img_src=x_onerror=alert(1)>_BTC-EUR_1m"
UMLAUTS = "20260115_164000_paper_Überläufer_Größe_ÖRE-EUR_1m"
BLOCKED = "20260115_150000_shadow_scalper_BTC-EUR_1m"
LONG = "20260108_000000_paper_long_runner_ETH-EUR_1m"
WITHOUT_EVENTS = "20260114_090000_paper_ma_crossover_SOL-EUR_1m"

EVENTS = "table.events tbody tr"
POINTS = """() => [...Bokeh.documents[0].all_models]
  .find((model) => model.type === "ColumnDataSource" && "equity" in model.data)
  .data.time.length"""


@pytest.fixture
def dashboard(served_corpus: Served, open_page: Open) -> Page:
    page = open_page(f"{served_corpus.url}/dashboard")
    expect(page.locator("h1")).to_have_text("ma_crossover")
    return page


@pytest.fixture
def still_dashboard(served_corpus: Served, open_once: Open) -> Page:
    """For tests that leave the page as it is."""
    page = open_once(f"{served_corpus.url}/dashboard")
    expect(page.locator("h1")).to_have_text("ma_crossover")
    return page


@pytest.fixture
def any_dashboard(served_corpus: Served, open_once: Open) -> Page:
    """For tests that choose run and tab themselves, whatever is shown."""
    page = open_once(f"{served_corpus.url}/dashboard?tab=orders")
    expect(page.locator("h1")).not_to_be_empty()
    return page


def tiles(page: Page) -> dict[str, str]:
    labels = page.locator(".tile .label").all_inner_texts()
    return dict(zip(labels, page.locator(".tile .value").all_inner_texts(), strict=True))


def run(page: Page, run_id: str) -> None:
    page.locator(".runs a", has=page.get_by_text(run_id, exact=True)).click()


def tab(page: Page, name: str) -> None:
    page.locator(".tabs").get_by_role("link", name=name, exact=True).click()
    expect(page.locator(".tabs [aria-current]")).to_have_text(name)


def test_the_newest_run_is_shown_at_start(still_dashboard: Page, served_corpus: Served) -> None:
    snapshot = served_corpus.ask(f"/runs/{NEWEST}/snapshot").json
    assert tiles(still_dashboard) == {
        "Equity EUR": f"{snapshot['equity']:,.2f}",
        "Realized PnL EUR": f"{snapshot['realized_pnl']:+.2f}",
        "Unrealized PnL EUR": f"{snapshot['unrealized_pnl']:+}",
        "Drawdown": f"{snapshot['drawdown']:.2%}".replace("%", " %"),
        "Position BTC": "0.04",
        "Steps": "50",
        "Orders": "9",
        "Blocked": "2",
    }
    expect(still_dashboard.locator(".runs [aria-current] .id")).to_have_text(NEWEST)
    expect(still_dashboard.locator(".heading")).to_contain_text("BTC/EUR \N{MIDDLE DOT} 1m")
    expect(still_dashboard.locator(".data-age")).to_have_text("data \N{WHITE CIRCLE} stale 4 min")


def test_events_and_alerts(any_dashboard: Page, served_corpus: Served) -> None:
    tail = served_corpus.ask(f"/runs/{NEWEST}/tail?limit=50").json
    run(any_dashboard, NEWEST)
    tab(any_dashboard, "events")
    rows = any_dashboard.locator(EVENTS)
    expect(rows).to_have_count(len(tail))
    first = [text.strip() for text in rows.first.locator("td").all_text_contents()]
    newest = tail[-1]
    assert first[0] == newest["ts_bar"][11:19]
    assert first[1] == f"{newest['equity']:,.2f}"
    tab(any_dashboard, "alerts")
    alerts = served_corpus.ask(f"/runs/{NEWEST}/alerts").json
    expect(any_dashboard.locator("ul.alerts li")).to_have_count(len(alerts))
    shown = any_dashboard.locator("ul.alerts li p").all_inner_texts()
    assert shown == [alert["message"] for alert in alerts]


def test_the_line_says_what_is_drawn(any_dashboard: Page) -> None:
    run(any_dashboard, NEWEST)
    caption = any_dashboard.locator(".area-chart .caption").last
    expect(caption).to_contain_text("50 points, 50 drawn, extremes kept")
    assert any_dashboard.evaluate(POINTS) == 50
    run(any_dashboard, LONG)
    expect(caption).to_contain_text(re.compile(r"10,0\d\d points, \d{3} drawn"))
    assert any_dashboard.evaluate(POINTS) <= 1002


def test_choosing_a_run_puts_it_into_the_url(dashboard: Page) -> None:
    start = dashboard.url
    run(dashboard, BLOCKED)
    expect(dashboard.locator("h1")).to_have_text("scalper")
    expect(dashboard).to_have_url(f"{start}?run={BLOCKED}")
    assert tiles(dashboard)["Blocked"] == "7"
    expect(dashboard.locator("td:nth-child(7) [data-level=warn]").first).to_contain_text(
        "\N{CIRCLED TIMES}"
    )
    dashboard.go_back()
    expect(dashboard.locator("h1")).to_have_text("ma_crossover")
    dashboard.go_forward()
    dashboard.reload()
    expect(dashboard.locator("h1")).to_have_text("scalper")


def test_a_deep_link_selects_the_run(served_corpus: Served, open_page: Open) -> None:
    page = open_page("about:blank")
    for run_id in (HOSTILE, UMLAUTS):
        page.goto(f"{served_corpus.url}/watch/runs/{quote(run_id, safe='')}")
        expect(page.locator(".heading .id")).to_have_text(run_id)
        expect(page.locator(".runs [aria-current] .id")).to_have_text(run_id)
        assert page.locator("img").count() == 0
    run(page, NEWEST)
    expect(page.locator("h1")).to_have_text("ma_crossover")
    expect(page).to_have_url(f"{served_corpus.url}/watch/runs/{NEWEST}")


def test_an_alert_with_markup_is_text(any_dashboard: Page) -> None:
    run(any_dashboard, "20260115_160000_shadow_bollinger_XRP-EUR_5m")
    tab(any_dashboard, "alerts")
    markup = '<img src=x onerror=alert(1)> & "quotes"'
    expect(any_dashboard.locator("ul.alerts li p", has_text="onerror")).to_have_text(markup)


def test_the_search_keeps_what_matches(dashboard: Page, served_corpus: Served) -> None:
    foot = dashboard.locator(".area-runs .foot")
    expect(dashboard.locator(".runs li")).to_have_count(50)
    expect(foot.locator("span").first).to_have_text("50 of 55")
    dashboard.get_by_label("Search runs").fill("paper ÖRE")
    expect(dashboard.locator(".runs .id")).to_have_text([UMLAUTS])
    dashboard.get_by_label("Search runs").fill("mode:paper -symbol:BTC*")
    away = foot.get_by_text("json")
    expect(away).to_have_attribute("href", re.compile(r"\?q=mode%3Apaper%20-symbol%3ABTC%2A&"))
    listed = served_corpus.ask(away.get_attribute("href") or "").json["rows"]
    expect(dashboard.locator(".runs .id")).to_have_text([run["run"] for run in listed])
    dashboard.get_by_label("Search runs").fill("orders<0")
    expect(dashboard.locator(".area-runs .fault")).to_contain_text("orders")
    dashboard.get_by_label("Search runs").fill("no such run")
    expect(dashboard.locator(".area-runs .empty")).to_contain_text("None of 55 runs matches.")
    expect(dashboard.locator("h1")).to_have_text("ma_crossover")


def test_what_is_not_there_is_a_dash(any_dashboard: Page) -> None:
    run(any_dashboard, WITHOUT_EVENTS)
    expect(any_dashboard.locator(".area-chart .caption").last).to_contain_text(
        "no event has an equity"
    )
    assert tiles(any_dashboard)["Equity EUR"] == "\N{EM DASH}"
    assert tiles(any_dashboard)["Drawdown"] == "\N{EM DASH}"
    tab(any_dashboard, "alerts")
    nothing = "Nothing was raised by the run's alert rules, nor by the platform."
    expect(any_dashboard.locator(".area-panel .empty")).to_contain_text(nothing)


def test_a_run_that_is_not_there(served_corpus: Served, open_page: Open) -> None:
    page = open_page(f"{served_corpus.url}/dashboard?run={quote('<b>gone</b>')}")
    expect(page.locator(".problem")).to_contain_text("Run not found: <b>gone</b>")
    run(page, NEWEST)
    expect(page.locator("h1")).to_have_text("ma_crossover")


def test_each_state_has_its_word(still_dashboard: Page) -> None:
    chips = still_dashboard.locator(".runs peak-age").all_inner_texts()
    assert chips[0] == "\N{WHITE CIRCLE} stale 4 min"
    assert chips[1] == "\N{WHITE CIRCLE} stale 10 min"
    assert "\N{BLACK SQUARE} ended 17:00" in chips
    assert "\N{BLACK SQUARE} ended 14 Jan" in chips
    assert any(chip.startswith("\N{MULTIPLICATION X} crashed") for chip in chips)
