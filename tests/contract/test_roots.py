"""Several roots behind one console: told apart, listed together, and one of them gone."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import peak_trade
from contract.conftest import Api
from contract.tree import NOW, Tree, alert, event, telemetry
from peak_trade.artifacts import files
from peak_trade.errors import PeakTradeError
from peak_trade.fleets import cli as fleet
from peak_trade.serve.doctor import examine
from peak_trade.serve.findings import Status
from peak_trade.serve.runtime import Runtime
from peak_trade.serve.snapshot import write_snapshot
from peak_trade.settings import load
from peak_trade.store import probe
from peak_trade.store.paths import Paths
from serving import PATIENCE
from web.gated import Site, close_site, make_settings, serve

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


def desk(tmp_path: Path, roots: dict[str, Tree]) -> Path:
    """Write settings that name these roots."""
    config = tmp_path / "desk.toml"
    named = (f'[[roots]]\nname = "{name}"\npath = "{roots[name].root}"\n' for name in roots)
    config.write_text("".join(named))
    return config


@pytest.fixture
async def site(tmp_path: Path, roots: dict[str, Tree]) -> AsyncIterator[Site]:
    site = serve(Runtime(load(desk(tmp_path, roots)).settings), tmp_path)
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


async def test_pages_of_alerts_quality_and_comparison_say_the_root(api: Api) -> None:
    page = await api("/api/v0/pages/alerts")
    assert page["by_root"] == {LIVE: 1, PAPER: 1}
    assert {group["root"]: group["title"] for group in page["groups"]} == {LIVE: LIVE, PAPER: PAPER}
    asked = await api(f"/api/v0/pages/alerts?root={PAPER}")
    assert [group["root"] for group in asked["groups"]] == [PAPER]
    assert (asked["by_root"], asked["matching"]) == (page["by_root"], 1)
    compared = await api("/api/v0/compare?runs=r,paper~r")
    assert [run["root"] for run in compared["runs"]] == [LIVE, PAPER]


async def test_read_errors_say_the_root_where_it_is_known(api: Api, roots: dict[str, Tree]) -> None:
    for tree in roots.values():
        (tree.root / "live_runs" / "r" / "alerts.jsonl").write_text("no JSON\n")
    quality = await api("/api/v0/quality")
    assert {run["run_id"]: run["root"] for run in quality["runs"]} == {"r": LIVE, "paper~r": PAPER}
    found = {example["run_id"]: example["root"] for example in quality["examples"]}
    assert found == {"r": LIVE, "paper~r": PAPER}


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


@pytest.fixture
def gone(roots: dict[str, Tree], tmp_path: Path) -> Callable[[str], Path]:
    """Take a root away; what is returned is where it is now."""

    def take(name: str) -> Path:
        return roots[name].root.rename(tmp_path / f"{name} elsewhere")

    return take


async def everything(api: Api) -> list[object]:
    """Return what the lists and a run of each root say."""
    return [
        await api("/runs"),
        await api("/api/live_sessions"),
        (await api("/api/live/alerts?hours=24"))["alerts"],
        (await api("/api/telemetry/alerts/latest"))["alerts"],
        await api("/runs/paper~r/tail"),
        (await api("/api/telemetry?session_id=paper~s"))["timeline"],
    ]


async def test_of_a_root_that_is_gone_what_was_known_stays(
    api: Api, site: Site, roots: dict[str, Tree], gone: Callable[[str], Path]
) -> None:
    before = await everything(api)
    elsewhere = gone(PAPER)
    for _ in range(2):
        assert await everything(api) == before
    roots[LIVE].run("new", [event(1)])
    assert {run["run_id"] for run in await api("/runs")} == {"r", "paper~r", "new"}
    assert (await site.ask("/readyz")).code == 200
    elsewhere.rename(roots[PAPER].root)
    roots[PAPER].run("r", [event(1, equity=3.0)])
    roots[PAPER].run("more", [event(1)])
    assert {run["run_id"] for run in await api("/runs")} == {"r", "paper~r", "new", "paper~more"}
    assert [row["equity"] for row in await api("/runs/paper~r/tail")] == [3.0]


async def test_a_root_that_is_gone_is_one_warning(
    api: Api, site: Site, gone: Callable[[str], Path]
) -> None:
    assert (await api("/freshz"))["roots"] == []
    gone(PAPER)
    away = {"root": PAPER, "since": NOW, "reason": "it does not exist"}
    fresh = await api("/freshz")
    assert (fresh["fresh"], fresh["roots"], fresh["directories"]) == (False, [away], [])
    verdict = await api("/api/v0/attention")
    told = [
        part for part in verdict["parts"] if part["kind"] in {"root", "directory", "read_errors"}
    ]
    assert [(part["kind"], part["level"], part["name"], part["reason"]) for part in told] == [
        ("root", "warn", PAPER, "it does not exist")
    ]
    status = (await site.ask("/api/live/status/snapshot.html")).body.decode()
    assert "root paper since 2026-01-15" in status
    assert "UTC: it does not exist</span>" in status
    checks = (await api("/health/detailed"))["checks"]
    assert checks["roots"]["healthy"]
    assert checks["roots"]["details"] == {PAPER: f"unreachable since {NOW}: it does not exist"}
    metrics = (await site.ask("/metrics")).body.decode()
    assert 'peak_trade_root_up{root="paper"} 0.0' in metrics
    assert 'peak_trade_root_up{root="live"} 1.0' in metrics
    assert len((await api("/api/v0/pages/console"))["sessions"]) == 2


async def test_directories_of_the_others_are_told_while_a_root_is_away(
    api: Api,
    roots: dict[str, Tree],
    gone: Callable[[str], Path],
    caplog: pytest.LogCaptureFixture,
) -> None:
    logs = {name: Paths.of(make_settings(tree.root)).telemetry for name, tree in roots.items()}
    await api("/freshz")
    moved = {name: path.rename(roots[name].root / "elsewhere") for name, path in logs.items()}
    await api("/freshz")
    gone(PAPER)
    await api("/freshz")
    moved[LIVE].rename(logs[LIVE])
    await api("/freshz")
    told = [record.getMessage().partition(": ") for record in caplog.records]
    again = [family for family, _, text in told if text == "the directory can be listed again"]
    assert again == ["telemetry"]


async def test_a_run_that_cannot_be_reached_is_not_said_to_be_none(
    api: Api, gone: Callable[[str], Path]
) -> None:
    await api("/runs")
    gone(PAPER)
    status, detail = await api.refused("/runs/paper~r/snapshot")
    assert (status, detail) == (
        503,
        f"The root paper is unreachable since {NOW}: it does not exist",
    )
    assert (await api.refused("/runs/paper~none/snapshot"))[0] == 503
    assert (await api.refused("/runs/none/snapshot"))[0] == 404


async def test_a_root_that_hangs_holds_up_nobody(
    api: Api, site: Site, roots: dict[str, Tree], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await everything(api)
    answers, opened = threading.Event(), files._opened

    def hanging(path: Path, **options: Any) -> Any:
        if path.is_relative_to(roots[PAPER].root):
            answers.wait(PATIENCE)
        return opened(path, **options)

    monkeypatch.setattr(probe, "SECONDS", 0.2)
    monkeypatch.setattr(files, "_opened", hanging)
    try:
        for _ in range(2):
            assert await everything(api) == before
        fresh = await api("/freshz")
        assert fresh["roots"] == [{"root": PAPER, "since": NOW, "reason": "it does not answer"}]
        roots[LIVE].run("new", [event(1)])
        assert len(await api("/runs")) == 3
    finally:
        answers.set()
    async with asyncio.timeout(PATIENCE):
        while (await api("/freshz"))["roots"]:  # noqa: ASYNC110  the thread that hung has no event
            await asyncio.sleep(0.02)
    roots[PAPER].run("more", [event(1)])
    assert len(await api("/runs")) == 4


async def test_a_root_that_was_gone_from_the_start_is_picked_up(
    tmp_path: Path, roots: dict[str, Tree], site: Site, api: Api, gone: Callable[[str], Path]
) -> None:
    elsewhere = gone(PAPER)
    assert [run["run_id"] for run in await api("/runs")] == ["r"]
    assert [row["session_id"] for row in (await api("/api/v0/pages/console"))["sessions"]] == ["s"]
    elsewhere.rename(roots[PAPER].root)
    assert [run["run_id"] for run in await api("/runs")] == ["r", "paper~r"]


async def test_without_any_root_lists_say_why(
    api: Api, site: Site, gone: Callable[[str], Path]
) -> None:
    for name in (LIVE, PAPER):
        gone(name)
    assert (await site.ask("/readyz")).code == 503
    assert (await api.refused("/runs"))[0] == 503


def test_nothing_is_written_into_any_root(tmp_path: Path, roots: dict[str, Tree]) -> None:
    settings = load(desk(tmp_path, roots)).settings
    for tree in roots.values():
        with pytest.raises(PeakTradeError, match="is among the artifacts"):
            write_snapshot(settings, "html", str(tree.runs / "out.html"))


def test_a_dataset_is_made_of_all_that_are_there(tmp_path: Path, roots: dict[str, Tree]) -> None:
    options = ["build", "--config", str(desk(tmp_path, roots)), "--out", str(tmp_path / "fleet")]
    first = CliRunner().invoke(fleet.app, options)
    assert (first.exit_code, first.stderr) == (0, "")
    roots[PAPER].root.rename(tmp_path / "elsewhere")
    second = CliRunner().invoke(fleet.app, options)
    assert second.exit_code == 3
    assert "warning: the root paper: it does not exist; " in second.stderr
    assert first.stdout.split(";")[0] == second.stdout.split(";")[0], "as many runs"


def test_the_doctor_looks_at_each_root(tmp_path: Path, roots: dict[str, Tree]) -> None:
    roots[PAPER].root.rename(tmp_path / "elsewhere")
    found = examine(desk(tmp_path, roots), {})
    assert "settings" in found
    told = {finding.text: finding.status for finding in found["directories"]}
    assert told[f"live: runs: {roots[LIVE].runs}"] is Status.OK
    gone = {text: status for text, status in told.items() if text.startswith("paper: ")}
    assert gone == {f"paper: {roots[PAPER].root}: it does not exist": Status.WARN}


def test_a_notebook_reads_several_roots_as_one(tmp_path: Path, roots: dict[str, Tree]) -> None:
    places = [tree.root for tree in roots.values()]
    for opened in (
        peak_trade.open(places),
        peak_trade.open({LIVE: places[0], PAPER: places[1]}),
        peak_trade.open(config=desk(tmp_path, roots)),
    ):
        runs = opened.runs()
        assert dict(zip(runs["run_id"], runs["root"], strict=True)) == {"r": LIVE, "paper~r": PAPER}
        assert opened.query("root:paper")["session_id"].tolist() == ["paper~s"]
        assert opened.run("paper~r").events["equity"].iloc[-1] == 200.0
    assert "root" not in peak_trade.open(places[0]).runs()


async def test_times_without_offset_are_those_of_the_zone_of_their_root(tmp_path: Path) -> None:
    """In every artifact but where its name says UTC; those with an offset stay."""
    there = await answers(write(tmp_path / "naive", ""), "Asia/Kolkata")
    assert there == await answers(write(tmp_path / "aware", "+05:30"), "Asia/Kolkata")
    assert there == await answers(write(tmp_path / "utc", "+05:30"), "UTC")


def write(root: Path, offset: str) -> Tree:
    """Write a tree whose times are of an evening in India, and end with `offset`."""
    tree = Tree(root)

    def at(clock: str) -> str:
        return f"2026-01-15T{clock}{offset}"

    rows = [event(n, ts_event=at(f"23:{n:02}:00"), ts_bar=at(f"23:{n:02}:00")) for n in range(3)]
    columns = ("step", "ts_event", "ts_bar", "equity")
    run = tree.run("a", rows, *columns, started_at=at("23:00:00"), ended_at=None)
    tree.write(run / "trades.csv", f"ts,side,price\n{at('23:01:00')},buy,42000.5\n")
    own = {"rule_id": "r", "severity": "warning", "message": "m", "timestamp": at("23:02:00")}
    tree.write(run / "alerts.jsonl", json.dumps(own) + "\n")
    tree.session("s", run_id="a", started_at=at("22:00:00"), finished_at=at("23:05:00"))
    tree.alerts("2026-01-15", alert(at("23:31:00"), "x", severity="CRITICAL", session_id="s"))
    tree.log("s", telemetry(at("23:00:01"), "fill", "s", side="buy"))
    return tree


async def answers(tree: Tree, zone: str) -> dict[str, Any]:
    """Return what routes and pages say of a tree that is a root with this zone."""
    config = tree.root.parent / f"{tree.root.name}.toml"
    config.write_text(f'[[roots]]\nname = "a"\npath = "{tree.root}"\ntime_zone = "{zone}"\n')
    site = serve(Runtime(load(config).settings), tree.root)
    api = Api(site)
    paths = (
        *("/runs", "/runs/a/snapshot", "/runs/a/tail", "/runs/a/alerts", "/freshz"),
        *("/api/v0/runs/a", "/api/v0/runs/a/equity", "/api/v0/runs/a/trades"),
        *("/api/live_sessions", "/api/live/alerts?hours=1", "/api/telemetry?session_id=s"),
        *(
            "/api/v0/attention",
            "/api/v0/pages/console",
            "/api/v0/runs/a/curve",
            "/api/v0/runs/a/price",
        ),
    )
    try:
        found = {path: await api(path) for path in paths}
    finally:
        await close_site(site)
    assert found["/runs"][0]["last_event_time"] == "2026-01-15T17:32:00+00:00"
    return found
