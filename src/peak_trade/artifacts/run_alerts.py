"""Lines of a run's `alerts.jsonl`. A key of a wrong type means its default; no line is unusable."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from peak_trade import jsonio
from peak_trade.artifacts import times


@dataclass(frozen=True, slots=True)
class RunAlert:
    """One alert of a run. `run_id` is empty where the line has none; `instant` orders alerts."""

    rule_id: str
    severity: str
    message: str
    run_id: str
    timestamp: str
    instant: datetime | None


def make_run_alert(value: dict[str, Any]) -> RunAlert:
    """Return the alert of one line."""
    stamp = value.get("timestamp")
    text, instant = stamp if isinstance(stamp, str) else "", times.parse(stamp)
    seconds = jsonio.finite(stamp)
    if seconds is not None:
        instant = _from_unix(seconds)
        text = times.iso(instant) or ""
    return RunAlert(
        rule_id=_text(value, "rule_id", ""),
        severity=_text(value, "severity", "info"),
        message=_text(value, "message", ""),
        run_id=_text(value, "run_id", ""),
        timestamp=text,
        instant=instant,
    )


def _text(value: dict[str, Any], key: str, default: str) -> str:
    item = value.get(key)
    return item if isinstance(item, str) else default


def _from_unix(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
