"""The watch page on the contract's corpus."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import GAP, PHONE, Open
from browser.growing import GrowingRun
from conftest import Start
from serving import Served

pytestmark = [pytest.mark.browser, pytest.mark.shared]

ACTIVE = "20260115_173600_shadow_ma_crossover_BTC-EUR_1m"
HOSTILE = "20260115_163000_shadow_<img_src=x_onerror=alert(1)>_BTC-EUR_1m"
ROWS = "table.watched tbody tr"


@pytest.fixture
def watch(served_corpus: Served, open_page: Open) -> Page:
    page = open_page(f"{served_corpus.url}/watch")
    expect(page.locator(ROWS)).to_have_count(50)
    return page


def test_all_runs_and_the_health_are_shown(watch: Page, served_corpus: Served) -> None:
    listed = served_corpus.ask("/runs").json
    assert watch.locator(f"{ROWS} td.id").all_inner_texts() == [run["run_id"] for run in listed]
    states = ["active" if run["is_active"] else "inactive" for run in listed]
    shown = watch.locator(f"{ROWS} td:nth-child(3) .mark").all_inner_texts()
    assert [state[1:].strip() for state in shown] == states
    values = watch.locator(".tile .value").all_inner_texts()
    assert values == ["ok", "v0.1B", "15 Jan 18:30", "ma_crossover", "1", "55"]
    expect(watch.locator(".banner")).to_contain_text("WATCH-ONLY")


def test_a_run_leads_to_its_page(watch: Page, served_corpus: Served) -> None:
    watch.get_by_role("link", name=HOSTILE, exact=True).click()
    expect(watch).to_have_url(f"{served_corpus.url}/watch/runs/{quote(HOSTILE, safe='')}")
    expect(watch.locator("h1")).to_have_text("<img src=x onerror=alert(1)>")


def test_the_other_address_of_a_run(served_corpus: Served, open_page: Open) -> None:
    page = open_page(f"{served_corpus.url}/sessions/{ACTIVE}")
    expect(page.locator("h1")).to_have_text("ma_crossover")
    assert served_corpus.ask("/sessions/none").json == {"detail": "run_not_found: none"}


def test_it_fits_a_phone(served_corpus: Served, open_page: Open) -> None:
    page = open_page(f"{served_corpus.url}/watch", viewport=PHONE, color_scheme="light")
    expect(page.locator(ROWS)).to_have_count(50)
    assert page.evaluate(GAP) == 0


def test_a_run_that_appears_leaves_scroll_and_selection(
    server: Start, tmp_path: Path, open_page: Open
) -> None:
    for number in range(30):
        GrowingRun(tmp_path, f"run_{number:02}", rows=1)
    page = open_page(f"{server(tmp_path).url}/watch")
    page.locator(ROWS).last.locator("td").nth(2).click()
    page.mouse.wheel(0, 200)
    page.wait_for_function("() => scrollY > 100")
    before = page.evaluate("() => scrollY")
    GrowingRun(tmp_path, "run_new", rows=1)
    expect(page.locator(ROWS)).to_have_count(31)
    expect(page.locator("tr[aria-selected] td.id")).to_have_text("run_00")
    assert abs(page.evaluate("() => scrollY") - before) <= 40


def test_no_runs(server: Start, tmp_path: Path, open_page: Open) -> None:
    page = open_page(f"{server(tmp_path).url}/watch")
    expect(page.locator(".area-runs .empty")).to_contain_text("No runs found")
    expect(page.locator(".tile .value").nth(3)).to_have_text("unknown")


@pytest.mark.shared
def test_runs_can_be_asked_for_and_sorted(served_corpus: Served, open_page: Open) -> None:
    page = open_page(f"{served_corpus.url}/watch?q=mode:paper%20-bulk")
    rows = page.locator(".watched tbody tr")
    expect(page.get_by_label("Search runs")).to_have_value("mode:paper -bulk")
    expect(rows.first).to_be_visible()
    assert set(rows.locator("td:nth-child(5)").all_text_contents()) == {"\N{WHITE SQUARE} PAPER"}
    page.locator("th[data-column=strategy] a").click()
    expect(page).to_have_url(re.compile(r"\?q=mode%3Apaper%20-bulk&sort=strategy$"))
    expect(page.locator("th[data-column=strategy]")).to_have_attribute("aria-sort", "ascending")
    names = [text.casefold() for text in rows.locator("td:nth-child(6)").all_text_contents()]
    assert names == sorted(names)
    with page.expect_download() as waiting:
        page.locator("footer a", has_text="csv").click()
    lines = waiting.value.path().read_text().splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == [
        text.strip() for text in rows.locator("td.id").all_text_contents()
    ]


@pytest.mark.shared
def test_an_unknown_name_in_a_query_is_told(served_corpus: Served, open_page: Open) -> None:
    page = open_page(f"{served_corpus.url}/watch?q=color:red")
    expect(page.locator(".fault")).to_contain_text("'color' is none of run, state")
    expect(page.locator(".watched tbody tr").first).to_be_visible()


def test_the_document_lists_the_runs_before_any_script(
    served_corpus: Served, open_page: Open
) -> None:
    first = served_corpus.ask("/watch").body.decode()
    listed = served_corpus.ask("/runs").json
    for run in listed:
        assert f'href="./watch/runs/{quote(run["run_id"], safe="")}"' in first
    assert "<img src=x" not in first
    page = open_page(f"{served_corpus.url}/watch", java_script_enabled=False)
    expect(page.locator(".first tbody tr")).to_have_count(len(listed))
    expect(page.locator(".first tbody tr").first).to_contain_text("active, stale")


def test_states_narrow_a_query_and_nothing_found_has_a_way_out(
    served_corpus: Served, open_page: Open
) -> None:
    page = open_page(f"{served_corpus.url}/watch?q=mode:shadow&sort=-age")
    states = page.get_by_label("Filter by state")
    states.get_by_role("link", name="stale").click()
    expect(page).to_have_url(re.compile(r"\?q=mode%3Ashadow%20state%3Astale&sort=-age$"))
    expect(page.locator(ROWS)).to_have_count(1)
    page.get_by_label("Search runs").fill("(mode:none OR state:none)")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Clear filter").click()
    expect(page).to_have_url(re.compile(r"/watch\?sort=-age$"))
    expect(page.locator(ROWS)).to_have_count(50)


def test_columns_move_and_a_view_has_a_name(served_corpus: Served, open_page: Open) -> None:
    page = open_page(f"{served_corpus.url}/watch")
    heads = page.locator("table.watched th")
    expect(heads.nth(2)).to_have_text("activity")
    page.locator(".bar > .chooser summary").click()
    page.get_by_label("Move activity one column to the left").click()
    expect(heads.nth(1)).to_have_text("activity")
    page.locator("peak-views summary").click()
    page.get_by_label("Name of this view").fill("<b>mine</b>")
    page.keyboard.press("Enter")
    page.goto(f"{served_corpus.url}/watch")
    expect(heads.nth(2)).to_have_text("activity")
    page.locator("peak-views summary").click()
    page.get_by_role("link", name="<b>mine</b>").click()
    expect(heads.nth(1)).to_have_text("activity")
    page.locator("peak-views summary").click()
    page.get_by_role("button", name="Forget").click()
    expect(page.locator("peak-views a")).to_have_count(0)


def test_the_tab_has_the_name_of_the_run(served_corpus: Served, open_page: Open) -> None:
    page = open_page(f"{served_corpus.url}/watch/runs/{ACTIVE}")
    expect(page).to_have_title(re.compile("ma_crossover BTC/EUR - Live - Peak_Trade$"))
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to content")).to_be_focused()
