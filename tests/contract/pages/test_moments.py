"""A moment of the clock as event and candle of a run, and the chart around it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from contract.conftest import Api
from contract.tree import Tree, event

COLUMNS = ("step", "ts_event", "ts_bar", "close", "equity")
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)


def write(tree: Tree, timeframe: str = "1m") -> None:
    """Write a run whose candles are those of a year before."""
    rows = [
        event(
            step,
            ts_event=(NOON + timedelta(minutes=step)).isoformat(),
            ts_bar=(NOON - timedelta(days=365) + timedelta(minutes=step)).isoformat(),
            close=100 + step,
        )
        for step in range(200)
    ]
    tree.run("replay", rows, *COLUMNS, timeframe=timeframe)


async def test_the_chart_is_drawn_around_the_candle_of_the_event(api: Api, tree: Tree) -> None:
    write(tree)
    at = quote("2026-01-15T14:00:11+02:00")  # 12:00:11 in UTC
    chart = (await api(f"/api/v0/pages/run?id=replay&at={at}"))["chart"]
    assert chart["moment"] == {
        "at": "2026-01-15T12:00:11+00:00",
        "seq": 0,
        "event": "2026-01-15T12:00:00+00:00",
        "candle": "2025-01-15T12:00:00+00:00",
        "seconds": 11.0,
        "side": 1800.0,
        "near": True,
    }
    assert chart["curve"]["points"] == chart["price"]["bars"] == 31
    assert chart["price"]["begin"] == "2025-01-15T12:00:00+00:00"


@pytest.mark.parametrize(("timeframe", "side"), [("1m", 1800), ("1h", 54_000), ("?", 1800)])
async def test_long_candles_are_shown_with_more_around_them(
    api: Api, tree: Tree, timeframe: str, side: float
) -> None:
    write(tree, timeframe)
    chart = (await api("/api/v0/pages/run?id=replay&at=2026-01-15T12:00:11Z"))["chart"]
    assert chart["moment"]["side"] == side


@pytest.mark.parametrize(
    ("at", "seconds", "seq"),
    [("2026-01-15T09:00:00Z", -10_800, 0), ("2026-01-16T15:19:00Z", 86_400, 199)],
)
async def test_where_nothing_is_near_it_says_how_far_the_nearest_row_is(
    api: Api, tree: Tree, at: str, seconds: float, seq: int
) -> None:
    write(tree)
    chart = (await api(f"/api/v0/pages/run?id=replay&at={at}"))["chart"]
    told = chart["moment"]
    assert (told["near"], told["seconds"], told["seq"]) == (False, seconds, seq)
    assert chart["price"]["bars"] == 200


async def test_a_window_goes_before_a_moment(api: Api, tree: Tree) -> None:
    write(tree)
    view = "since=2025-01-15T13:00:00Z&until=2025-01-15T13:09:00Z&at=2026-01-15T12:00:11Z"
    chart = (await api(f"/api/v0/pages/run?id=replay&{view}"))["chart"]
    assert (chart["price"]["bars"], chart["moment"]["seq"]) == (10, 0)


async def test_the_page_of_a_session_draws_the_same_moment(api: Api, tree: Tree) -> None:
    write(tree)
    tree.session("s", run_id="replay", started_at="2026-01-15T12:00:00Z")
    view = "at=2026-01-15T13:00:11Z"
    chart = (await api(f"/api/v0/pages/run?id=replay&{view}"))["chart"]
    run = (await api(f"/api/v0/pages/session?id=s&{view}"))["run"]
    assert (run["moment"], run["curve"]) == (chart["moment"], chart["curve"])
    assert (run["moment"]["seq"], run["curve"]["points"]) == (60, 61)
    assert (await api("/api/v0/pages/session?id=s"))["run"]["moment"] is None


async def test_a_run_without_times_has_no_moment(api: Api, tree: Tree) -> None:
    tree.run("bare", [{"step": 1, "equity": 5}], "step", "equity")
    told = (await api("/api/v0/pages/run?id=bare&at=2026-01-15T12:00:11Z"))["chart"]["moment"]
    assert (told["seq"], told["near"]) == (None, False)


async def test_alerts_of_a_run_and_of_the_platform_are_one_list(api: Api, tree: Tree) -> None:
    write(tree)
    own = [
        {"rule_id": "own", "severity": "warning", "message": "m", "timestamp": stamp}
        for stamp in ("2026-01-15T12:00:30Z", "2026-01-15T14:30:00+02:00", "")
    ]
    lines = "".join(f"{json.dumps(alert)}\n" for alert in own)
    tree.write(tree.runs / "replay" / "alerts.jsonl", lines)
    tree.session("s", run_id="replay", started_at="2026-01-15T12:00:00Z")
    stored = [
        {"title": f"about {session}", "source": "limits", "body": "b", "severity": "CRITICAL"}
        | {"session_id": session, "timestamp": "2026-01-15T12:10:00Z"}
        for session in ("s", "other")
    ]
    text = "".join(f"{json.dumps(alert)}\n" for alert in stored)
    tree.write(tree.runs / "alerts" / "alerts_2026-01-15.jsonl", text)
    rows = (await api("/api/v0/pages/run?id=replay&tab=alerts"))["rows"]
    assert rows["total"] == 4
    found = [(row["origin"], row["rule_id"], row["title"]) for row in rows["rows"]]
    platform, ours = ("platform", "limits", "about s"), ("run", "own", "")
    assert found == [ours, platform, ours, ours]
    recorded = await api("/runs/replay/alerts")
    assert {alert["rule_id"] for alert in recorded} == {"own"}
