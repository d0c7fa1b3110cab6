"""Small artifact trees, as the writers of a trading system leave them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NOW = "2026-01-15T18:30:00+00:00"
HOSTILE = "<img src=x onerror=alert(1)>'\"${x}ü"
COLUMNS = ("step", "ts_event", "equity", "orders_generated", "orders_filled", "orders_blocked")

Row = dict[str, object]


def event(step: int, **values: object) -> Row:
    """Return one event, a minute after the one before; the 60th is 18:30."""
    stamp = f"2026-01-15T{17 + (30 + step) // 60:02}:{(30 + step) % 60:02}:00+00:00"
    return {"step": step, "ts_event": stamp, "equity": 1000.0 + step, **values}


def as_csv(rows: Iterable[Row], columns: tuple[str, ...] = COLUMNS) -> str:
    """Return rows as the writers' CSV: empty cells for nothing."""
    lines = [",".join(columns)]
    for row in rows:
        cells = ("" if row.get(name) is None else str(row[name]) for name in columns)
        lines.append(",".join(f'"{c}"' if set(c) & set(',"\n') else c for c in cells))
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class Tree:
    """A directory with artifacts in their default places."""

    root: Path

    @property
    def runs(self) -> Path:
        return self.root / "live_runs"

    @property
    def sessions(self) -> Path:
        return self.root / "reports" / "experiments" / "live_sessions"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    def write(self, path: Path, content: str | bytes) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def run(
        self, run_id: str, rows: Iterable[Row] | None = None, /, *columns: str, **meta: object
    ) -> Path:
        """Write a run; without `rows` it has no events file."""
        record: Row = {
            "run_id": run_id,
            "mode": "shadow",
            "strategy_name": "ma",
            "symbol": "BTC/EUR",
        }
        record |= {"timeframe": "1m", "started_at": "2026-01-15T17:30:00+00:00", "ended_at": None}
        directory = self.runs / run_id
        self.write(directory / "meta.json", json.dumps(record | meta))
        if rows is not None:
            self.write(directory / "events.csv", as_csv(rows, columns or COLUMNS))
        return directory

    def session(self, session_id: str, name: str = "", /, **record: object) -> Path:
        """Write a session record that started at 08:00."""
        values: dict[str, object] = {"session_id": session_id, "run_type": "live_session_shadow"}
        values |= {"mode": "shadow", "status": "completed", "started_at": "2026-01-15T08:00:00"}
        path = self.sessions / f"{name or session_id.replace('/', '_')}.json"
        return self.write(path, json.dumps(values | record))

    def alerts(self, day: str, *lines: object) -> Path:
        """Append lines to the alert store of a day."""
        return self._append(self.runs / "alerts" / f"alerts_{day}.jsonl", lines)

    def log(self, log_id: str, *lines: object) -> Path:
        """Append lines to a telemetry log."""
        return self._append(self.logs / "execution" / f"{log_id}.jsonl", lines)

    def compressed_log(self, log_id: str, *lines: object) -> Path:
        """Write a compressed telemetry log."""
        data = gzip.compress("".join(map(as_line, lines)).encode())
        return self.write(self.logs / "execution" / f"{log_id}.jsonl.gz", data)

    def health_snapshots(self, *lines: object) -> Path:
        """Append lines to the history of telemetry health."""
        return self._append(self.logs / "telemetry_health_snapshots.jsonl", lines)

    def rule_alerts(self, *lines: object) -> Path:
        """Append lines to the telemetry rule alerts."""
        return self._append(self.logs / "telemetry_alerts.jsonl", lines)

    def _append(self, path: Path, lines: Iterable[object]) -> Path:
        before = path.read_text() if path.exists() else ""
        return self.write(path, before + "".join(map(as_line, lines)))


def as_line(value: object) -> str:
    """Return one line: a text as it is, anything else as JSON."""
    return (value if isinstance(value, str) else json.dumps(value)) + "\n"


def alert(stamp: str, title: str = "t", **values: object) -> dict[str, Any]:
    """Return a stored alert."""
    record = {"title": title, "body": "b", "severity": "INFO", "category": "RISK", "source": "x"}
    return {**record, "session_id": None, "timestamp": stamp, "id": f"alert_{title}", **values}


def telemetry(stamp: str, kind: str, session_id: str = "log", **payload: object) -> dict[str, Any]:
    """Return a telemetry event."""
    place = {"session_id": session_id, "symbol": "BTC/EUR", "mode": "shadow"}
    return {"ts": stamp, "kind": kind, **place, "payload": payload}


def rich_tree(root: Path) -> Tree:
    """Return a tree with something for every route, some of it hostile."""
    tree = Tree(root)
    columns = (*COLUMNS, "position_size", "signal", "signal_changed", "risk_allowed", "cash")
    rows = [event(step, orders_generated=step % 3, position_size=0.5) for step in range(1, 60)]
    for run_id in ("known", HOSTILE):
        run = tree.run(run_id, rows, *columns, config_snapshot={"tags": ["a"], "api_key": "k"})
        tree.write(run / "trades.csv", "ts,side,price\n2026-01-15T18:00:00+00:00,buy,42000.5\n")
        risk = {"rule_id": "r", "severity": "warning", "message": HOSTILE, "timestamp": NOW}
        tree.write(run / "alerts.jsonl", as_line(risk) * 3)
    metrics = {"realized_pnl": 5.5, "limit_details": [{"limit_name": "loss", "ratio": 0.5}]}
    for session_id in ("known", HOSTILE, "with/slash"):
        tree.session(session_id, metrics=metrics, config={"password": "p"}, cli_args=["--token=t"])
    runbooks = {"runbooks": [{"id": "r", "title": HOSTILE, "url": "https://example.org/r"}]}
    for hour in range(10, 18):
        stamp = f"2026-01-15T{hour}:00:00+00:00"
        tree.alerts("2026-01-15", alert(stamp, HOSTILE, severity="WARN", context=runbooks))
    for log_id in ("known", "with space"):
        for minute, kind in enumerate(("intent", "order", "fill", "gate", "error", "other")):
            stamp = f"2026-01-15T18:{minute:02}:00+00:00"
            tree.log(log_id, telemetry(stamp, kind, log_id, side="buy", quantity=0.01, note="ü"))
        tree.log(log_id, "not json", "")
    for day in (13, 14, 15):
        stamp, metrics = f"2026-01-{day}T12:00:00+00:00", {"disk_usage_mb": 10.0 * day}
        tree.health_snapshots({"ts_utc": stamp, "severity": "ok", "metrics": metrics})
    rule = {"id": "1", "timestamp_utc": NOW, "source": "rule:x", "severity": "warn", "labels": {}}
    tree.rule_alerts(rule | {"title": HOSTILE, "body": "b", "dedupe_key": "x:t"})
    return tree
