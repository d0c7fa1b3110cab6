"""Rules T of the contract: execution telemetry, its health, and the rule alerts."""

from __future__ import annotations

import csv
import io
import json
import os
from typing import Any

import pytest

from contract.conftest import Api
from contract.tree import Tree, telemetry
from web.gated import Site

DAY = "2026-01-15"


def at(minute: int, kind: str = "intent", log: str = "log", **payload: object) -> dict[str, Any]:
    return telemetry(f"{DAY}T18:{minute:02}:00+00:00", kind, log, **payload)


def minutes(answer: Any) -> list[int]:
    """Return the minutes of a timeline's events."""
    return [int(item["ts"][14:16]) for item in answer["timeline"]]


async def test_t1_the_kind_filter_comes_before_the_cut(api: Api, tree: Tree) -> None:
    tree.log("log", at(0, "fill"), *(at(minute) for minute in range(1, 9)))
    answer = await api("/api/live/execution/log?kind=fill&limit=1")
    assert (minutes(answer), answer["count"]) == ([0], 1)
    assert minutes(await api("/api/telemetry?session_id=log&type=fill&limit=1")) == [0]


async def test_t2_times_without_offset_are_utc(api: Api, tree: Tree) -> None:
    naive = {**at(2), "ts": f"{DAY}T18:02:00"}
    tree.log("log", at(1), naive, {**at(3), "ts": f"{DAY}T20:03:00+02:00"})
    summary = (await api("/api/live/execution/log"))["summary"]
    assert summary["start_time"] == f"{DAY}T18:01:00+00:00"
    assert summary["end_time"] == f"{DAY}T18:03:00+00:00"
    assert (await api("/api/telemetry"))["summary"]["last_ts"] == f"{DAY}T20:03:00+02:00"


@pytest.mark.parametrize("bad", ["5", "null", "[1]", '"text"', "{broken"])
async def test_t3_a_line_that_is_no_object_is_one_invalid_line(
    api: Api, tree: Tree, bad: str
) -> None:
    tree.log("log", at(1), bad, at(2))
    answer = await api("/api/telemetry?session_id=log&type=intent")
    assert minutes(answer) == [1, 2]
    assert answer["stats"] == {
        "total_lines": 3,
        "valid_events": 2,
        "invalid_lines": 1,
        "error_rate": pytest.approx(1 / 3),
    }
    assert (await api("/api/live/execution/log"))["summary"]["event_count"] == 2


async def test_numbers_as_text_are_numbers_and_what_is_not_told_is_unknown_on_pages(
    api: Api, tree: Tree
) -> None:
    fill = {"filled_quantity": "1.5", "fill_price": "0.0000123", "fill_fee": " 2e-6 "}
    bad = {"side": "sell", "quantity": "many", "current_price": True}
    tree.log("log", {**at(1, "fill"), "payload": fill}, {**at(2, "intent"), "payload": bad})
    shown = [item["description"] for item in (await api("/api/live/execution/log"))["timeline"]]
    assert shown == [
        "Intent: SELL 0.000000 @ $0.00",
        "Fill: 1.500000 @ $0.00 (fee: $0.0000)",
    ]
    rows = await api("/api/v0/execution_table/log?format=json")
    assert [row["description"] for row in rows] == [
        "Intent: SELL unknown @ unknown",
        "Fill: 1.5 @ 0.0000123 EUR (fee: 0.000002 EUR)",
    ]


@pytest.mark.parametrize("payload", [None, 5, "text", [1]])
async def test_t4_a_payload_that_is_no_object_is_empty(
    api: Api, tree: Tree, payload: object
) -> None:
    tree.log("log", {**at(1, "fill"), "payload": payload}, {**at(2), "symbol": 5, "kind": None})
    answer = await api("/api/live/execution/log")
    assert [item["details"] for item in answer["timeline"]] == [{}, {}]
    assert answer["timeline"][1]["description"] == "Fill: 0.000000 @ $0.00 (fee: $0.0000)"
    assert (answer["timeline"][0]["kind"], answer["timeline"][0]["symbol"]) == ("unknown", "")


@pytest.mark.parametrize("limit", ["0", "-1", "2001"])
async def test_t5_limits_are_bounded(api: Api, limit: str) -> None:
    status, [issue] = await api.refused(f"/api/telemetry?limit={limit}")
    assert (status, issue["loc"]) == (422, ["query", "limit"])


