"""Charts and tabs of one run."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import DESKTOP, Open
from browser.growing import GrowingRun
from browser.pages import FOOT, save_charts
from conftest import Start
from serving import Served

pytestmark = [pytest.mark.browser, pytest.mark.shared]

TRADED = "20260115_150000_shadow_scalper_BTC-EUR_1m"
LONG = "20260108_000000_paper_long_runner_ETH-EUR_1m"
ROWS = ".area-panel tbody tr"
CANDLES = """() => [...Bokeh.documents[0].all_models]
  .filter((model) => model.type === "ColumnDataSource" && "high" in model.data)
  .reduce((sum, model) => sum + model.data.high.length, 0)"""


@pytest.fixture
def run(served_corpus: Served, open_once: Open) -> Page:
    page = open_once(f"{served_corpus.url}/watch/runs/{TRADED}?tab=trades")
    expect(page.locator("h1")).to_have_text("scalper")
    return page


def tab(page: Page, name: str) -> None:
    page.locator(".tabs").get_by_role("link", name=name, exact=True).click()
    expect(page.locator(".tabs [aria-current]")).to_have_text(name)


def test_candles_and_what_is_on_them(run: Page) -> None:
    caption = run.locator(".area-chart .caption").first
    expect(caption).to_contain_text("30 candles, 30 drawn")
    expect(caption).to_contain_text("fills 3")
    expect(caption).to_contain_text("blocked 7")
    assert run.evaluate(CANDLES) == 30


def test_all_charts_and_the_axis_of_time_are_above_the_fold(
    served_corpus: Served, open_page: Open
) -> None:
    page = open_page(f"{served_corpus.url}/watch/runs/{LONG}")
    expect(page.locator(".readout time")).to_contain_text("newest")
    assert page.evaluate(FOOT, "drawdown") <= DESKTOP["height"]


def test_the_tab_is_in_the_url(run: Page, served_corpus: Served) -> None:
    trades = served_corpus.ask(f"/api/v0/runs/{TRADED}/trades").json["rows"]
    ids = run.locator(f"{ROWS} td:last-child")
    expect(ids).to_have_text([row["order_id"] or "\N{EM DASH}" for row in trades[::-1]])
    tab(run, "orders")
    orders = served_corpus.ask(f"/api/v0/runs/{TRADED}/orders?limit=200").json["items"]
    expect(run.locator(f"{ROWS} td:nth-child(6)")).to_have_text(
        [f"{row['orders_blocked']}" for row in orders[::-1][:50]]
    )
    run.go_back()
    expect(run.locator(".tabs [aria-current]")).to_have_text("trades")
    expect(ids).to_have_count(len(trades))


def test_the_log_is_filtered_by_level_and_words(run: Page) -> None:
    tab(run, "events")
    expect(run.locator(ROWS)).to_have_count(30)
    run.get_by_role("link", name="warning", exact=True).click()
    expect(run.locator(ROWS)).to_have_count(7)
    run.get_by_label("Search events").fill("step=29")
    expect(run.locator(ROWS)).to_have_count(1)
    assert "level=warning" in run.url
    run.reload()
    expect(run.locator(ROWS)).to_have_count(1)


def test_meta_hides_nothing_but_secrets(run: Page) -> None:
    tab(run, "meta")
    expect(run.locator(".meta dd").nth(1)).to_have_text("scalper")
    expect(run.locator(".meta .tree")).to_contain_text("blocked")


def test_a_range_shows_the_end_of_the_run(served_corpus: Served, open_page: Open) -> None:
    page = open_page(f"{served_corpus.url}/dashboard?run={LONG}&range=1h")
    expect(page.locator(".area-chart .caption").first).to_contain_text("61 candles, 61 drawn")
    page.locator(".area-range a", has_text="all").click()
    merged = page.locator(".area-chart .caption").first
    expect(merged).to_contain_text("10,050 candles, 158 drawn, each of 64, extremes kept")
    for name in ("equity", "drawdown"):  # of a merged candle the last one, as the tiles have it
        tile = page.locator(".tile", has_text=name.capitalize()).first.locator(".value")
        expect(page.locator(f".readout [data-name={name}] b")).to_have_text(tile.inner_text())


def test_a_chart_is_saved_as_an_image(run: Page, tmp_path: Path) -> None:
    save_charts(run)
    with run.expect_download() as saved:
        run.locator("[data-save]").click()
    assert saved.value.suggested_filename == f"{TRADED}_20260115T183000Z.png"
    saved.value.save_as(tmp_path / "charts.png")
    assert (tmp_path / "charts.png").read_bytes().startswith(b"\x89PNG")


def test_rows_as_files(served_corpus: Served) -> None:
    table = f"/api/v0/runs/{TRADED}/table"
    lines = served_corpus.ask(f"{table}?tab=events&level=warning&format=csv").body.splitlines()
    assert len(lines) == 8
    assert served_corpus.ask(f"{table}?format=parquet").body.startswith(b"PAR1")
    assert served_corpus.ask(f"/watch/runs/{TRADED}?tab=none").status == 422


def test_a_paused_log_waits_and_a_broken_tab_leaves_the_page(
    server: Start, tmp_path: Path, open_page: Open
) -> None:
    growing = GrowingRun(tmp_path, "growing", 5)
    (growing.directory / "trades.parquet").write_bytes(b"PAR1 half")
    page = open_page(f"{server(tmp_path).url}/watch/runs/growing")
    expect(page.locator(ROWS)).to_have_count(5)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    growing.grow(3)
    expect(page.locator(".area-panel .bar")).to_contain_text("3 new wait")
    expect(page.locator(ROWS)).to_have_count(5)
    page.get_by_role("button", name="Resume").click()
    expect(page.locator(ROWS)).to_have_count(8)
    tab(page, "trades")
    expect(page.locator(".area-panel .problem")).to_contain_text("half-written or damaged")
    expect(page.locator("h1")).to_have_text("growing")
