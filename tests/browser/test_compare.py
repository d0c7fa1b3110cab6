"""The comparison of runs on the contract's corpus."""

from __future__ import annotations

import math
import re
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import GAP, PHONE, Open
from serving import Served

pytestmark = [pytest.mark.browser, pytest.mark.shared]

FIRST = "20260115_173600_shadow_ma_crossover_BTC-EUR_1m"
SECOND = "20260115_150000_shadow_scalper_BTC-EUR_1m"
UNLIKE = "20260108_000000_paper_long_runner_ETH-EUR_1m"
HOSTILE = "20260115_163000_shadow_<img_src=x_onerror=alert(1)>_BTC-EUR_1m"
LINES = """() => [...Bokeh.documents[0].all_models]
  .filter((model) => model.type === "ColumnDataSource" && !model.data.letter)
  .filter((model) => model.data.value.length)
  .map((model) => [model.data.value.length, model.data.value[0], model.data.bar.at(-1)])"""
HELD = """() => {
  const models = [...Bokeh.documents[0].all_models]
  const pane = models.find((model) => model.name === "compare position")
  const curves = models.map((model) => model.data)
    .filter((data) => data?.held?.length && !data.letter)
  const greatest = (values) => Math.max(...values.filter(Number.isFinite).map(Math.abs))
  return [pane.title.text, curves.map((data) => greatest([...data.position]))]
}"""
"""What the pane of the position is called, and the greatest that is drawn of each run."""

ALONG = """() => [...new Set([...Bokeh.documents[0].all_models]
  .filter((model) => ["Line", "Step"].includes(model.type)).map((model) => model.x.field))]"""


@pytest.fixture
def comparison(served_corpus: Served, open_once: Open) -> Page:
    page = open_once(f"{served_corpus.url}/compare?runs={FIRST},{SECOND}&by=bar")
    expect(page.locator(".legend li")).to_have_count(2)
    return page


def test_curves_begin_at_100_and_metrics_stand_side_by_side(
    comparison: Page, served_corpus: Served
) -> None:
    assert comparison.evaluate(LINES) == [[50, 100, 49], [30, 100, 29]]
    assert comparison.evaluate(ALONG) == ["bar"]
    found = served_corpus.ask(f"/api/v0/compare?runs={FIRST},{SECOND}").json
    equity = comparison.locator("table.compared tr", has_text="equity").nth(1).locator("td")
    expected = ["equity", *(f"{run['equity']:,.2f}" for run in found["runs"])]
    expect(equity).to_have_text(expected)
    keys = comparison.locator("table.differences td:first-child")
    expect(keys).to_have_text([row["key"] for row in found["differences"]])
    assert "symbol" not in keys.all_inner_texts()


def test_switches_are_in_the_url(comparison: Page) -> None:
    comparison.get_by_role("link", name="absolute").click()
    expect(comparison).to_have_url(re.compile("scale=absolute"))
    comparison.wait_for_function(f"() => ({LINES})()[0][1] === 10000")
    comparison.get_by_role("link", name="by time").click()
    comparison.wait_for_function(f"() => ({ALONG})().join() === 'time'")
    comparison.go_back()
    comparison.wait_for_function(f"() => ({ALONG})().join() === 'bar'")


def test_runs_of_different_times_lie_over_each_other(
    comparison: Page, served_corpus: Served
) -> None:
    comparison.get_by_role("link", name="by elapsed time").click()
    expect(comparison).to_have_url(re.compile("by=elapsed"))
    comparison.wait_for_function(f"() => ({ALONG})().join() === 'hours'")
    found = served_corpus.ask(f"/api/v0/compare?runs={FIRST},{SECOND}&by=elapsed").json
    for curve in found["curves"]:
        assert curve["hours"] == sorted(curve["hours"])
        assert curve["hours"][0] == 0
        assert len(curve["hours"]) == len(curve["drawdown"]) == len(curve["positions"])
    shown = """() => [...Bokeh.index.query((view) => view.model.type === "Figure")]
      .map((view) => [view.model.name, view.model.x_range.start < 0, view.model.x_range.end < 1])"""
    panes = ["compare value", "compare drawdown", "compare position"]
    assert comparison.evaluate(shown) == [[pane, True, True] for pane in panes]


