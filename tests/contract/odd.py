"""Values that a file can hold and that are hard to count with, to show or to encode."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st

from contract.tree import NOW, Tree, alert, as_csv, event, telemetry

TOO_LARGE = "a number that no float holds"
NUMBERS = [2**64 - 1, 2**63, -(2**63), 10**30, 1e300, -1.7e308, 5e-324, -0.0, TOO_LARGE]
NUMBERS += [float("nan"), float("inf"), 2**53 + 1, 0, -1, True]
TIMES = [
    "0001-01-01T00:00:00+14:00",
    "0001-01-01T00:00:00",
    "0000-01-01T00:00:00Z",
    "9999-12-31T23:59:59-14:00",
    "9999-12-31T23:59:59.999999Z",
    "10000-01-01T00:00:00Z",
    "2026-01-15T18:00:00+23:59",
    "2026-02-30T00:00:00Z",
    "2026-01-15",
]
TEXTS = [
    "",
    "\x00",
    "\ud800",
    "\u202e\uffff",
    "x" * 5000,
    "1e400",
    "12E45678",
    "18446744073709551615",
]
NESTED: list[Any] = [[], {}, [[]], [None, {"a": 2**64 - 1}], {"": {"\ud800": float("nan")}}]
NESTED.append(json.loads('{"a":[' * 45 + "]}" * 45))
JSON_VALUES = st.sampled_from([None, *NUMBERS, *TIMES, *TEXTS, *NESTED])
CELLS = st.sampled_from(
    [str(value) for value in (*NUMBERS, *TIMES)] + ["", "\x00", "a\x85b", "1e400", "12E45678"]
)
INT64 = st.sampled_from([0, 1, -1, 2**63 - 1, -(2**63), 253402300800, -62135596801, 10**17])

META: dict[str, Any] = {"run_id": "r", "mode": "shadow", "strategy_name": "ma", "symbol": "BTC/EUR"}
META |= {"timeframe": "1m", "started_at": NOW, "ended_at": None, "notes": "", "config_snapshot": {}}
LIMIT = {
    "limit_name": "loss",
    "current_value": 1.0,
    "limit_value": 2.0,
    "ratio": 0.5,
    "severity": "ok",
}
CHECK = {"allowed": False, "severity": "ok", "reasons": ["r"], "limit_details": [LIMIT]}
METRICS: dict[str, Any] = {"realized_pnl": 5.5, "pnl": 1, "unrealized_pnl": 1, "max_drawdown": -0.1}
METRICS |= {"num_orders": 1, "num_trades": 2, "steps": 3, "open_positions": 1, "total_notional": 5}
METRICS |= {"exposure": 1.0, "equity": 1000.0, "risk_status": "green", "risk_severity": "ok"}
METRICS |= {"risk_check": CHECK, "limit_details": [LIMIT], "exchange": {"failures": 0}}
METRICS |= {"fill_rate": 0.5, "dry_run": False}
SESSION: dict[str, Any] = {"session_id": "s", "run_type": "live_session_shadow", "mode": "shadow"}
SESSION |= {"env_name": "e", "symbol": "BTC/EUR", "status": "started", "started_at": NOW}
SESSION |= {"finished_at": NOW, "created_at": NOW, "run_id": "good", "cli_args": ["--a"]}
SESSION |= {"error": None, "strategy_tier": "core", "config": {"tags": ["a"]}, "metrics": METRICS}
PAYLOAD: dict[str, Any] = {"side": "buy", "quantity": 1.0, "price": 2.0, "current_price": 2.0}
PAYLOAD |= {"order_id": "o", "client_id": "o", "order_type": "market", "filled_quantity": 1.0}
PAYLOAD |= {"fill_price": 2.0, "fill_fee": 0.1, "gate_name": "g", "passed": True, "reason": "r"}
PAYLOAD |= {"error": "e", "message": "m", "latency_ms": 1.0}
RUNBOOK = {"id": "r", "title": "t", "url": "https://example.org/"}
ALERT = alert("2026-01-15T18:00:00+00:00", context={"runbooks": [RUNBOOK]}, stored_at=NOW)
RULE = {"id": "1", "timestamp_utc": NOW, "source": "rule:x", "severity": "warn", "title": "t"}
RULE |= {"body": "b", "labels": {"a": "b"}, "dedupe_key": "x:t"}  # type: ignore[dict-item]
RUN_ALERT = {"rule_id": "r", "severity": "warning", "message": "m", "run_id": "r", "timestamp": NOW}
SNAPSHOT = {"ts_utc": NOW, "severity": "ok", "metrics": {"disk_usage_mb": 1, "parse_error_rate": 0}}
EVENT_CELLS: tuple[str, ...] = (
    "step",
    "ts_bar",
    "ts_event",
    "price",
    "open",
    "high",
    "low",
    "close",
    "volume",
)
EVENT_CELLS += ("position_size", "cash", "equity", "realized_pnl", "unrealized_pnl", "signal")
EVENT_CELLS += ("signal_changed", "orders_generated", "orders_filled", "orders_rejected")
EVENT_CELLS += ("orders_blocked", "risk_allowed", "risk_reasons", "drawdown", "pnl", "extra_id")
TRADE_CELLS = ("ts", "side", "quantity", "price", "fee", "order_id", "step")


def odd(base: Mapping[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return objects like `base`, at any depth with some values that are odd."""
    deeper = {key: value for key, value in base.items() if isinstance(value, dict) and value}
    return st.builds(
        lambda inner, outer: {**base, **inner, **outer},
        st.fixed_dictionaries({}, optional={key: odd(value) for key, value in deeper.items()}),
        st.dictionaries(st.sampled_from(list(base)), JSON_VALUES, max_size=3),
    )


