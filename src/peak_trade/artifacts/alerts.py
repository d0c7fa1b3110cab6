"""Lines of the daily alert store `alerts_YYYY-MM-DD.jsonl`.

A line without a usable timestamp is unusable; other keys of a wrong type mean their default.
The day in a file's name is that of the alert's own offset, so a UTC window reaches one day further.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from peak_trade.artifacts import times

_NAME = re.compile(r"alerts_(\d{4}-\d\d-\d\d)\.jsonl", re.ASCII)


@dataclass(frozen=True, slots=True)
class Alert:
    """One stored alert. `timestamp` keeps the stored offset; naive means UTC."""

    id: str
    title: str
    body: str
    severity: str
    category: str
    source: str
    session_id: str | None
    timestamp: datetime
    context: dict[str, Any]
    stored_at: str | None

    @property
    def instant(self) -> datetime:
        """The alert's time in UTC."""
        return self.timestamp.astimezone(UTC)


def file_day(name: str) -> date | None:
    """Return the day that an alert file is for, or None if it is no alert file."""
    match = _NAME.fullmatch(name)
    try:
        return date.fromisoformat(match[1]) if match else None
    except ValueError:
        return None


def make_alert(value: dict[str, Any]) -> Alert | None:
    """Return the alert of one line, or None if its time is unusable."""
    stamp = times.parse_stored(value.get("timestamp"))
    if stamp is None:
        return None

    def text(key: str) -> str:
        item = value.get(key)
        return item if isinstance(item, str) else ""

    context = value.get("context")
    return Alert(
        id=text("id"),
        title=text("title"),
        body=text("body"),
        severity=text("severity"),
        category=text("category"),
        source=text("source"),
        session_id=text("session_id") or None,
        timestamp=stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC),
        context=context if isinstance(context, dict) else {},
        stored_at=text("stored_at") or None,
    )