def test_a_run_that_cannot_be_drawn_says_why(served_corpus: Served, open_page: Open) -> None:
    runs = served_corpus.ask("/api/v0/runs").json
    names = [run["run_id"] for run in runs]
    answers = [served_corpus.ask(f"/api/v0/compare?runs={quote(name)}").json for name in names]
    bare = [one["curves"][0] for one in answers if one["curves"] and one["curves"][0]["why_not"]]
    assert bare
    page = open_page(f"{served_corpus.url}/compare?runs={FIRST},{bare[0]['run_id']}")
    expect(page.locator(".legend li").nth(1)).to_contain_text(bare[0]["why_not"])
    expect(page.locator(".legend li").first).not_to_contain_text("not drawn")


def test_runs_are_added_and_removed(comparison: Page) -> None:
    comparison.locator(".runs a", has_text=HOSTILE).click()
    expect(comparison.locator(".legend li")).to_have_count(3)
    expect(comparison.locator(".legend .id").last).to_have_text(HOSTILE)
    assert comparison.locator("img").count() == 0
    comparison.locator(".legend li").first.get_by_role("link", name="remove").click()
    expect(comparison.locator(".legend .id")).to_have_text([SECOND, HOSTILE])
    comparison.reload()
    expect(comparison.locator(".legend .id")).to_have_text([SECOND, HOSTILE])


def test_an_unknown_run_is_named_and_the_rest_is_shown(
    served_corpus: Served, open_page: Open
) -> None:
    page = open_page(f"{served_corpus.url}/compare?runs=<b>gone</b>,{SECOND}", viewport=PHONE)
    expect(page.locator(".banner")).to_contain_text("<b>gone</b>")
    expect(page.locator(".legend .id")).to_have_text([SECOND])
    assert page.evaluate(GAP) == 0


def test_any_run_can_be_found_and_taken(served_corpus: Served, open_page: Open) -> None:
    page = open_page(f"{served_corpus.url}/compare?runs={FIRST}")
    listed = page.locator(".area-runs .id")
    expect(listed).to_have_count(50)
    box = page.get_by_label("Search runs")
    box.press_sequentially("strategy:scalper")
    expect(listed).to_have_text([SECOND])
    page.locator(".area-runs a", has_text=SECOND).click()
    expect(page).to_have_url(re.compile("runs=.*scalper"))
    expect(page.locator(".legend .id")).to_have_text([FIRST, SECOND])
    expect(page.locator(".area-legend")).to_contain_text("2 of at most 6 runs")
    box.fill("color:red")
    expect(page.locator(".area-runs .fault")).to_contain_text("'color' is none of")


def test_where_nothing_was_chosen_the_newest_runs_are_offered(
    served_corpus: Served, open_page: Open
) -> None:
    page = open_page(f"{served_corpus.url}/compare")
    offered, listed = page.locator(".offer .run-card .id"), page.locator(".area-runs .id")
    expect(offered).not_to_have_count(0)
    names = offered.all_inner_texts()
    assert names == listed.all_inner_texts()[: len(names)]
    expect(page.locator(".area-curves canvas").first).to_be_hidden()
    expect(page.locator(".area-curves .caption")).to_be_hidden()
    offered.nth(1).click()
    expect(page.locator(".legend .id")).to_have_text([names[1]])
    expect(offered).to_have_count(0)
    assert served_corpus.ask("/compare?by=week").status == 422


