"""Rules A of the contract: the daily alert store."""

from __future__ import annotations

from typing import Any

import pytest

from contract.conftest import Api
from contract.tree import NOW, Tree, alert
from peak_trade.serve.runtime import Runtime
from web.gated import close_site, make_settings, serve

DAY = "2026-01-15"


async def titles(api: Api, query: str = "") -> list[str]:
    return [item["title"] for item in (await api(f"/api/live/alerts{query}"))["alerts"]]


async def test_a1_the_session_filter_comes_before_the_cut(api: Api, tree: Tree) -> None:
    tree.alerts(DAY, alert(f"{DAY}T10:00:00Z", "mine", session_id="s"))
    tree.alerts(DAY, *(alert(f"{DAY}T11:00:{second:02}Z") for second in range(9)))
    assert await titles(api, "?session_id=s&limit=1") == ["mine"]
    answer = await api("/api/live/alerts?session_id=s&limit=1")
    assert (answer["total"], answer["filtered"]) == (10, 1)


async def test_a2_day_files_one_day_off_are_read(api: Api, tree: Tree) -> None:
    tree.alerts("2026-01-14", alert("2026-01-14T23:30:00-10:00", "behind"))
    tree.alerts("2026-01-16", alert("2026-01-16T01:00:00+14:00", "ahead"))
    tree.alerts(DAY, alert(f"{DAY}T17:00:00Z", "newest"))
    assert await titles(api) == ["newest", "ahead", "behind"]
    assert await titles(api, "?limit=2") == ["newest", "ahead"]


@pytest.mark.parametrize("bad", ["5", "null", "not json", "[]", alert("soon"), alert("")])
async def test_a3_a_bad_line_costs_only_itself(api: Api, tree: Tree, bad: Any) -> None:
    tree.alerts(DAY, alert(f"{DAY}T10:00:00", "naive"), bad, alert(f"{DAY}T09:00:00Z", "after"))
    assert await titles(api) == ["naive", "after"]


async def test_a4_nulls_are_defaults(api: Api, tree: Tree) -> None:
    tree.alerts(DAY, alert(f"{DAY}T10:00:00Z", context=None, body=None, category=None))
    tree.alerts(DAY, alert(f"{DAY}T09:00:00Z", context={"runbooks": None}))
    tree.alerts(DAY, alert(f"{DAY}T08:00:00Z", context={"runbooks": ["x", {"id": 5}]}))
    shown = (await api("/api/live/alerts"))["alerts"]
    assert [item["body"] for item in shown] == ["", "b", "b"]
    assert shown[2]["runbooks"] == [{"id": "", "title": "", "url": ""}]


async def test_a5_counts_have_no_cap(api: Api, tree: Tree) -> None:
    tree.alerts(DAY, *[alert(f"{DAY}T10:00:00Z")] * 1200)
    assert (await api("/api/live/alerts"))["total"] == 1200
    assert (await api("/api/live/alerts/stats"))["by_severity"]["INFO"] == 1200


async def test_a6_severity_and_category_are_without_case(api: Api, tree: Tree) -> None:
    tree.alerts(DAY, alert(f"{DAY}T10:00:00Z", "odd", severity="Warn", category="risk"))
    tree.alerts(DAY, alert(f"{DAY}T09:00:00Z", "other", severity="PANIC", category="x"))
    assert await titles(api, "?severity=WARN&category=Risk") == ["odd"]
    assert await titles(api, "?severity=info&severity=warn") == ["odd"]
    assert await titles(api, "?severity=nobody") == []
    stats = await api("/api/live/alerts/stats")
    assert stats["by_severity"] == {"INFO": 0, "WARN": 1, "CRITICAL": 0}
    assert stats["by_category"] == {"RISK": 1, "EXECUTION": 0, "SYSTEM": 0}
    assert stats["total"] == 2


async def test_a7_equal_ids_are_all_kept(api: Api, tree: Tree) -> None:
    tree.alerts(DAY, *[alert(f"{DAY}T10:00:00Z", "same")] * 3)
    assert await titles(api) == ["same"] * 3


async def test_a8_without_a_time_there_is_no_alert(api: Api, tree: Tree) -> None:
    line = alert(NOW)
    del line["timestamp"]
    tree.alerts(DAY, line)
    assert (await api("/api/live/alerts"))["total"] == 0


async def test_a9_the_window_ends_now_and_includes_both_ends(api: Api, tree: Tree) -> None:
    for stamp in ("17:30:00", "17:29:59", "18:30:00", "18:30:01"):
        tree.alerts(DAY, alert(f"{DAY}T{stamp}Z", stamp))
    assert await titles(api, "?hours=1") == ["18:30:00", "17:30:00"]


async def test_a10_the_place_of_the_store_is_a_setting(tree: Tree) -> None:
    line = alert(f"{DAY}T10:00:00Z", "elsewhere")
    Tree(tree.root / "x").alerts(DAY, line)
    settings = make_settings(tree.root, **{"dashboard.alerts_dir": "x/live_runs/alerts"})
    site = serve(Runtime(settings), tree.root)
    assert await titles(Api(site)) == ["elsewhere"]
    await close_site(site)


async def test_a11_the_last_critical_is_the_whole_record(api: Api, tree: Tree) -> None:
    body = "word " * 100
    line = alert(f"{DAY}T12:00:00+02:00", "c", severity="critical", body=body, context={"k": 1})
    tree.alerts(DAY, line, alert(f"{DAY}T09:00:00Z", severity="CRITICAL"))
    last = (await api("/api/live/alerts/stats"))["last_critical"]
    assert (last["title"], last["body"], last["context"]) == ("c", body, {"k": 1})
    assert last["timestamp"] == f"{DAY}T12:00:00+02:00"
    [shown, _] = (await api("/api/live/alerts"))["alerts"]
    assert shown["timestamp_display"] == "15.01.2026 12:00:00"
    assert (len(shown["body"]), shown["body"][-7:]) == (202, "word...")
