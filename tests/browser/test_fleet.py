"""The page of the fleet: search, pages of the list, charts, groups, comparison, and its states."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import GAP, PHONE, Open
from browser.growing import GrowingRun
from conftest import Start
from fleet.made import run_row, write_fleet
from peak_trade.contract.fleet.summary import MAX_POINTS
from serving import Served

pytestmark = [pytest.mark.browser]

RUNS = ".of-fleet tbody tr"
HOSTILE = "<img src=x onerror=alert(1)>"
DRAWN = """() => {
  const [view] = [...Bokeh.index.query((view) => view.model.name === "fleet" && view.export)]
  const [cells, marks] = [[], []]
  for (const one of view?.model.renderers ?? []) (one.glyph.marker ? marks : cells).push(one)
  const size = (of) => of.reduce((sum, one) => sum + one.data_source.get_length(), 0)
  return [size(marks), size(cells)]
}"""
"""How many points, and how many cells, the chart has."""

CUT = """cells => cells.filter((cell) => cell.scrollWidth > cell.clientWidth)
  .map((cell) => cell.innerText)"""

LABELS_OF_VALUES = """() => {
  const [view] = [...Bokeh.index.query((view) => view.model.name === "fleet" && view.export)]
  return [view.frame.bbox.x0, view.model.left[0].major_label_standoff]
}"""
"""Where the frame begins, and how far outside of it the labels stand, in pixels."""

WHOLE = """names => names.map((name) => {
  const cell = name.closest("td")
  return name.scrollWidth <= cell.clientWidth && name.scrollHeight <= name.clientHeight
})"""


def begin(served: Start, root: Path, fleet: Path) -> Served:
    environment = {
        "PEAK_TRADE_FLEET__PATH": str(fleet),
        "PEAK_TRADE_WEB_UI__AUTO_REFRESH_SECONDS": "0.2",
    }
    root.mkdir(exist_ok=True)
    return served(root, env=environment)


def names(page: Page) -> list[str]:
    return [
        text.strip("\N{BALLOT BOX}\N{BALLOT BOX WITH CHECK}")
        for text in page.locator(f"{RUNS} td:first-child").all_text_contents()
    ]


def test_a_query_narrows_all_parts(tmp_path: Path, server: Start, open_page: Open) -> None:
    rows = [run_row(place, trades=10_000.0 + place) for place in range(300)]
    odd = run_row(300, "odd", strategy=HOSTILE, books_failed=2, total_return=float("inf"))
    fleet = write_fleet(tmp_path / "fleet", [*rows, odd])
    page = open_page(f"{begin(server, tmp_path / 'root', fleet).url}/fleet")
    expect(page.locator(RUNS)).to_have_count(100)
    expect(page.locator(".area-strategy tbody tr")).to_have_count(4)
    assert page.locator(".area-strategy .called").evaluate_all(WHOLE) == [True] * 4
    assert page.locator(".groups-of-runs td.number").evaluate_all(CUT) == []
    page.wait_for_function(f"() => ({DRAWN})().join() === '300,0'")
    page.locator(".area-runs a", has_text="next page").click()
    expect(page.locator(".area-runs footer")).to_contain_text("101 to 200 of 301")
    page.locator(".of-fleet th a", has_text="return").click()
    expect(page.locator(".area-runs footer")).to_contain_text("1 to 100 of 301")
    box = page.get_by_label("Search the fleet")
    box.fill("strategy:ma return>5%")
    box.press("Enter")
    expect(page.locator(".area-strategy tbody tr")).to_have_count(1)
    count = int(page.locator(".tile .value").first.inner_text())
    assert 0 < count < 100
    expect(page.locator(RUNS)).to_have_count(count)
    page.wait_for_function(f"() => ({DRAWN})().join() === '{count},0'")
    box.fill("strategy:ma (")
    box.press("Enter")
    expect(page.locator(".area-banner .fault")).to_be_visible()
    box.fill("")
    box.press("Enter")
    page.locator(".area-strategy tbody a", has_text=HOSTILE).click()
    expect(page.locator(RUNS)).to_have_count(1)
    page.locator("a.tile", has_text="Books").click()
    expect(page.locator(".of-fleet")).to_contain_text("odd")


def test_many_runs_are_a_density(tmp_path: Path, server: Start, open_page: Open) -> None:
    fleet = write_fleet(tmp_path / "fleet", map(run_row, range(MAX_POINTS + 1)))
    served = begin(server, tmp_path / "root", fleet)
    page = open_page(f"{served.url}/fleet", viewport=PHONE)
    page.wait_for_function(
        f"() => {{ const [points, cells] = ({DRAWN})(); return !points && cells }}"
    )
    expect(page.locator(".area-chart")).to_contain_text("too many for points")
    assert page.evaluate(GAP) == 0
    begins, standoff = page.evaluate(LABELS_OF_VALUES)
    assert begins > standoff >= 0
    page.goto(f"{served.url}/fleet?q=events<500")
    page.wait_for_function(
        f"() => {{ const [points, cells] = ({DRAWN})(); return points && !cells }}"
    )


def test_chosen_runs_are_compared(tmp_path: Path, server: Start, open_page: Open) -> None:
    for name in ("one", "two"):
        GrowingRun(tmp_path / "root", name, rows=3)
    rows = [run_row(0, "one"), run_row(1, "two"), run_row(2, "elsewhere")]
    fleet = write_fleet(tmp_path / "fleet", rows)
    page = open_page(f"{begin(server, tmp_path / 'root', fleet).url}/fleet")
    expect(page.locator(RUNS)).to_have_count(3)
    expect(page.locator(RUNS, has_text="elsewhere").locator("a")).to_have_count(0)
    for name in ("one", "two"):
        page.get_by_label(f"Compare {name}").click()
        expect(page.get_by_label(f"Take {name} out of the comparison")).to_be_visible()
    page.reload()
    page.locator("a", has_text="Compare the chosen runs").click()
    expect(page).to_have_url(re.compile("/compare.runs=one%2Ctwo$"))
    expect(page.locator(".legend li")).to_have_count(2)
    page.go_back()
    page.locator(f"{RUNS} a", has_text="one").last.click()
    expect(page).to_have_url(re.compile("/watch/runs/one$"))


def test_it_says_what_is_missing_and_follows_builds(
    tmp_path: Path, server: Start, open_page: Open
) -> None:
    fleet = tmp_path / "fleet"
    page = open_page(f"{begin(server, tmp_path / 'root', fleet).url}/fleet")
    nothing = page.locator(".area-banner .empty")
    expect(nothing).to_contain_text("peak-trade fleet build")
    expect(nothing).to_contain_text(str(fleet))
    for area in ("query", "chart", "runs"):
        expect(page.locator(f".area-{area}")).to_be_hidden()
    write_fleet(fleet, [run_row(0)])
    expect(page.locator(RUNS)).to_have_count(1)
    expect(nothing).to_have_count(0)
    write_fleet(fleet, [run_row(0), run_row(1)])
    expect(page.locator(RUNS)).to_have_count(2)
    [damaged] = fleet.glob("*/*.parquet")
    spoilt = fleet.resolve().with_name(".fleet.spoilt")
    (spoilt / damaged.parent.name).mkdir(parents=True)
    (spoilt / damaged.parent.name / damaged.name).write_bytes(b"no parquet")
    link = tmp_path / "link"
    link.symlink_to(spoilt.name)
    link.replace(fleet)
    expect(page.locator(".area-banner .problem")).to_contain_text("build it again")
    write_fleet(fleet, [run_row(0)])
    expect(page.locator(RUNS)).to_have_count(1)