def test_the_metrics_as_csv(served_corpus: Served) -> None:
    answer = served_corpus.ask(f"/api/v0/compare_table?runs={FIRST}&table=metrics&format=csv")
    head, row = answer.body.decode().splitlines()
    assert dict(zip(head.split(","), row.split(","), strict=True))["equity"] == "9997.0664"


@pytest.mark.parametrize("by", ["time", "elapsed", "bar"])
def test_one_table_has_the_values_of_every_run_at_the_crosshair(
    by: str, served_corpus: Served, open_page: Open
) -> None:
    asked = f"runs={FIRST},{SECOND}&by={by}"
    page = open_page(f"{served_corpus.url}/compare?{asked}")
    table, when = page.locator(".readout table"), page.locator(".readout time")
    first, second = served_corpus.ask(f"/api/v0/compare?{asked}").json["curves"]
    heads = ["time", "equity", "drawdown", "position", "difference"]
    expect(table.locator("thead th")).to_have_text(heads)
    expect(when).to_contain_text("newest ")
    assert [row[:2] for row in read(page)] == [expected(first, -1)[:2], expected(second, -1)[:2]]
    area = page.locator("[data-charts]")
    area.focus()
    page.keyboard.press("Home")
    expect(when).not_to_contain_text("newest")
    for place in range(12):
        rows = read(page)
        if by == "time":  # the second run ended before the first began
            assert rows == [[NONE] * 5, [*expected(second, place), NONE]]
        else:
            gain = second["values"][place] - first["values"][place]
            assert rows[0] == [*expected(first, place), NONE]
            assert rows[1][:4] == expected(second, place)
            assert float(rows[1][4]) == pytest.approx(gain, abs=0.006)
        before = when.inner_text()
        page.keyboard.press("ArrowRight")
        expect(when).not_to_have_text(before)
    page.get_by_text("Values as a table").click()
    expect(page.locator(".values thead th").nth(6)).to_have_text("B time")


@pytest.mark.parametrize(("other", "share"), [(SECOND, False), (UNLIKE, True)])
def test_positions_of_unlike_assets_are_shares(
    other: str, share: bool, served_corpus: Served, open_page: Open
) -> None:
    asked = f"runs={FIRST},{other}"
    page = open_page(f"{served_corpus.url}/compare?{asked}")
    expect(page.locator(".readout tbody tr")).to_have_count(2)
    title, values = page.evaluate(HELD)
    curves = served_corpus.ask(f"/api/v0/compare?{asked}").json["curves"]
    held = [max(map(abs, filter(None, curve["positions"])), default=0) for curve in curves]
    assert ("share of the greatest" in title) is share
    assert values == ([1.0 if one else 0 for one in held] if share else held)
    assert [row[3] for row in read(page)] == [expected(curve, -1)[3] for curve in curves]


NONE = "\N{EM DASH}"


def read(page: Page) -> list[list[str]]:
    """Return the table of the readout without its letters."""
    rows: list[list[str]] = page.locator(".readout tbody tr").evaluate_all(
        "rows => rows.map(row => [...row.querySelectorAll('td')].map(cell => cell.textContent))"
    )
    return rows


def expected(curve: dict[str, Any], place: int) -> list[str]:
    """Return what the readout says of a point, but for the difference."""
    stamp, fall = curve["times"][place], curve["drawdown"][place] * 100
    shown = f"{fall:.2f} %" if round(fall, 2) else "0.00 %"
    position = curve["positions"][place]
    texts = [f"{stamp[:10]} {stamp[11:19]}", amount(curve["values"][place]), shown]
    return [*texts, NONE if position is None else amount(position)]


def amount(value: float) -> str:
    """Return a number as the readout writes it: 2 to 4 decimals, below 1 five digits."""
    size = abs(float(f"{value:.8g}"))
    most = 4 - math.floor(math.log10(size)) if 0 < size < 1 else 4
    whole, _, part = f"{value:,.{most}f}".partition(".")
    return f"{whole}.{part.rstrip('0').ljust(2, '0')}"
