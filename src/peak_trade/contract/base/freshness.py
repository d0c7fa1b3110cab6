"""How old data is, whether what writes it lives, and why that is said: as every answer tells it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from typing_extensions import TypedDict

from peak_trade.artifacts import times
from peak_trade.contract.base import fields as f
from peak_trade.derive.freshness import Judgement


class Freshness(TypedDict):
    """A judgement: how old the newest sign of life is, what state that is, and why."""

    state: Annotated[str, f.about("live, late, stale, crashed, ended or unknown", "live")]
    reason: Annotated[
        str, f.about("Why, in words", "alive, no candle since 2026-01-15T17:55:00+00:00")
    ]
    as_of: Annotated[
        datetime | None,
        f.about("Newest sign of life; of what has ended, its end", "2026-01-15T18:25:02+00:00"),
    ]
    evidence: Annotated[
        str | None,
        f.about("row, alert, telemetry, session record, file time, start or answer", "row"),
    ]
    age_seconds: Annotated[
        float | None, f.about("Time since the newest sign of life", 2.0, unit=f.SECONDS)
    ]
    row_at: Annotated[
        datetime | None, f.about("Time of the newest row", "2026-01-15T18:25:02+00:00")
    ]
    expects_rows: Annotated[bool, f.about("It writes rows, one a candle", True)]
    ended_at: Annotated[datetime | None, f.about("When it ended", "2026-01-15T19:00:00+00:00")]
    cadence: Annotated[
        float | None,
        f.about("Expected time between two signs; null if not known", 60.0, unit=f.SECONDS),
    ]
    candle: Annotated[
        float | None, f.about("The same without what the writer holds back", 60.0, unit=f.SECONDS)
    ]
    cadence_source: Annotated[
        str, f.about("timeframe, writer's flush, observed interval, heartbeat or none", "timeframe")
    ]
    late_after: Annotated[float, f.about("Age beyond which it is late", 75.0, unit=f.SECONDS)]
    stale_after: Annotated[
        float | None,
        f.about("Age beyond which it is stale; null: no verdict", 240.0, unit=f.SECONDS),
    ]
    crashed_after: Annotated[
        float | None,
        f.about("Age that means a crash; null: none does", 600.0, unit=f.SECONDS),
    ]


def freshness(judgement: Judgement) -> Freshness:
    """Return a judgement as it is answered."""
    cadence, beyond = judgement.cadence, judgement.limits
    return {
        "state": judgement.state.value,
        "reason": words(judgement),
        "as_of": judgement.as_of,
        "evidence": judgement.evidence.value if judgement.evidence else None,
        "age_seconds": _seconds(judgement.silence),
        "row_at": judgement.row,
        "expects_rows": judgement.expects_rows,
        "ended_at": judgement.ended_at,
        "cadence": _seconds(cadence.longest),
        "candle": _seconds(cadence.interval),
        "cadence_source": cadence.source.value,
        "late_after": beyond.late.total_seconds(),
        "stale_after": _seconds(beyond.stale),
        "crashed_after": _seconds(beyond.crashed),
    }


def known_freshness(judgement: Judgement | None) -> Freshness | None:
    """Return a judgement as it is answered, or that there is none."""
    return None if judgement is None else freshness(judgement)


def words(judgement: Judgement) -> str:
    """Return the reason in English, with its times in UTC and where the cadence is from."""
    cadence, longest = judgement.cadence, judgement.cadence.longest
    values = {
        "row": times.iso(judgement.row),
        "sign": times.iso(judgement.as_of),
        "cadence": f"{longest.total_seconds():g} s ({cadence.source})" if longest else "",
    }
    return str(judgement.reason) % values


def _seconds(length: timedelta | None) -> float | None:
    return None if length is None else length.total_seconds()
