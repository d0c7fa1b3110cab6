"""What needs attention now, as the line on top of every page says it."""

from __future__ import annotations

import shutil

import pytest

from contract.conftest import Api
from contract.tree import NOW, Tree, alert, event
from peak_trade.contract.registry.pages import NAMED

START = "2026-01-15T10:00:00+00:00"


@pytest.mark.parametrize("severity", ["CRITICAL", "critical", "Critical"])
async def test_a_critical_alert_is_a_sign_however_it_is_written(
    api: Api, tree: Tree, severity: str
) -> None:
    tree.alerts("2026-01-15", alert("2026-01-15T18:00:00Z", "lost", severity=severity))
    tree.alerts("2026-01-15", alert("2026-01-15T18:01:00Z", "fine", severity="warn"))
    found = await api("/api/v0/attention")
    assert (found["level"], found["critical_alerts"]) == ("error", 1)
    assert found["newest_critical"]["title"] == "lost"
    assert found["newest_critical"]["run_id"] is None


@pytest.mark.parametrize(("run_id", "known"), [("there", "there"), ("gone", None), (None, None)])
async def test_a_critical_alert_names_the_run_of_its_session(
    api: Api, tree: Tree, run_id: str | None, known: str | None
) -> None:
    tree.run("there")
    tree.session("s1", run_id=run_id)
    tree.alerts("2026-01-15", alert("2026-01-15T18:00:00Z", severity="CRITICAL", session_id="s1"))
    assert (await api("/api/v0/attention"))["newest_critical"]["run_id"] == known


@pytest.mark.parametrize("name", NAMED)
async def test_every_page_has_the_verdict(api: Api, tree: Tree, name: str) -> None:
    tree.run("known", [event(1)], started_at=START)
    tree.session("known", run_id="known", status="started", started_at=START)
    told = (await api(f"/api/v0/pages/{name}?id=known&run=known"))["verdict"]
    assert told == await api("/api/v0/attention")
    assert [(part["kind"], part["run_id"]) for part in told["parts"]] == [("crashed", "known")]
    assert told["level"] == "error"


async def test_worst_comes_first_and_what_is_older_than_a_day_is_no_fault(
    api: Api, tree: Tree
) -> None:
    for name, last in (("old", "2026-01-13T10:00"), ("stale", "2026-01-15T18:24")):
        tree.run(name, [event(1) | {"ts_event": f"{last}:00Z"}], started_at=START)
    tree.run("live", [event(1) | {"ts_event": NOW}], started_at=START)
    told = await api("/api/v0/attention")
    assert [part["kind"] for part in told["parts"]] == ["stale", "never_ended", "live"]
    assert (told["level"], told["open_runs"], told["stale_runs"]) == ("warn", 2, 1)


@pytest.mark.parametrize(
    ("timeframe", "last", "kind"),
    [
        ("1d", "2026-01-14T10:00", "late"),
        ("1w", "2026-01-10T10:00", "live"),
        ("1M", "2025-12-28T10:00", "live"),
        ("1d", "2026-01-11T10:00", "stale"),
        ("1d", "2026-01-05T10:00", "crashed"),
        ("1d", "2026-01-03T10:00", "never_ended"),
    ],
)
async def test_a_run_that_writes_seldom_is_not_forgotten_between_two_candles(
    api: Api, tree: Tree, timeframe: str, last: str, kind: str
) -> None:
    row = event(1) | {"ts_event": f"{last}:00Z"}
    tree.run("seldom", [row], started_at="2025-01-01T10:00:00+00:00", timeframe=timeframe)
    told = await api("/api/v0/attention")
    assert [part["kind"] for part in told["parts"]] == [kind]


async def test_a_directory_that_is_gone_is_told_once(api: Api, tree: Tree) -> None:
    tree.run("r", [event(1)], ended_at=NOW)
    assert (await api("/api/v0/attention"))["level"] == "ok"
    shutil.rmtree(tree.runs)
    told = await api("/api/v0/attention")
    assert [(part["kind"], part["name"]) for part in told["parts"]][:1] == [
        ("directory", "live_runs")
    ]
    assert {part["kind"] for part in told["parts"]} <= {"directory", "read_errors"}