async def test_t6_csv_has_kind_description_and_details(site: Site, tree: Tree) -> None:
    tree.log("log", at(1, "gate", gate_name="guard", passed=False))
    text = (await site.ask("/api/telemetry?format=csv")).body.decode()
    [row] = csv.DictReader(io.StringIO(text))
    assert (row["kind"], row["description"]) == ("gate", "Gate [guard]: ❌ BLOCK")
    assert row["details"] == "gate_name=guard; passed=False"
    empty = await site.ask("/api/telemetry?format=csv&type=nobody")
    assert empty.body == b"ts,kind,symbol,session_id,description,details\r\n"
    assert empty.headers["Content-Type"].startswith("text/csv")


async def test_t7_bounds_are_instants(api: Api, tree: Tree) -> None:
    tree.log("log", *(at(minute) for minute in (1, 2, 3)), {**at(9), "ts": "soon"})
    west = f"from={DAY}T20:02:00%2B02:00"
    assert minutes(await api(f"/api/telemetry?{west}")) == [2, 3]
    assert minutes(await api(f"/api/telemetry?to={DAY}T18:02:00Z")) == [1, 2]
    for name in ("from", "to"):
        status, [issue] = await api.refused(f"/api/telemetry?{name}=yesterday")
        assert (status, issue["loc"], issue["input"]) == (422, ["query", name], "yesterday")


async def test_t8_several_logs_are_merged_by_time_and_the_newest_kept(api: Api, tree: Tree) -> None:
    tree.log("b", at(1, log="b"), at(4, log="b"))
    tree.log("a", at(2, log="a"), at(3, log="a"), "bad")
    assert minutes(await api("/api/telemetry?limit=3")) == [2, 3, 4]
    stats = (await api("/api/telemetry?limit=1"))["stats"]
    assert (stats["total_lines"], stats["valid_events"], stats["invalid_lines"]) == (5, 4, 1)


async def test_t9_compressed_logs_are_read(api: Api, tree: Tree) -> None:
    path = tree.compressed_log("log", at(1), at(2))
    assert minutes(await api("/api/telemetry?session_id=log")) == [1, 2]
    assert minutes(await api("/api/live/execution/log")) == [2, 1]
    path.write_bytes(path.read_bytes()[:-12])
    assert minutes(await api("/api/telemetry?session_id=log"))[:1] == [1]
    tree.log("log", at(5))
    assert minutes(await api("/api/telemetry?session_id=log")) == [5]


async def test_t10_an_undecodable_byte_costs_its_own_line(api: Api, tree: Tree) -> None:
    path = tree.log("log", at(1))
    path.write_bytes(path.read_bytes() + b'{"kind": "\xff"}\n' + path.read_bytes())
    assert minutes(await api("/api/telemetry")) == [1, 1]


async def test_t11_events_of_other_sessions_in_a_log(api: Api, tree: Tree) -> None:
    tree.log("default", at(1, log="default"), at(2, log="s"))
    assert minutes(await api("/api/telemetry?session_id=default")) == [1]
    assert (await api("/api/telemetry"))["summary"]["unique_sessions"] == ["default", "s"]


async def test_t12_symbols_are_sorted(api: Api, tree: Tree) -> None:
    symbols = ["ETH/EUR", "", "BTC/EUR", "ETH/EUR", "ADA/EUR"]
    tree.log("log", *({**at(n), "symbol": symbol} for n, symbol in enumerate(symbols)))
    wanted = ["ADA/EUR", "BTC/EUR", "ETH/EUR"]
    assert (await api("/api/live/execution/log"))["summary"]["symbols"] == wanted
    assert (await api("/api/telemetry"))["summary"]["unique_symbols"] == wanted


async def test_t13_negative_latencies_are_left_out(api: Api, tree: Tree) -> None:
    tree.log("log", at(5), at(4, "order"), at(5, "order"), at(7, "order"))
    latency = (await api("/api/telemetry?session_id=log"))["summary"]["latency_ms"]
    assert latency == {"min": 0, "max": 120_000, "median": 120_000, "p95": None}


async def test_t14_blank_lines_are_no_errors(api: Api, tree: Tree) -> None:
    tree.log("log", at(1), "", "   ", "bad")
    checks = {check["name"]: check for check in (await api("/api/telemetry/health"))["checks"]}
    assert checks["parse_error_rate"]["value"] == pytest.approx(25)
    assert checks["retention_staleness"]["value"] is None
    assert (await api("/api/telemetry"))["stats"]["invalid_lines"] == 1


