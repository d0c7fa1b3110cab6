"""The table of sessions with its counts, as the console shows it."""

from __future__ import annotations

import os
from datetime import datetime

import pytest

from contract.conftest import Api
from contract.tree import NOW, Tree
from peak_trade.contract.pages.holding import Holding
from peak_trade.views.console.panels import equity, positions


@pytest.mark.parametrize(
    ("query", "matching", "states"),
    [
        ("", 3, {"live": 1, "ended": 2}),
        ("state:live", 1, {"live": 1, "ended": 2}),
        ("mode:paper%20state:live", 0, {"ended": 1}),
    ],
)
async def test_states_are_those_that_the_rest_of_the_query_leaves(
    api: Api, tree: Tree, query: str, matching: int, states: dict[str, int]
) -> None:
    tree.run("r", started_at=NOW)
    tree.session("going", status="started", started_at=NOW, run_id="r")
    tree.session("over", finished_at=NOW)
    tree.session("other", mode="paper", finished_at=NOW)
    told = await api(f"/api/v0/pages/console?q={query}")
    assert (told["matching"], told["by_state"]) == (matching, states)


async def test_what_is_held_is_that_of_sessions_that_live(api: Api, tree: Tree) -> None:
    held = {"equity": 100.5, "total_notional": 40.0, "unrealized_pnl": -1.0, "open_positions": 2}
    tree.session("eur", status="started", started_at=NOW, symbol="BTC/EUR", metrics=held)
    tree.session("more", status="started", started_at=NOW, symbol="ETH/EUR", metrics=held)
    tree.session("odd", status="started", started_at=NOW, metrics={"equity": "x", "exposure": 7})
    tree.session("btc", status="started", started_at=NOW, symbol="ETH/BTC", metrics={"equity": 1})
    tree.session("over", finished_at=NOW, symbol="BTC/EUR", metrics=held)
    told = await api("/api/v0/pages/console")
    alive = {
        "sessions": 4,
        "left_out": 0,
        "equity": {"EUR": 201.0, "BTC": 1.0},
        "unrealized_pnl": {"EUR": -2.0},
        "exposure": {"EUR": 80.0, "": 7.0},
        "open_positions": 4,
    }
    assert told["holding"] == alive
    started: dict[str, object] = {"status": "started", "config": {"timeframe": "1m"}}
    crashed = tree.session("crashed", **started, symbol="BTC/EUR", metrics=held)
    at = datetime.fromisoformat(NOW).timestamp() - 36_000
    os.utime(crashed, (at, at))
    told = await api("/api/v0/pages/console")
    assert told["holding"] == alive | {"left_out": 1}
    panels = (await api("/api/live/status/snapshot.json"))["panels"]
    details = {panel["id"]: panel["details"] for panel in panels}
    assert details["portfolio"]["equity"] == 302.5, "the snapshot counts all that say started"


def test_the_panels_say_what_is_held_and_what_is_left_out() -> None:
    held: Holding = {
        "sessions": 2,
        "left_out": 0,
        "equity": {"EUR": 1234.5, "BTC": 0.25},
        "unrealized_pnl": {},
        "exposure": {"EUR": 10.0},
        "open_positions": 1,
    }
    assert equity(held) == "1,234.50 EUR, 0.25 BTC"
    assert positions(held) == "1 position, 10.00 EUR"
    held["left_out"] = 2
    assert equity(held) == "1,234.50 EUR, 0.25 BTC, without 2 crashed sessions"
    held |= {"equity": {}, "exposure": {}, "open_positions": 0}
    assert equity(held) == positions(held) == "without 2 crashed sessions"
