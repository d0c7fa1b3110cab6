"""Several roots behind one console: told apart, listed together, and one of them gone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contract.conftest import Api
from contract.tree import NOW, Tree, alert, event, telemetry
from peak_trade.serve.runtime import Runtime
from peak_trade.settings import load
from web.gated import Site, close_site, serve

LIVE, PAPER = "live", "paper"


@pytest.fixture
def roots(tmp_path: Path) -> dict[str, Tree]:
    """Two roots with a run, a session, a log and an alert of the same names in both."""
    trees = {name: Tree(tmp_path / name) for name in (LIVE, PAPER)}
    for place, tree in enumerate(trees.values()):
        tree.run("r", [event(step, equity=100.0 * (place + 1)) for step in range(1, 60)], mode="m")
        tree.session("s", run_id="r", status="started")
        tree.log("s", telemetry("2026-01-15T18:00:00+00:00", "fill", "s", side="buy"))
        tree.alerts("2026-01-15", alert(NOW, tree.root.name, severity="CRITICAL", session_id="s"))
        tree.rule_alerts({"timestamp_utc": NOW, "severity": "warn", "title": "t", "body": "b"})
    return trees


@pytest.fixture
async def site(tmp_path: Path, roots: dict[str, Tree]) -> AsyncIterator[Site]:
    config = tmp_path / "desk.toml"
    config.write_text(
        "".join(f'[[roots]]\nname = "{name}"\npath = "{roots[name].root}"\n' for name in roots)
    )
    site = serve(Runtime(load(config).settings), tmp_path)
    yield site
    await close_site(site)


async def test_what_stands_in_two_roots_is_listed_and_opened_twice(api: Api) -> None:
    runs = {run["run_id"]: run["root"] for run in await api("/runs")}
    assert runs == {"r": LIVE, "paper~r": PAPER}
    for run_id, equity in (("r", 100.0), ("paper~r", 200.0)):
        assert (await api(f"/runs/{run_id}/snapshot"))["equity"] == equity
    sessions = {one["session_id"]: one["root"] for one in await api("/api/live_sessions")}
    assert sessions == {"s": LIVE, "paper~s": PAPER}


async def test_what_belongs_together_is_of_one_root(api: Api) -> None:
    for session_id, run_id in (("s", "r"), ("paper~s", "paper~r")):
        assert (await api(f"/api/live_sessions/{session_id}"))["run_id"] == run_id
        events = await api(f"/api/telemetry?session_id={session_id}")
        assert [event["session_id"] for event in events["timeline"]] == [session_id]
    alerts = (await api("/api/live/alerts?hours=24"))["alerts"]
    assert {one["title"]: one["session_id"] for one in alerts} == {LIVE: "s", PAPER: "paper~s"}
    assert len((await api("/api/telemetry/alerts/latest"))["alerts"]) == 2


async def test_a_query_asks_for_a_root(api: Api) -> None:
    for table, column, name in (("runs_table", "run", "r"), ("sessions_table", "session", "s")):
        found = await api(f"/api/v0/{table}?q=root:paper")
        assert (found["total"], found["matching"]) == (2, 1)
        assert [(row[column], row["root"]) for row in found["rows"]] == [(f"paper~{name}", PAPER)]


async def test_an_identifier_is_that_of_one_artifact(api: Api, roots: dict[str, Tree]) -> None:
    """The first root's names that look like those of another root are told apart as well."""
    for name in ("paper~r", "live~r", "other~r"):
        roots[LIVE].run(name, [event(1, equity=7.0)])
    found = {run["run_id"]: run["root"] for run in await api("/runs")}
    assert found == {
        "r": LIVE,
        "paper~r": PAPER,
        "live~paper~r": LIVE,
        "live~live~r": LIVE,
        "other~r": LIVE,
    }
    for run_id in ("live~paper~r", "live~live~r", "other~r"):
        assert (await api(f"/runs/{run_id}/snapshot"))["equity"] == 7.0


async def test_with_one_root_nothing_is_said_of_it(tmp_path: Path, roots: dict[str, Tree]) -> None:
    config = tmp_path / "one.toml"
    config.write_text(f'[[roots]]\nname = "paper"\npath = "{roots[PAPER].root}"\n')
    site = serve(Runtime(load(config).settings), tmp_path)
    try:
        api = Api(site)
        assert [(run["run_id"], run.get("root")) for run in await api("/runs")] == [("r", None)]
        assert "root" not in (await api("/api/v0/runs_table"))["rows"][0]
    finally:
        await close_site(site)
