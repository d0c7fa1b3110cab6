"""Rows of payloads as frames with times in UTC, and the columns of the lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import pandas as pd

from peak_trade.artifacts.times import as_utc
from peak_trade.contract.base.listing import ROOT
from peak_trade.contract.runs.schema import RunEntry
from peak_trade.contract.sessions.schema import SessionRow

_ELSEWHERE: Final = frozenset({"freshness", "started_at", "started", "report_path", ROOT})
"""What the index, or a column of its own, tells instead; the root, where there are several."""


def _columns(row: type) -> tuple[str, ...]:
    """Return the columns of a list: the keys of its rows, and what is judged of them."""
    return (*(name for name in row.__annotations__ if name not in _ELSEWHERE), "state")


RUN_COLUMNS: Final = _columns(RunEntry)
SESSION_COLUMNS: Final = _columns(SessionRow)
ALERT_COLUMNS: Final = ("id", "title", "body", "severity", "category", "source", "session_id")
EVENT_COLUMNS: Final = ("kind", "symbol", "session_id", "mode", "payload")
LOG_COLUMNS: Final = ("log_id", "size", "compressed")
TIMES: Final = frozenset({"ended_at", "last_event_time", "as_of"})


def run_frame(entries: Iterable[RunEntry], *, several: bool = False) -> pd.DataFrame:
    """Return the list of runs, as `Library.runs` describes it; of several roots, with theirs."""
    return judged_frame(entries, (*RUN_COLUMNS, ROOT) if several else RUN_COLUMNS)


def session_frame(rows: Iterable[SessionRow], *, several: bool = False) -> pd.DataFrame:
    """Return the list of sessions, as `Library.sessions` describes it; likewise."""
    return judged_frame(rows, (*SESSION_COLUMNS, ROOT) if several else SESSION_COLUMNS)


def judged_frame(
    rows: Iterable[RunEntry] | Iterable[SessionRow], columns: Sequence[str]
) -> pd.DataFrame:
    """Return rows that are judged, with their state; index `started_at`."""
    flat = [{**row, "state": row["freshness"]["state"]} for row in rows]
    return timed_frame(flat, "started_at", columns)


def timed_frame(
    rows: Iterable[Mapping[str, Any]], index: str, columns: Sequence[str], name: str = ""
) -> pd.DataFrame:
    """Return rows by the time in `index`, which is called `name` if that is given.

    Times are UTC instants, NaT where there is none; columns of times are those of `TIMES`.
    """
    frame = pd.DataFrame(list(rows), columns=[index, *columns])
    times = pd.to_datetime(frame.pop(index).map(instant), utc=True)
    for column in TIMES & set(columns):
        frame[column] = pd.to_datetime(frame[column].map(instant), utc=True)
    return frame.set_index(pd.DatetimeIndex(times, name=name or index))


def instant(moment: object) -> datetime | None:
    """Return a stored time as an instant in UTC, None for none."""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    return as_utc(moment) if isinstance(moment, datetime) else None
