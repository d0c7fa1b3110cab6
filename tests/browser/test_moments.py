"""From an alert to its moment in the run: event and candle, or how far the nearest row is."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from browser.conftest import PHONE, Open
from conftest import Start
from contract.tree import NOW, Tree, event
from serving import Served

pytestmark = [pytest.mark.browser]

BEGIN = datetime(2026, 1, 15, 17, 0, tzinfo=UTC)
YEAR = timedelta(days=365)
HOUR = timedelta(hours=1)
COLUMNS = ("step", "ts_event", "ts_bar", "close", "equity", "position_size")
MARKED = """(at) => [...window.Bokeh?.documents[0]?.all_models ?? []]
  .some((model) => model.type === "Span" && model.location === at)"""
MOMENTS = """() => [...Bokeh.documents[0].all_models]
  .filter((model) => model.type === "Span" && model.dimension === "height" && model.location)
  .filter((model) => model.line_dash.length).map((model) => model.location)"""
SHOWN = """() => [...Bokeh.documents[0].all_models].filter((model) => model.type === "Range1d")
  .map((model) => [model.start, model.end])"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, server: Start) -> Served:
    """Serve a run over the candles of a year ago, with an alert near and one far away."""
    tree = Tree(tmp_path_factory.mktemp("moments"))
    rows = [
        event(
            step,
            ts_event=(BEGIN + timedelta(minutes=step)).isoformat(),
            ts_bar=(BEGIN - YEAR + timedelta(minutes=step)).isoformat(),
            close=100 + step % 7,
            position_size=step % 2,
        )
        for step in range(80)
    ]
    directory = tree.run("replay", rows, *COLUMNS)
    own = {"rule_id": "own_rule", "severity": "warning", "message": "its own"}
    moment = (BEGIN + timedelta(minutes=40, seconds=11)).isoformat()
    tree.write(directory / "alerts.jsonl", json.dumps(own | {"timestamp": moment}) + "\n")
    tree.session("s", run_id="replay", started_at=BEGIN.isoformat())
    for title, time in (("near", moment), ("far", "2026-01-15T02:00:00Z")):
        alert = {"title": title, "source": "limits", "severity": "CRITICAL", "session_id": "s"}
        tree.alerts("2026-01-15", json.dumps(alert | {"timestamp": time, "body": "b"}))
    rows = [
        event(step, ts_event=time, ts_bar=time, close=100 + step)
        for step in range(80)
        for time in [(BEGIN + step * HOUR).isoformat()]
    ]
    tree.run("hours", rows, *COLUMNS, timeframe="1h")
    return server(tree.root, env={"PEAK_TRADE_NOW": NOW})


def milliseconds(moment: datetime) -> float:
    return moment.timestamp() * 1000


def assert_marked(page: Page) -> None:
    told = page.locator(".area-chart .caption").first
    expect(told).to_contain_text("event 40")
    candle = milliseconds(BEGIN - YEAR + timedelta(minutes=40))
    expect(told.locator("peak-time").nth(2)).to_have_attribute(
        "data-at", (BEGIN - YEAR + timedelta(minutes=40)).isoformat()
    )
    page.wait_for_function(MARKED, arg=candle)
    half_hour = 30 * 60_000
    assert [candle - half_hour, candle + half_hour] in page.evaluate(SHOWN)


def test_an_alert_leads_to_its_candle(served: Served, open_page: Open) -> None:
    page = open_page(f"{served.url}/live/alerts?hours=24")
    page.locator("ul.groups > li", has_text="near").get_by_role("link", name="run").click()
    assert_marked(page)
    page.set_viewport_size(ViewportSize(width=PHONE["width"], height=PHONE["height"]))
    page.reload()
    assert_marked(page)


@pytest.mark.ops
def test_an_alert_of_a_session_and_of_the_tab_lead_there(served: Served, open_page: Open) -> None:
    page = open_page(f"{served.url}/session/s")
    page.locator("ul.alerts li", has_text="near").get_by_role("link", name="chart").click()
    assert_marked(page)
    page = open_page(f"{served.url}/watch/runs/replay?tab=alerts")
    alerts = page.locator("ul.alerts li")
    expect(alerts).to_have_count(3)
    expect(alerts.filter(has_text="own_rule")).to_contain_text("run")
    expect(alerts.filter(has_text="limits").first).to_contain_text("platform")
    alerts.filter(has_text="own_rule").get_by_role("link", name="chart").click()
    assert_marked(page)


def test_the_page_of_a_session_shows_the_candle_of_a_moment(
    served: Served, open_page: Open
) -> None:
    at = BEGIN + timedelta(minutes=40)
    page = open_page(f"{served.url}/session/s?at={at:%Y-%m-%dT%H:%M:11Z}")
    candle, half_hour = milliseconds(at - YEAR), 30 * 60_000
    page.wait_for_function(MARKED, arg=candle)
    assert [candle - half_hour, candle + half_hour] in page.evaluate(SHOWN)
    assert set(page.evaluate(MOMENTS)) == {candle}


def test_a_candle_of_an_hour_is_shown_among_its_neighbours(served: Served, open_page: Open) -> None:
    page = open_page(f"{served.url}/watch/runs/hours?at={(BEGIN + 40 * HOUR).isoformat()[:-6]}Z")
    candle, side = milliseconds(BEGIN + 40 * HOUR), 15 * 3_600_000
    page.wait_for_function(MARKED, arg=candle)
    assert [candle - side, candle + side] in page.evaluate(SHOWN)


def test_where_nothing_is_near_the_page_says_how_far_it_is(served: Served, open_page: Open) -> None:
    page = open_page(f"{served.url}/watch/runs/replay?tab=alerts")
    page.locator("ul.alerts li", has_text="far").get_by_role("link", name="chart").click()
    told = page.locator(".area-chart .caption").first
    expect(told).to_contain_text("nothing is near: the nearest row is 15 h 00 min away")
    expect(page.locator(".area-chart")).to_contain_text("80 candles, 80 drawn")
    assert page.evaluate(MOMENTS) == []
