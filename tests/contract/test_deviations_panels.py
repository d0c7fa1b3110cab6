"""Rules P of the contract: status panels and the service's own health."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from contract.conftest import Api
from contract.tree import NOW, Tree, alert, telemetry
from peak_trade.contract.service.status import normal_status
from peak_trade.store.live import LiveStore
from web.gated import Site

PANELS = ["alerts", "live_sessions", "portfolio", "positions", "risk", "telemetry"]


async def panels(api: Api) -> dict[str, Any]:
    snapshot = await api("/api/live/status/snapshot.json")
    assert snapshot["generated_at"] == NOW
    return {panel["id"]: panel for panel in snapshot["panels"]}


async def test_p1_there_are_six_panels_even_over_nothing(api: Api) -> None:
    found = await panels(api)
    assert list(found) == PANELS
    assert {panel["status"] for panel in found.values()} == {"ok"}


@pytest.mark.parametrize(
    ("status", "values"),
    [
        ("ok", ("active", " OK ", "Passed", True, 0)),
        ("warn", ("degraded", "Caution", 1)),
        ("error", ("blocked", "breach", "critical", False, 2, -1)),
        ("unknown", (None, "", "great", 0.5, [])),
    ],
)
def test_p2_a_status_of_any_spelling(status: str, values: tuple[object, ...]) -> None:
    assert [normal_status(value) for value in values] == [status] * len(values)


async def test_p3_the_telemetry_panel_counts_logs_and_errors(api: Api, tree: Tree) -> None:
    tree.log("a", *[telemetry(NOW, "intent")] * 9, "bad")
    tree.log("b", telemetry(NOW, "intent"))
    panel = (await panels(api))["telemetry"]
    assert panel["status"] == "warn"
    details = panel["details"]
    assert (details["total_sessions"], details["recent_errors"]) == (2, 1)
    assert details["status"] == "warn"


async def test_p4_null_stays_null_and_keys_are_sorted(site: Site, tree: Tree) -> None:
    tree.session(
        "s", status="started", metrics={"limit_details": [{"z": None, "a": {"y": 1, "b": 2}}]}
    )
    text = (await site.ask("/api/live/status/snapshot.json")).body.decode()
    assert '"limit_details":[{"a":{"b":2,"y":1},"z":null}]' in text


async def test_p6_positions_count_what_the_sessions_say(api: Api, tree: Tree) -> None:
    metrics = {"open_positions": 2, "total_notional": 10.005}
    for number in range(110):
        tree.session(f"s{number}", status="started", symbol="BTC/EUR", metrics=metrics)
    held = {"open_positions": 1, "exposure": 5.0, "total_notional": 0}
    tree.session("other", status="started", symbol="ETH/EUR", metrics=held)
    tree.session("ended", status="completed", symbol="ADA/EUR", metrics=metrics)
    details = (await panels(api))["positions"]["details"]
    assert (details["open_positions"], details["active_sessions"]) == (221, 111)
    assert details["symbols"] == ["BTC/EUR", "ETH/EUR"]
    assert details["positions"][0]["sessions"] == 110
    assert details["total_notional"] == pytest.approx(110 * 10.005 + 5, abs=0.01)


async def test_p7_equity_only_if_a_session_reports_it(api: Api, tree: Tree) -> None:
    tree.session("s", status="started", metrics={"realized_pnl": 1.234, "exposure": 5})
    details = (await panels(api))["portfolio"]["details"]
    assert (details["equity"], details["total_pnl"]) == (None, 1.23)
    tree.session("t", status="started", metrics={"equity": 100.555})
    assert (await panels(api))["portfolio"]["details"]["equity"] == pytest.approx(100.56, abs=0.01)


async def test_p8_any_error_blocks_and_any_warning_degrades(site: Site, tree: Tree) -> None:
    async def health() -> tuple[int, str, bool]:
        answer = await site.ask("/health/detailed")
        body = json.loads(answer.body)
        assert list(body["panels"]) == PANELS
        return answer.code, body["overall_status"], body["healthy"]

    assert await health() == (200, "ok", True)
    tree.alerts("2026-01-15", alert("2026-01-15T12:00:00Z", severity="CRITICAL"))
    assert await health() == (200, "degraded", True)
    check = {"allowed": False, "severity": "breach", "reasons": ["too much"]}
    tree.session("s", status="started", metrics={"risk_check": check})
    assert await health() == (503, "blocked", False)
    risk = (await panels(Api(site)))["risk"]
    assert (risk["status"], risk["details"]["violations"]) == ("error", ["too much"])


async def test_p9_prometheus_text_is_raw(site: Site) -> None:
    answer = await site.ask("/health/prometheus")
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.body.startswith(b"# HELP ")


async def test_p10_times_of_health_are_aware(api: Api) -> None:
    for path in ("/health", "/health/detailed", "/health/metrics"):
        assert datetime.fromisoformat((await api(path))["timestamp"]).utcoffset() is not None


async def test_p11_zero_is_a_value(api: Api, tree: Tree) -> None:
    tree.session("s", status="started", metrics={"realized_pnl": 0.0, "pnl": 99})
    assert (await panels(api))["portfolio"]["details"]["total_pnl"] == 0


async def test_a_failing_panel_leaves_the_others_alone(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_: LiveStore) -> None:
        raise RuntimeError("secret text")

    monkeypatch.setattr(LiveStore, "telemetry_usage", broken)
    found = await panels(api)
    assert found.pop("telemetry")["status"] == "error"
    assert {panel["status"] for panel in found.values()} == {"ok"}
    assert "secret" not in json.dumps(found)
