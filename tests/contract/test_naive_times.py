"""A time without an offset is UTC in every artifact and parameter, whatever the zone around it."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from contract.conftest import Api
from contract.tree import NOW, Tree, alert, as_line, event, telemetry
from peak_trade.serve.runtime import Runtime
from web.gated import close_site, make_settings, serve

ROUTES = (
    *("/runs", "/runs/a/snapshot", "/runs/a/tail", "/runs/a/alerts", "/freshz"),
    *("/api/v0/runs/a", "/api/v0/runs/a/equity", "/api/v0/runs/a/trades", "/api/v0/attention"),
    *("/api/v0/runs/a/signals", "/api/live_sessions"),
    *("/api/live/alerts?hours=1", "/api/live/alerts/stats?hours=1", "/api/live_sessions/stats"),
    *("/api/live/execution/log", "/api/telemetry?session_id=log"),
    *("/api/telemetry/health/trends?days=1", "/api/telemetry/alerts/latest"),
)


def write(root: Path, offset: str) -> Tree:
    """Write a tree whose times end with `offset`, some of them just inside of a window."""
    tree = Tree(root)

    def at(clock: str) -> str:
        return f"2026-01-15T{clock}{offset}"

    rows = [event(n, ts_event=at(f"18:{n:02}:00"), ts_bar=at(f"18:{n:02}:00")) for n in range(3)]
    columns = ("step", "ts_event", "ts_bar", "equity")
    run = tree.run("a", rows, *columns, started_at=at("18:00:00"), ended_at=None)
    tree.run("b", [event(9)], started_at=at("17:00:00"), ended_at=at("17:40:00"))
    tree.write(run / "trades.csv", f"ts,side,price\n{at('18:01:00')},buy,42000.5\n")
    own = {"rule_id": "r", "severity": "warning", "message": "m"}
    lines = ({**own, "timestamp": at(clock)} for clock in ("18:02:00", "18:01:00"))
    tree.write(run / "alerts.jsonl", "".join(map(as_line, lines)))
    tree.session("first", started_at=at("08:00:00"), finished_at=at("09:00:00"))
    tree.session("second", started_at="2026-01-15T08:30:00+00:00")
    for clock in ("17:31:00", "17:29:00", "18:29:00"):
        tree.alerts("2026-01-15", alert(at(clock), clock, severity="CRITICAL"))
    for second, kind in enumerate(("intent", "order", "fill")):
        tree.log("log", telemetry(at(f"18:00:0{second}"), kind, "log", side="buy"))
    metrics = {"disk_usage_mb": 10.0, "parse_error_rate": 0.0}
    tree.health_snapshots({"ts_utc": at("12:00:00"), "severity": "ok", "metrics": metrics})
    rule = {"timestamp_utc": at("18:00:00"), "severity": "warn", "title": "t", "body": "b"}
    tree.rule_alerts({"id": "1", "source": "rule:x", "labels": {}, "dedupe_key": "k", **rule})
    return tree


async def answers(tree: Tree) -> dict[str, str]:
    """Return the bodies of the routes with the offset of UTC left out."""
    site = serve(Runtime(make_settings(tree.root)), tree.root)
    found = {path: await site.ask(path) for path in ROUTES}
    await close_site(site)
    assert {path: answer.code for path, answer in found.items()} == dict.fromkeys(ROUTES, 200)
    texts = {path: answer.body.decode() for path, answer in found.items()}
    return {path: re.sub(r'(\+00:00|Z)(?=")', "", text) for path, text in texts.items()}


async def test_times_without_offset_are_those_with_the_offset_of_utc(tmp_path: Path) -> None:
    assert time.localtime().tm_gmtoff, "the zone of the tests is not UTC"
    naive = await answers(write(tmp_path / "naive", ""))
    assert naive == await answers(write(tmp_path / "aware", "+00:00"))
    assert naive["/api/live/alerts?hours=1"].count('"17:31:00"') == 1
    assert "17:29:00" not in naive["/api/live/alerts?hours=1"]


@pytest.mark.parametrize("moment", ["2026-01-15T18:01:00", "2026-01-15T18:01:00Z"])
async def test_parameters_without_offset_are_utc(api: Api, tree: Tree, moment: str) -> None:
    tree.log("log", *(telemetry(f"2026-01-15T18:0{n}:00Z", "fill", "log") for n in range(3)))
    found = await api(f"/api/telemetry?session_id=log&from={moment}&to={NOW[:19]}")
    assert [item["ts"][11:16] for item in found["timeline"]] == ["18:01", "18:02"]
