"""Lines of a run's `alerts.jsonl`. A key of a wrong type means its default; no line is unusable."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from peak_trade import jsonio
from peak_trade.artifacts import times
from peak_trade.artifacts.record import Record


@dataclass(frozen=True, slots=True)
class RunAlert:
    """One alert of a run. `run_id` is empty where the line has none; `instant` orders alerts."""

    rule_id: str
    severity: str
    message: str
    run_id: str
    timestamp: str
    instant: datetime | None


def make_run_alert(record: Record) -> RunAlert:
    """Return the alert of one line."""
    text, instant = _time(record)
    return RunAlert(
        rule_id=record.text("rule_id"),
        severity=record.text("severity", "info"),
        message=record.text("message"),
        run_id=record.text("run_id"),
        timestamp=text,
        instant=instant,
    )


def _time(record: Record) -> tuple[str, datetime | None]:
    """Return the time of a line as text and as an instant: ISO, or seconds since 1970."""
    seconds = jsonio.number(record.values.get("timestamp"))
    if seconds is None:
        instant = record.instant("timestamp")
        stored = record.values.get("timestamp")
        return (times.with_offset(stored) if isinstance(stored, str) else ""), instant
    instant = times.from_unix(seconds)
    if instant is None:
        record.faults.append("timestamp is no time")
    return times.iso(instant) or "", instant