def text(value: object) -> str:
    """Return JSON as a careless writer makes it."""
    return json.dumps(value).replace(json.dumps(TOO_LARGE), "1e400")


@st.composite
def scalars(draw: st.DrawFn, rows: int) -> pa.Array:
    """Return a column of numbers or times, at the ends of their range."""
    raw = pa.array(draw(st.lists(st.none() | INT64, min_size=rows, max_size=rows)), pa.int64())
    zone = draw(st.sampled_from([None, "UTC", "Europe/Berlin", "Mars/Olympus", "+25:00", "-14:00"]))
    kinds = [pa.int64(), pa.uint64(), pa.time64("us"), pa.time64("ns"), pa.float64()]
    kinds += [pa.duration("s"), pa.duration("ns"), pa.date32()]
    kinds += [pa.timestamp(unit, tz=zone) for unit in ("ms", "us", "ns")]
    kind = draw(st.sampled_from(kinds))
    if pa.types.is_date32(kind):
        days = [None if value is None else value % 2**32 - 2**31 for value in raw.to_pylist()]
        return pa.array(days, pa.int32()).view(kind)
    return raw.view(kind)


def invalid(rows: int) -> pa.Array:
    """Return a column of bytes that are not all UTF-8."""
    return pa.array([b"\xff\xfe" if place % 2 else b"a\x00" for place in range(rows)], pa.binary())


@st.composite
def nested(draw: st.DrawFn, rows: int) -> pa.Array:
    """Return a column of lists, objects or maps that hold something odd."""
    inner = draw(scalars(rows) | st.just(invalid(rows).view(pa.string())))
    bounds = pa.array(range(rows + 1), pa.int32())
    keys = pa.array([str(place) for place in range(rows)])
    return draw(
        st.sampled_from(
            [
                pa.ListArray.from_arrays(bounds, inner),
                pa.StructArray.from_arrays([inner, inner], names=["a", "b"]),
                pa.MapArray.from_arrays(bounds, keys, inner),
            ]
        )
    )


