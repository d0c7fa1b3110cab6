"""How old data is, and from which age on it is not what one expects."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from typing_extensions import TypedDict

from peak_trade.artifacts.runs import RunMeta
from peak_trade.contract.base import fields as f
from peak_trade.derive.freshness import limits


class Freshness(TypedDict):
    """How old data is, and from which age on it is not what one expects of its time frame."""

    as_of: Annotated[
        datetime | None, f.about("Time of the newest data", "2026-01-15T18:25:02+00:00")
    ]
    ended_at: Annotated[datetime | None, f.about("When the run ended", "2026-01-15T19:00:00+00:00")]
    late_after: Annotated[float, f.about("Age beyond which it is late", 75.0, unit=f.SECONDS)]
    stale_after: Annotated[float, f.about("Age beyond which it is stale", 240.0, unit=f.SECONDS)]
    crashed_after: Annotated[float, f.about("Age that means a crash", 600.0, unit=f.SECONDS)]


def freshness(meta: RunMeta, last_event: datetime | None) -> Freshness:
    """Return how fresh a run's data is; late and stale depend on its time frame."""
    return aged(meta.timeframe, last_event, meta.ended_at)


def aged(timeframe: str, as_of: datetime | None, ended_at: datetime | None) -> Freshness:
    """Return how old data may be that comes once a candle."""
    beyond = limits(timeframe)
    return {
        "as_of": as_of,
        "ended_at": ended_at,
        "late_after": beyond.late.total_seconds(),
        "stale_after": beyond.stale.total_seconds(),
        "crashed_after": beyond.crashed.total_seconds(),
    }
