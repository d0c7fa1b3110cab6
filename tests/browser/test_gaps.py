"""Gaps in the rows of a run are said in its chart, where they are."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import Open
from conftest import Start
from contract.tree import COLUMNS, HOSTILE, NOW, Tree, event

pytestmark = pytest.mark.browser

STEPS: Final = (*range(8), *range(20, 30), *range(51, 60))
SAID: Final = """(chart) => {
  const [view] = [...Bokeh.index.query((view) => view.model.name === chart && view.frame)]
  if (!view) return ["no chart yet"]
  const [axis] = view.model.above.filter((one) => one.formatter?.tags[0] === "gaps")
  const drawn = [...Bokeh.index.query((one) => one.model === axis)]
  const height = drawn[0]?.bbox.height ?? 0
  return axis.visible && height > 8 ? axis.formatter.doFormat(axis.ticker.ticks) : []
}"""
"""What is written above a chart."""


def run_with_gaps(root: Path, steps: tuple[int, ...] = STEPS) -> Tree:
    tree = Tree(root)
    rows = [event(step, price=100 + step % 5) for step in steps]
    tree.run("run", rows, *COLUMNS, "price", symbol=HOSTILE, strategy_name=HOSTILE)
    return tree


def wait_for(page: Page, *texts: str, chart: str = "price") -> None:
    said = [chart, ",".join(texts)]
    page.wait_for_function(f"([chart, texts]) => ({SAID})(chart).join() === texts", arg=said)


def test_a_gap_says_from_when_to_when(server: Start, open_page: Open, tmp_path: Path) -> None:
    run_with_gaps(tmp_path)
    served = server(tmp_path, env={"PEAK_TRADE_NOW": NOW})
    page = open_page(f"{served.url}/watch/runs/run", timezone_id="Asia/Tokyo")
    expect(page.locator(".caption").first).to_contain_text("2 gaps")
    wait_for(page, "no rows from 17:37 to 17:50", "no rows from 17:59 to 18:21")
    page.locator("#zone").click()
    wait_for(page, "no rows from 02:37 to 02:50", "no rows from 02:59 to 03:21")
    page.locator('[data-choose-theme="light"]').click()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")


def test_a_gap_that_comes_is_said_and_none_is_not(
    server: Start, open_page: Open, tmp_path: Path
) -> None:
    tree = run_with_gaps(tmp_path, tuple(range(10)))
    env = {"PEAK_TRADE_NOW": NOW, "PEAK_TRADE_WEB_UI__AUTO_REFRESH_SECONDS": "0.2"}
    served = server(tmp_path, env=env)
    page = open_page(f"{served.url}/watch/runs/run")
    expect(page.locator(".caption").first).to_contain_text("10 candles")
    wait_for(page)
    path = tree.runs / "run" / "events.csv"
    later = event(40, price=101)
    with path.open("a") as file:
        file.write(f"{later['step']},{later['ts_event']},{later['equity']},,,,101\n")
    wait_for(page, "no rows from 17:39 to 18:10")


def test_the_session_of_a_run_says_its_gaps(server: Start, open_page: Open, tmp_path: Path) -> None:
    run_with_gaps(tmp_path).session("known", run_id="run")
    served = server(tmp_path, env={"PEAK_TRADE_NOW": NOW})
    page = open_page(f"{served.url}/session/known")
    gaps = ("no rows from 17:37 to 17:50", "no rows from 17:59 to 18:21")
    wait_for(page, *gaps, chart="equity")
    page.locator("[data-charts]").focus()
    page.keyboard.press("Home")
    expect(page.locator(".readout time")).to_have_text("2026-01-15 17:30:00 UTC")


def test_a_comparison_says_whose_gaps_they_are(
    server: Start, open_page: Open, tmp_path: Path
) -> None:
    tree = run_with_gaps(tmp_path, tuple(range(60)))
    rows = [event(step) for step in (*range(20), *range(40, 60))]
    tree.run("late", rows, strategy_name="breakout")
    served = server(tmp_path, env={"PEAK_TRADE_NOW": NOW})
    page = open_page(f"{served.url}/compare?runs=run,late")
    wait_for(page, "B no rows from 17:49 to 18:10", chart="compare value")
    broken = """() => [...Bokeh.index.query((view) => view.model.name === "compare value")][0]
      ?.model.renderers.filter((one) => one.glyph.type === "Line")
      .map((one) => [...one.data_source.data.value].filter(Number.isNaN).length).join("")"""
    page.wait_for_function(f"({broken})().startsWith('01')")
    assert page.title().startswith(f"{HOSTILE}, breakout - Compare")
    page.get_by_role("link", name="by bar").click()
    wait_for(page, chart="compare value")
