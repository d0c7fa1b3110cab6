"""How old data may be: states of a run from its cadence.

A healthy run writes an event per candle (`timeframe`) plus the time its writer holds rows back.
Age is that of the last event: up to one candle and the writer's delay it is live, up to three
candles and a minute late, beyond that stale. After ten candles (at least ten minutes) without an
event and without an end, the writer is taken for crashed.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

WRITER_DELAY: Final = timedelta(seconds=15)
STALE_CANDLES: Final = 3
STALE_GRACE: Final = timedelta(minutes=1)
CRASHED_CANDLES: Final = 10
CRASHED_AT_LEAST: Final = timedelta(minutes=10)
DEFAULT_CANDLE: Final = timedelta(minutes=1)

_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class Freshness(StrEnum):
    """How much a run's metrics can be believed to be current."""

    LIVE = "live"
    LATE = "late"
    STALE = "stale"
    CRASHED = "crashed"
    ENDED = "ended"
    UNKNOWN = "unknown"


class Limits(NamedTuple):
    """Ages beyond which a run that has not ended is late, stale, crashed."""

    late: timedelta
    stale: timedelta
    crashed: timedelta


def candle_length(timeframe: str) -> timedelta:
    """Return the length of a candle such as `5m`; one minute if the text is not understood."""
    match = re.fullmatch(r"([1-9]\d{0,3})([smhdw])", timeframe.strip().lower(), re.ASCII)
    return timedelta(**{_UNITS[match[2]]: int(match[1])}) if match else DEFAULT_CANDLE


def limits(timeframe: str) -> Limits:
    """Return the ages at which the state of a run changes."""
    candle = candle_length(timeframe)
    stale = STALE_CANDLES * candle + STALE_GRACE
    crashed = max(CRASHED_CANDLES * candle, CRASHED_AT_LEAST)
    return Limits(candle + WRITER_DELAY, stale, crashed)


def freshness(
    *, ended: bool, last_event: datetime | None, timeframe: str, now: datetime
) -> Freshness:
    """Return the state of a run; an event in the future counts as live."""
    if ended:
        return Freshness.ENDED
    if last_event is None:
        return Freshness.UNKNOWN
    age, beyond = now - last_event, limits(timeframe)
    if age > beyond.crashed:
        return Freshness.CRASHED
    if age > beyond.stale:
        return Freshness.STALE
    return Freshness.LATE if age > beyond.late else Freshness.LIVE
