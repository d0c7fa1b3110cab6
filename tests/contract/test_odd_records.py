"""Odd entries of every family at once: answers stand, the good are listed, the odd are named."""

from __future__ import annotations

import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conftest import Start
from contract.manners import address, ask, strict_json
from contract.tree import NOW, alert, as_line, event, rich_tree, telemetry
from peak_trade.contract.registry.routes import EVENT_STREAM
from peak_trade.serve.runtime import Runtime
from peak_trade.settings import Settings
from serving import Served

UNSIGNED = 2**64 - 1
LATE = "10000-01-01T00:00:00+00:00"
RUN_IDS = ("known", "late", "huge", "bytes", "zone", "ids")
NAMED = {
    ("runs", "bad_value", "late/meta.json", None, "started_at is no time"),
    ("run", "bad_cell", "events.csv", 3, "column orders_filled"),
    ("run", "bad_cell", "events.csv", 3, "column equity"),
    ("run", "bad_cell", "events.parquet", 2, "column risk_reasons"),
    ("run", "bad_cell", "events.parquet", 2, "column ts_event"),
    (
        "run",
        "bad_cell",
        "events.parquet",
        None,
        "column ts_event: unknown time zone, times are shown in UTC",
    ),
    ("run", "bad_value", "alerts.jsonl", 4, "timestamp is no time"),
    ("sessions", "bad_value", "unsigned.json", None, "num_orders is no number of 64 bits"),
    ("sessions", "bad_value", "late.json", None, "finished_at is no time"),
    ("sessions", "unusable_session", "never.json", None, "a required key is missing or unusable"),
    ("alerts", "bad_value", "alerts_2026-01-15.jsonl", 9, "a number is too large"),
    ("alerts", "bad_line", "alerts_2026-01-15.jsonl", 10, "a required key is missing or unusable"),
    ("telemetry", "bad_value", "known.jsonl", 9, "a text holds half a character"),
    ("telemetry", "bad_value", "known.jsonl", 10, "ts is no time"),
}
"""Family, kind, file, line and reason of every odd entry."""


def parquet(**columns: pa.Array) -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.table(columns), stream)
    return stream.getvalue()


def odd_entries(root: Path) -> None:
    """Write odd entries beside good ones of the same families."""
    tree = rich_tree(root)
    tree.run("late", [event(1)], started_at=LATE)
    cells = ("step", "ts_event", "equity", "orders_filled")
    tree.run("huge", [event(1), event(2, equity="1e400", orders_filled=UNSIGNED)], *cells)
    texts = pa.array([b"fine", b"\xff\xfe"], pa.binary()).view(pa.string())
    tree.write(
        tree.run("bytes") / "events.parquet",
        parquet(equity=pa.array([1.0, 2.0]), risk_reasons=texts),
    )
    stamps = pa.array([0, 2**62], pa.int64()).cast(pa.timestamp("us", tz="Mars/Olympus"))
    tree.write(
        tree.run("zone") / "events.parquet", parquet(ts_event=stamps, equity=pa.array([1.0, 2.0]))
    )
    rows = "ts,order_id,ref\n2026-01-15T18:00:00Z,007,12E45678\n,8389765929445198311,1\n"
    tree.write(tree.run("ids", [event(1)]) / "trades.csv", rows)
    risk = {"rule_id": "r", "severity": "warning", "message": "m", "timestamp": 1e300}
    path = tree.runs / "known" / "alerts.jsonl"
    tree.write(path, path.read_text() + as_line(risk))
    tree.session("unsigned", metrics={"realized_pnl": 2.0, "num_orders": UNSIGNED})
    tree.session("late", finished_at=LATE)
    tree.session("never", started_at="0001-01-01T00:00:00+14:00")
    odd = as_line(alert(NOW, "odd", context={"limit": "X"})).replace('"X"', "1e400")
    tree.alerts("2026-01-15", odd.strip(), alert("9999-12-31T23:59:59-14:00"))
    event_lines = (telemetry(NOW, "fill", note="\ud800", order_id=10**30), telemetry(LATE, "fill"))
    tree.log("known", *event_lines)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, server: Start) -> Served:
    root = tmp_path_factory.mktemp("odd")
    odd_entries(root)
    return server(root, env={"PEAK_TRADE_NOW": NOW})


def test_every_route_answers(served: Served) -> None:
    routes = [r for r in Runtime(Settings()).routes if r.media_types != (EVENT_STREAM,)]
    addresses = {
        address(route, run_id=run_id, session_id=session_id): route
        for route in routes
        for run_id in RUN_IDS
        for session_id in ("known", "unsigned", "late")
    }
    answered = 0
    for path, route in addresses.items():
        answer = ask(served, path)
        assert answer.status in {200, 404, 503}, path
        assert answer.status != 503 or route.is_verdict, path
        answered += answer.status == 200
    assert answered > 60


def test_what_is_good_is_listed_beside_what_is_odd(served: Served) -> None:
    def listed(path: str, key: str) -> set[str]:
        return {row[key] for row in strict_json(ask(served, path).body)}

    assert set(RUN_IDS) <= listed("/runs", "run_id")
    assert {"known", "unsigned", "late"} <= listed("/api/live_sessions", "session_id")
    found = strict_json(ask(served, "/api/live/alerts").body)
    assert found["total"] == 9
    tail = strict_json(ask(served, "/runs/huge/tail").body)
    assert [row["equity"] for row in tail] == [1001.0, None]
    zone = strict_json(ask(served, "/api/v0/runs/zone/equity").body)
    assert [row["ts"] for row in zone] == ["1970-01-01T00:00:00+00:00"]


def test_identifiers_come_out_as_they_went_in(served: Served) -> None:
    rows = strict_json(ask(served, "/api/v0/runs/ids/trades").body)["rows"]
    assert [(row["order_id"], row["ref"]) for row in rows] == [
        ("007", "12E45678"),
        ("8389765929445198311", "1"),
    ]


def test_every_odd_entry_is_named(served: Served) -> None:
    for path in ("/api/v0/runs/ids/trades", "/api/telemetry?session_id=known"):
        assert ask(served, path).status == 200
    ask(served, "/api/live/execution/known")
    quality = strict_json(ask(served, "/api/v0/quality").body)
    keys = ("family", "kind", "file", "line", "reason")
    found = {tuple(example[key] for key in keys) for example in quality["examples"]}
    assert NAMED - found == set()
    told = strict_json(ask(served, "/health/detailed").body)["read_errors"]["total"]
    assert told == quality["read_errors"]