async def test_t14_the_marker_tells_when_retention_ran(api: Api, tree: Tree) -> None:
    tree.log("log", at(1))
    marker = tree.write(tree.logs / "execution" / ".last_retention_run", "")
    os.utime(marker, (1768501800 - 50 * 3600,) * 2)
    answer = await api("/api/telemetry/health")
    [staleness] = [c for c in answer["checks"] if c["name"] == "retention_staleness"]
    assert (staleness["value"], staleness["status"]) == (pytest.approx(50), "warn")
    assert (answer["status"], answer["exit_code"]) == ("warn", 2)


async def test_t15_odd_health_snapshots(api: Api, tree: Tree) -> None:
    def line(stamp: str | None, severity: str, disk: object) -> dict[str, Any]:
        return {"ts_utc": stamp, "severity": severity, "metrics": {"disk_usage_mb": disk}}

    tree.health_snapshots(line(f"{DAY}T12:00:00", "ok", None), line(None, "critical", 1))
    tree.health_snapshots(line(f"{DAY}T13:00:00Z", "odd", 5.0), "bad", line("soon", "critical", 1))
    trends = await api("/api/telemetry/health/trends")
    assert trends["snapshots_found"] == 2
    assert trends["overall"]["disk_mb"] == {"min": 5, "avg": 5, "max": 5}
    assert trends["overall"]["worst_severity"] == "warn"
    assert [point["disk_mb"] for point in trends["time_series"]] == [None, 5]


async def test_t16_rule_alerts_come_from_their_log(api: Api, tree: Tree) -> None:
    def rule(title: str, severity: str = "warn") -> dict[str, Any]:
        return {"id": title, "severity": severity, "title": title, "body": "b", "more": 1}

    tree.rule_alerts(rule("a"), "bad", rule("odd", "PANIC"), rule("b", "critical"), rule("c"))
    answer = await api("/api/telemetry/alerts/latest")
    assert [item["title"] for item in answer["alerts"]] == ["c", "b", "a"]
    assert answer["alerts"][0]["sample_payload"] is None
    assert answer["alerts"][0]["more"] == 1
    some = await api("/api/telemetry/alerts/latest?severity=warn&limit=1")
    assert (some["count"], some["severity_filter"]) == (1, "warn")
    assert (await api("/api/telemetry/alerts/latest?severity=nobody"))["alerts"] == []


async def test_t18_the_summary_counts_all_events(api: Api, tree: Tree) -> None:
    tree.log("log", *[at(1)] * 10_500, at(2, "fill"), {**at(3), "ts": None})
    summary = (await api("/api/live/execution/log?limit=1"))["summary"]
    assert (summary["event_count"], summary["kind_counts"]) == (
        10_501,
        {"intent": 10_500, "fill": 1},
    )
    unknown = (await api("/api/live/execution/nobody"))["summary"]
    assert unknown == {"session_id": "nobody", "event_count": 0, "found": False}


async def test_metrics_follow_a_log_that_grows_is_replaced_and_is_compressed(
    api: Api, tree: Tree
) -> None:
    async def counts() -> Any:
        return (await api("/api/live/execution/log"))["summary"].get("kind_counts")

    path = tree.log("log", at(1), at(2))
    assert await counts() == {"intent": 2}
    with path.open("a") as stream:
        stream.write(f"{json.dumps(at(3, 'fill'))}\n{json.dumps(at(4, 'gate'))}")
    assert await counts() == {"intent": 2, "fill": 1, "gate": 1}
    with path.open("a") as stream:
        stream.write("\n")
    assert await counts() == {"intent": 2, "fill": 1, "gate": 1}
    path.write_text(json.dumps(at(9, "error")) + "\n")
    assert await counts() == {"error": 1}
    path.unlink()
    tree.compressed_log("log", at(5), at(6), at(7))
    assert await counts() == {"intent": 3}


async def test_a_log_out_of_order_is_read_whole(api: Api, tree: Tree) -> None:
    tree.log("a", at(9), at(1), at(2))
    tree.log("b", at(5), {**at(6), "ts": "soon"})
    assert minutes(await api("/api/telemetry?limit=2")) == [5, 9]
