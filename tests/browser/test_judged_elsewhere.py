"""What judges a run, on the pages beside its own: session and comparison, and on a phone."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from browser.conftest import DESKTOP, GAP, PHONE, Open
from browser.pages import choose_tab
from conftest import Start
from contract.test_judged import COLUMNS, ENDED, books, stamp
from contract.tree import Tree, telemetry
from serving import Served

pytestmark = [pytest.mark.browser]

PRICES = [100.0, 110, 120, 130, 140, 150] * 5
LEFT, RIGHT = [0.0, 1, 1, 0, 0, 1] * 5, [0.0, 1, 1, 0, 1, 1] * 5
DRAWN = "marks => marks.filter(mark => mark.getBoundingClientRect().height > 0).length"
WHY = "max_order_notional exceeded: 250,000.00 EUR of 100,000.00 EUR"


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory, server: Start) -> Served:
    """Two runs of one strategy, one of another; sessions with a run, without one, and with none."""
    tree = Tree(tmp_path_factory.mktemp("judged"))
    left = books(PRICES, LEFT)
    left[3] |= {"orders_generated": 1, "orders_blocked": 1, "risk_allowed": False}
    left[3]["risk_reasons"] = WHY
    left[9]["cash"] = 9_000.0
    left_ids: dict[str, Any] = {"symbol": "BTC/EUR", "ended_at": ENDED}
    tree.run("left", left, *COLUMNS, **left_ids)
    tree.run("right", books([*PRICES[:-1], 151.0], RIGHT), *COLUMNS, **left_ids)
    tree.run("other", books(PRICES, LEFT), *COLUMNS, **left_ids | {"strategy_name": "rsi"})
    tree.session("s", run_id="left", started_at=stamp(0), finished_at=ENDED)
    tree.session("bare", started_at=stamp(0), finished_at=ENDED)
    tree.session("lost", run_id="gone", started_at=stamp(0), finished_at=ENDED)
    tree.log("s", *(telemetry(stamp(step), "intent", "s") for step in range(3)))
    for step, passed in ((1, False), (2, True)):
        why = "" if passed else WHY
        gate = {"gate_name": "risk_limits", "passed": passed, "reason": why}
        tree.log("s", telemetry(stamp(step), "gate", "s", **gate))
    return server(tree.root)


def told(page: Page, place: str) -> dict[str, str]:
    """Return the names with their values that an area shows."""
    labels, values = (page.locator(f"{place} {tag}").all_inner_texts() for tag in ("dt", "dd"))
    return dict(zip(labels, values, strict=True))


def test_a_session_shows_the_statistics_of_its_run(judged: Served, open_page: Open) -> None:
    run = open_page(f"{judged.url}/watch/runs/left?tab=statistics")
    expect(run.locator(".statistics dt").first).to_be_visible()
    page = open_page(f"{judged.url}/session/s")
    expect(page.locator(".area-statistics dt").first).to_be_visible()
    shown = told(page, ".area-statistics")
    assert shown == told(run, ".area-panel")
    rows = judged.ask("/api/v0/pages/session?id=s").json["statistics"]["rows"]
    assert rows == judged.ask("/api/v0/runs/left/statistics").json["items"]
    assert len(rows) <= len(shown)
    drawn = judged.ask("/api/v0/pages/session?id=s").json["statistics"]["judged"]["shapes"]
    assert page.locator(".statistics rect").evaluate_all(DRAWN) == sum(map(bool, drawn["counts"]))
    assert page.locator(".statistics circle").evaluate_all(DRAWN) == len(drawn["trades"]) > 0
    page.locator(".heading a", has_text="books do not add up").click()
    expect(page.locator(".tabs [aria-current]")).to_have_text("books")
    expect(page.locator("table.books")).to_contain_text("equity = cash + position x price")


@pytest.mark.parametrize(
    ("session", "why"),
    [("bare", "Its record names no run."), ("lost", "There is no directory of the run gone")],
)
def test_a_session_without_a_run_says_so(
    session: str, why: str, judged: Served, open_page: Open
) -> None:
    page = open_page(f"{judged.url}/session/{session}")
    empty = page.locator(".empty", has_text="No run to draw")
    expect(empty).to_contain_text(why)
    expect(page.locator(".area-statistics h2")).to_have_count(0)
    expect(page.locator(".heading a:not([href*=report])")).to_have_count(0)


def test_two_runs_of_one_strategy_are_compared_bar_by_bar(judged: Served, open_page: Open) -> None:
    page = open_page(f"{judged.url}/compare?runs=left,right")
    drift = judged.ask("/api/v0/drift?left=left&right=right").json
    area = page.locator(".area-drift")
    expect(area.locator("dt").first).to_be_visible()
    shown = told(page, ".area-drift")
    assert shown["profit apart at the last bar"] == f"{drift['last_difference']:+,.2f} EUR"
    assert shown["bars of both"] == str(drift["bars"])
    kinds = ("matched fills", "missed fills, of A alone", "extra fills, of B alone")
    names = ("matched", "missed", "extra")
    assert [shown[kind] for kind in kinds] == [str(drift[name]) for name in names]
    assert drift["extra"] > 0
    assert shown["first divergence"].endswith("signal: A 0, B 1")
    expect(area.locator("table.drift tbody tr")).to_have_count(len(drift["fills"]))
    assert judged.ask("/api/v0/pages/compare?runs=left,right").json["drift"] == drift
    for table, name in (("drift", "difference"), ("drift_fills", "fills")):
        address = f"/api/v0/compare_table?runs=left,right&table={table}"
        assert len(judged.ask(address).json) == len(drift[name])
    area.locator("dd a").first.click()
    page.wait_for_url("**/watch/runs/right?at=*")


def test_other_runs_have_no_drift_and_the_page_says_why(judged: Served, open_page: Open) -> None:
    number = "Drift is told of two runs; choose two."
    strategies = "There is no drift: the two runs are not of one strategy."
    for runs, why in (("left", number), ("left,right,other", number), ("left,other", strategies)):
        found = judged.ask(f"/api/v0/pages/compare?runs={runs}").json
        assert (found["drift"], found["no_drift"]) == (None, why)
        assert judged.ask(f"/api/v0/compare_table?runs={runs}&table=drift").json == []
    page = open_page(f"{judged.url}/compare?runs=left,other")
    expect(page.locator(".area-drift")).to_contain_text(strategies)


CLIPPED = """cells => cells.flatMap(cell => {
  const range = document.createRange()
  range.selectNodeContents(cell)
  const [inner, outer] = [range.getBoundingClientRect(), cell.getBoundingClientRect()]
  const cut = [...cell.querySelectorAll("*")].some(one =>
    getComputedStyle(one).display !== "inline" && one.scrollWidth > one.clientWidth)
  return cut || inner.right > outer.right + 1 || inner.left < outer.left - 1
    ? [`${cell.dataset.label ?? ""}: ${cell.innerText}`] : []
})"""
"""Cells whose content is wider than they are."""

JUDGED = (
    ":is(.stages, .reasons, .latencies, .fills, .closed, .books, .drift) tbody td, .statistics dd"
)


def nothing_is_clipped(page: Page) -> None:
    cells = page.locator(JUDGED)
    for viewport in (PHONE, DESKTOP):
        page.set_viewport_size(ViewportSize(width=viewport["width"], height=viewport["height"]))
        expect(cells.first).to_be_visible()
        page.wait_for_function(f"() => ({GAP})() === 0")
        assert cells.evaluate_all(CLIPPED) == []


@pytest.mark.ops
def test_nothing_that_judges_a_run_is_clipped(judged: Served, open_page: Open) -> None:
    page = open_page(f"{judged.url}/watch/runs/left?tab=statistics", locale="de-DE")
    for tab in ("statistics", "closed", "books", "funnel"):
        choose_tab(page, tab)
        nothing_is_clipped(page)


@pytest.mark.parametrize("path", ["/compare?runs=left,right", "/session/s"])
def test_nothing_that_judges_is_clipped_elsewhere(
    path: str, judged: Served, open_page: Open
) -> None:
    nothing_is_clipped(open_page(judged.url + path, locale="de-DE"))


def test_a_reason_leads_to_its_events_and_a_trade_to_the_chart_and_back(
    judged: Served, open_page: Open
) -> None:
    page = open_page(f"{judged.url}/watch/runs/left")
    page.locator(".tile", has_text="Blocked").click()
    reasons, chart, back = (
        page.locator("table.reasons"),
        page.locator(".area-chart"),
        page.get_by_role("link", name="back to the rows"),
    )
    expect(reasons).to_be_in_viewport()
    reasons.get_by_role("link", name=WHY).click()
    expect(page.locator(".tabs [aria-current]")).to_have_text("events")
    expect(page.locator("table.events tbody tr")).to_have_count(1)
    expect(page.locator("table.events tbody tr")).to_contain_text(WHY)
    expect(page.locator(".area-panel .reason")).to_have_text(WHY)
    page.get_by_role("link", name="every reason").click()
    expect(page.locator("table.events tbody tr")).to_have_count(len(PRICES))

    page.locator(".tabs").get_by_role("link", name="closed trades", exact=True).click()
    first = page.locator("table.closed tbody tr").first
    first.locator("a").first.click()
    page.wait_for_url("**at=*")
    expect(chart).to_be_in_viewport(ratio=0.5)
    back.click()
    expect(first).to_be_in_viewport()
    expect(back).to_have_count(0)
    expect(page.locator(".tabs [aria-current]")).to_have_text("closed trades")


def test_events_of_a_reason_are_those_that_the_funnel_counts(judged: Served) -> None:
    for row in judged.ask("/api/v0/runs/left/funnel").json["reasons"]:
        path = f"/api/v0/runs/left/table?reason={quote(row['reason'])}"
        found = judged.ask(path).json
        assert (found["total"], found["rows"][-1]["seq"]) == (row["count"], row["first_seq"])


def test_a_blocked_gate_looks_blocked(judged: Served, open_page: Open) -> None:
    page = open_page(f"{judged.url}/live/execution/s?kind=gate")
    rows = page.locator("table.timeline tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first.locator(".mark")).to_have_text("\N{BLACK SQUARE}gate")
    expect(rows.last.locator(".mark")).to_have_text("\N{CIRCLED TIMES}gate blocked")
    expect(rows.last.locator(".mark")).to_have_attribute("data-level", "error")
    expect(rows.last).to_contain_text(f"BLOCK: {WHY}")
