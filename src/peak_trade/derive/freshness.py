"""How old data may be: states of a run from its cadence.

A healthy run writes an event per candle (`timeframe`) plus the time its writer holds rows back
(`GRACE`). Age is measured from the last event: up to one candle and the grace it is live, up to
three candles late, beyond that stale; ten candles (at least ten minutes) without an event and
without an end, the writer is taken for crashed.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

GRACE: Final = timedelta(seconds=15)
LATE_CANDLES: Final = 3
CRASHED_CANDLES: Final = 10
CRASHED_AT_LEAST: Final = timedelta(minutes=10)
DEFAULT_CANDLE: Final = timedelta(minutes=1)

_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class Freshness(StrEnum):
    """How much a run's figures can be believed to be current."""

    LIVE = "live"
    LATE = "late"
    STALE = "stale"
    CRASHED = "crashed"
    ENDED = "ended"
    UNKNOWN = "unknown"


def candle_length(timeframe: str) -> timedelta:
    """Return the length of a candle such as `5m`; one minute if the text is not understood."""
    match = re.fullmatch(r"([1-9]\d{0,3})([smhdw])", timeframe.strip().lower(), re.ASCII)
    return timedelta(**{_UNITS[match[2]]: int(match[1])}) if match else DEFAULT_CANDLE


def freshness(
    *, ended: bool, last_event: datetime | None, timeframe: str, now: datetime
) -> Freshness:
    """Return the state of a run; an event in the future counts as live."""
    if ended:
        return Freshness.ENDED
    if last_event is None:
        return Freshness.UNKNOWN
    candle, age = candle_length(timeframe), now - last_event
    if age <= candle + GRACE:
        return Freshness.LIVE
    if age <= LATE_CANDLES * candle + GRACE:
        return Freshness.LATE
    if age <= max(CRASHED_CANDLES * candle, CRASHED_AT_LEAST):
        return Freshness.STALE
    return Freshness.CRASHED