def columns(rows: int) -> st.SearchStrategy[pa.Array]:
    """Return columns of any type with values at the ends of their range, and invalid ones."""
    texts = invalid(rows).view(pa.string())
    others = [
        invalid(rows),
        texts,
        pa.DictionaryArray.from_arrays(pa.array(range(rows), pa.int32()), texts),
        pa.nulls(rows),
        pa.array([place % 2 == 0 for place in range(rows)]),
        pa.array([float("inf")] * rows, pa.float16()),
        pa.array([10**37] * rows, pa.decimal128(38, 0)),
    ]
    return scalars(rows) | nested(rows) | st.sampled_from(others)


@st.composite
def parquet(draw: st.DrawFn, names: tuple[str, ...]) -> bytes:
    """Return a Parquet file with some of these columns, one of them perhaps twice."""
    chosen = draw(st.lists(st.sampled_from(names), min_size=1, max_size=5))
    rows = draw(st.integers(1, 3))
    arrays = [draw(columns(rows)) for _ in chosen]
    stream = io.BytesIO()
    pq.write_table(pa.table(arrays, names=chosen), stream)
    return stream.getvalue()


@st.composite
def odd_tree(draw: st.DrawFn) -> dict[str, bytes]:
    """Return files by path: of each family a good record, and one with odd values."""
    files: dict[str, str | bytes] = {}
    rows = st.lists(st.dictionaries(st.sampled_from(EVENT_CELLS), CELLS, max_size=4), max_size=4)
    found = [{**event(step), **row} for step, row in enumerate(draw(rows), 1)]
    for run_id in ("good", "text", "parquet"):
        meta = META if run_id == "good" else draw(odd(META))
        files[f"live_runs/{run_id}/meta.json"] = text(meta)
        lines = [RUN_ALERT] + ([] if run_id == "good" else [draw(odd(RUN_ALERT))])
        files[f"live_runs/{run_id}/alerts.jsonl"] = lined(lines)
    files["live_runs/good/events.csv"] = as_csv([event(1), event(2)])
    files["live_runs/text/events.csv"] = as_csv(found, EVENT_CELLS)
    trades = draw(st.lists(st.dictionaries(st.sampled_from(TRADE_CELLS), CELLS), max_size=3))
    files["live_runs/text/trades.csv"] = as_csv(
        [dict[str, object](row) for row in trades], TRADE_CELLS
    )
    files["live_runs/parquet/events.parquet"] = draw(parquet(EVENT_CELLS))
    files["live_runs/parquet/trades.parquet"] = draw(parquet(TRADE_CELLS))
    sessions = "reports/experiments/live_sessions"
    files[f"{sessions}/good.json"] = text({**SESSION, "session_id": "good"})
    files[f"{sessions}/odd.json"] = text(draw(odd(SESSION)))
    files["live_runs/alerts/alerts_2026-01-15.jsonl"] = lined([ALERT, draw(odd(ALERT))])
    kinds = st.sampled_from(["intent", "order", "fill", "gate", "error", "other"])
    entries = [telemetry(NOW, draw(kinds), "good", **PAYLOAD) for _ in range(3)]
    files["logs/execution/good.jsonl"] = lined([*entries, *(draw(odd(e)) for e in entries)])
    files["logs/telemetry_health_snapshots.jsonl"] = lined([SNAPSHOT, draw(odd(SNAPSHOT))])
    files["logs/telemetry_alerts.jsonl"] = lined([RULE, draw(odd(RULE))])
    return {
        path: data if isinstance(data, bytes) else data.encode("utf-8", "replace")
        for path, data in files.items()
    }


def lined(values: list[Any]) -> str:
    """Return JSON lines."""
    return "".join(text(value) + "\n" for value in values)


def write(root: Tree, files: Mapping[str, bytes]) -> None:
    """Write files below a root."""
    for path, data in files.items():
        root.write(root.root / path, data)
