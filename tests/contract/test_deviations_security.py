"""Rules S of the contract: what a route must never give away or do."""

from __future__ import annotations

import csv
import io
import json

import pytest

from contract.conftest import Api
from contract.tree import NOW, Tree, alert, event, rich_tree, telemetry
from peak_trade.store.live import LiveStore
from web.gated import Site

SECRETS = (
    *("secret", "password", "passwd", "token", "api_key", "apikey", "private_key"),
    *("privateKey", "passphrase", "accessKey", "twofa", "mnemonic"),  # as ccxt and exchanges say
    *("API Key", "private-key", "Authorization", "slack_webhook"),
)
SECRET_KEYS = [*SECRETS, "credential", "MY_API_KEY_2", "Db.Password"]


@pytest.mark.parametrize("directory", ["/etc", "../..", "", "."])
async def test_s1_the_telemetry_root_is_fixed(api: Api, tree: Tree, directory: str) -> None:
    tree.log("known", telemetry(NOW, "intent"))
    fixed = await api("/api/telemetry/health")
    assert await api(f"/api/telemetry/health?root={directory}") == fixed


async def test_s2_the_history_file_is_fixed(api: Api, tree: Tree) -> None:
    line = {"ts_utc": NOW, "severity": "critical", "metrics": {}}
    other = tree.write(tree.root / "other.jsonl", json.dumps(line) + "\n")
    trends = await api(f"/api/telemetry/health/trends?snapshots_path={other}")
    assert trends["snapshots_found"] == 0


@pytest.mark.parametrize(
    "name", ["../../other", "..", ".", "%2Fetc%2Fpasswd", "a%2Fb", "a%00", "known%2F..%2Fknown"]
)
async def test_s3_log_ids_are_one_component(api: Api, tree: Tree, name: str) -> None:
    tree.log("known", telemetry(NOW, "intent"))
    tree.write(tree.root / "other.jsonl", json.dumps(telemetry(NOW, "intent")) + "\n")
    status, detail = await api.refused(f"/api/telemetry?session_id={name}")
    assert status == 404
    assert detail.startswith("Session log not found: ")


@pytest.mark.parametrize("run_id", ["%2E%2E", "%2E", "alerts", "file", "empty", "link", "a%5Cb"])
async def test_s4_only_runs_are_runs(api: Api, tree: Tree, run_id: str) -> None:
    tree.alerts("2026-01-15", alert(NOW))
    tree.write(tree.runs / "file", "{}")
    (tree.runs / "empty").mkdir()
    outside = Tree(tree.root / "outside").run("link", [event(1)])
    (tree.runs / "link").symlink_to(outside)
    assert await api("/runs") == []
    for path in (
        "/runs/{}/snapshot",
        "/runs/{}/alerts",
        "/api/v0/runs/{}",
        "/api/v0/runs/{}/equity",
    ):
        assert (await api.refused(path.format(run_id)))[0] == 404


async def test_s11_reading_creates_nothing(api: Api, tree: Tree) -> None:
    for path in ("/api/live/alerts", "/api/live/alerts/stats", "/runs", "/api/live_sessions"):
        await api(path)
    assert list(tree.root.iterdir()) == []


async def test_s12_nothing_can_be_written(site: Site) -> None:
    for path in ("/api/knowledge/snippets", "/ops/ci-health/run", "/api/live/alerts"):
        assert (await site.ask(path, "POST")).code == 405
    assert (await site.ask("/api/knowledge/snippets")).code == 404


async def test_s13_secrets_are_hidden_at_any_depth(api: Api, tree: Tree) -> None:
    hidden = dict.fromkeys(SECRET_KEYS, "hunter2") | {"deep": [{"token": {"x": "hunter2"}}]}
    arguments = ["--api-key", "hunter2", "--password=hunter2", "--TOKEN", "hunter2", "--mode", "x"]
    tree.run("r", config_snapshot=hidden | {"tags": ["t"]})
    tree.session("s", config=hidden, cli_args=arguments, metrics=hidden, status="started")
    for path in ("/api/v0/runs/r", "/api/v0/runs/r/detail_v02", "/api/live_sessions/s"):
        text = json.dumps(await api(path))
        assert "hunter2" not in text
        assert "***" in text
    shown = (await api("/api/live_sessions/s"))["cli_args"]
    assert shown == ["--api-key", "***", "--password=***", "--TOKEN", "***", "--mode", "x"]


async def test_s14_no_error_names_paths_or_exceptions(
    site: Site, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree.write(tree.run("r") / "trades.parquet", b"no parquet")
    refused = await site.ask("/api/v0/runs/r/trades")
    assert (refused.code, json.loads(refused.body)) == (404, {"detail": "trades_not_available: r"})
    assert json.loads((await site.ask("/api/v0/quality")).body)["read_errors"] == 1

    async def broken(_: LiveStore) -> None:
        raise ValueError(f"in {tree.root}")

    monkeypatch.setattr(LiveStore, "sessions", broken)
    failed = await site.ask("/api/live_sessions")
    assert (failed.code, json.loads(failed.body)) == (500, {"detail": "Internal Server Error"})
    panels = json.loads((await site.ask("/api/live/status/snapshot.json")).body)["panels"]
    assert str(tree.root) not in json.dumps(panels)
    assert {panel["status"] for panel in panels if panel["id"] == "portfolio"} == {"error"}
    assert {panel["status"] for panel in panels if panel["id"] == "alerts"} == {"ok"}


async def test_s14_the_directory_is_shown_as_configured(api: Api) -> None:
    runs_dir = (await api("/api/v0/health_v02"))["components"]["runs_dir"]
    assert runs_dir == {"status": "missing", "path": "live_runs"}


async def test_s15_data_is_not_stored_and_is_not_sniffed(site: Site, tree: Tree) -> None:
    rich_tree(tree.root)
    for path in ("/runs", "/api/live/status/snapshot.html", "/runs/nobody/tail", "/api/telemetry"):
        headers = (await site.ask(path)).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


async def test_s16_a_download_is_harmless(site: Site, tree: Tree) -> None:
    name = 'ü"; x=日本'
    event = telemetry(NOW, "=cmd()", name, note="=1+1")
    tree.log(name, event | {"symbol": "@SUM(A1)"})
    tree.log(name, telemetry(NOW, "-1", name), telemetry(NOW, "\tx", name))
    answer = await site.ask(
        "/api/telemetry?format=csv&session_id=%C3%BC%22%3B%20x%3D%E6%97%A5%E6%9C%AC"
    )
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    disposition = answer.headers["Content-Disposition"]
    assert disposition == "attachment; filename=telemetry_x_all.csv"
    text = answer.body.decode()
    assert "\r\n" in text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["kind"] for row in rows] == ["'=cmd()", "'-1", "'\tx"]
    assert rows[0]["symbol"] == "'@SUM(A1)"
    assert rows[0]["details"] == "note==1+1"
