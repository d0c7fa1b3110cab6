"""Rules L of the contract: the session registry."""

from __future__ import annotations

import json

import pytest

from contract.conftest import Api
from contract.tree import Tree
from peak_trade.store import families
from web.gated import Site


async def ids(api: Api, query: str = "") -> list[str]:
    return [session["session_id"] for session in await api(f"/api/live_sessions{query}")]


async def test_l1_filters_come_before_the_cut(api: Api, tree: Tree) -> None:
    tree.session("old", mode="paper", started_at="2026-01-01T00:00:00", status="failed")
    for number in range(40):
        tree.session(f"new{number}")
    assert await ids(api, "?mode=paper&limit=1") == ["old"]
    assert await ids(api, "?status=failed&limit=1") == ["old"]


async def test_l2_order_and_cut_go_by_the_end(api: Api, tree: Tree) -> None:
    tree.session("a", finished_at="2026-01-15T17:00:00", started_at="2026-01-01T00:00:00")
    tree.session("b", finished_at="2026-01-15T16:00:00")
    tree.session("c", started_at="2026-01-15T16:30:00+00:00")
    assert await ids(api) == ["a", "c", "b"]
    assert await ids(api, "?limit=1") == ["a"]


async def test_l3_naive_times_are_utc_beside_others(api: Api, tree: Tree) -> None:
    tree.session("naive", started_at="2026-01-15T08:00:00")
    tree.session("east", started_at="2026-01-15T09:30:00+02:00")
    tree.session("utc", started_at="2026-01-15T09:00:00.5Z")
    shown = {s["session_id"]: s["started_at"] for s in await api("/api/live_sessions")}
    assert shown == {
        "utc": "2026-01-15T09:00:00.500000Z",
        "naive": "2026-01-15T08:00:00",
        "east": "2026-01-15T09:30:00+02:00",
    }
    assert (await api("/api/live_sessions/stats"))["total_sessions"] == 3


@pytest.mark.parametrize("value", [None, "12", float("nan"), float("inf"), True, [1]])
async def test_l4_a_bad_value_is_left_out_of_sums(api: Api, tree: Tree, value: object) -> None:
    tree.session("good", metrics={"realized_pnl": 5.5, "max_drawdown": -0.5})
    tree.session("bad", metrics={"realized_pnl": value, "max_drawdown": value})
    stats = await api("/api/live_sessions/stats")
    assert (stats["total_sessions"], stats["total_pnl"], stats["avg_drawdown"]) == (2, 5.5, -0.5)
    assert (await api("/api/live_sessions/bad"))["realized_pnl"] is None


async def test_a_number_as_text_is_no_value_and_said(api: Api, tree: Tree) -> None:
    names = ("realized_pnl", "max_drawdown", "num_orders")
    tree.session("text", metrics=dict.fromkeys(names, "12"))
    (session,) = await api("/api/live_sessions")
    assert [session[name] for name in names] == [None] * 3
    told = {example["reason"] for example in (await api("/api/v0/quality"))["examples"]}
    assert told == {f"{name} is no number" for name in names}


@pytest.mark.parametrize(
    ("metrics", "shown"),
    [
        ({"num_orders": 0, "num_trades": 5}, 0),
        ({"num_trades": 5.9}, 5),
        ({"num_orders": None, "num_trades": 7}, 7),
        ({}, None),
    ],
)
async def test_l5_no_orders_is_a_value(
    api: Api, tree: Tree, metrics: dict[str, object], shown: int | None
) -> None:
    tree.session("s", metrics=metrics)
    assert (await api("/api/live_sessions"))[0]["num_orders"] == shown


async def test_l6_raw_values_are_counted_and_filtered(api: Api, tree: Tree) -> None:
    tree.session("s", status="COMPLETED", mode="", finished_at="2026-01-15T17:00:00")
    stats = await api("/api/live_sessions/stats")
    assert (stats["by_status"], stats["by_mode"]) == ({"COMPLETED": 1}, {"unknown": 1})
    [shown] = await api("/api/live_sessions?mode=unknown")
    assert (shown["status"], shown["mode"]) == ("completed", "unknown")
    assert await ids(api, "?status=completed") == []
    assert await ids(api, "?status=COMPLETED") == ["s"]


async def test_l7_ids_with_a_slash_are_reached(api: Api, tree: Tree) -> None:
    tree.session("a/b")
    tree.session("", "empty")
    tree.session("stats")
    assert (await api("/api/live_sessions/a%2Fb"))["session_id"] == "a/b"
    assert set(await ids(api)) == {"a/b", "", "stats"}
    assert "total_sessions" in await api("/api/live_sessions/stats")
    assert (await api.refused("/api/live_sessions/%20"))[0] == 404


async def test_l8_limit_values_are_verbatim(api: Api, tree: Tree) -> None:
    limits = [{"limit_name": "loss", "current_value": "much", "limit_value": None}, "no object"]
    tree.session("s", metrics={"limit_details": limits})
    [limit] = (await api("/api/live_sessions/s"))["risk_limit_details"]
    assert (limit["name"], limit["value"], limit["limit"]) == ("loss", "much", None)
    assert (limit["ratio"], limit["severity"]) == (0.0, "ok")


async def test_l9_unknown_filters_find_nothing(api: Api, tree: Tree) -> None:
    tree.session("s")
    for query in ("?mode=nobody", "?status=nobody", "?mode=SHADOW"):
        assert await ids(api, query) == []
    assert await ids(api, "?mode=&status=") == ["s"]


async def test_l10_of_equal_ids_the_greatest_name_answers(api: Api, tree: Tree) -> None:
    tree.session("s", "b", error="greatest")
    tree.session("s", "a", error="other")
    assert (await api("/api/live_sessions/s"))["notes"] == "greatest"
    assert await ids(api) == ["s", "s"]


@pytest.mark.parametrize("stamp", [None, "", "yesterday", 5])
async def test_l11_without_a_start_a_record_is_unusable(
    api: Api, tree: Tree, stamp: object
) -> None:
    tree.session("s", started_at=stamp)
    assert await ids(api) == []
    assert (await api("/api/live_sessions/stats"))["total_sessions"] == 0
    assert await api.refused("/api/live_sessions/s") == (404, "Session not found: s")


async def test_l12_an_error_is_no_empty_list(
    site: Site, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await ids(api) == []

    def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(families, "refresh_sessions", broken)
    for path in ("/api/live_sessions", "/api/live_sessions/stats"):
        answer = await site.ask(path)
        assert (answer.code, json.loads(answer.body)["detail"]) == (500, "Internal Server Error")


async def test_l14_a_record_caught_in_the_middle_of_a_write_comes_later(
    api: Api, tree: Tree
) -> None:
    path = tree.session("s")
    whole = path.read_text()
    path.write_text(whole[:30])
    assert await ids(api) == []
    path.write_text(whole)
    assert await ids(api) == ["s"]
