"""Lines of the daily alert store `alerts_YYYY-MM-DD.jsonl`.

A line without a usable timestamp is unusable; other keys of a wrong type mean their default.
The day in a file's name is that of the alert's own offset, so a UTC window reaches one day further.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from peak_trade.artifacts.record import Record
from peak_trade.artifacts.times import as_utc

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
    root: str = ""
    """Its root, where there are several."""

    @property
    def instant(self) -> datetime:
        """The alert's time in UTC."""
        return as_utc(self.timestamp)


def file_day(name: str) -> date | None:
    """Return the day that an alert file is for, or None if it is no alert file."""
    match = _NAME.fullmatch(name)
    try:
        return date.fromisoformat(match[1]) if match else None
    except ValueError:
        return None


def make_alert(record: Record) -> Alert | None:
    """Return the alert of one line, or None if its time is unusable."""
    stamp = record.stored_time("timestamp")
    if stamp is None:
        return None
    return Alert(
        id=record.text("id"),
        title=record.text("title"),
        body=record.text("body"),
        severity=record.text("severity"),
        category=record.text("category"),
        source=record.text("source"),
        session_id=record.text("session_id") or None,
        timestamp=stamp if stamp.tzinfo else as_utc(stamp),
        context=record.mapping("context"),
        stored_at=record.text("stored_at") or None,
    )
