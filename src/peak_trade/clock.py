"""The one place that asks for the time.

`now` is the wall clock (ages, windows, `asof`); `PEAK_TRADE_NOW`, an ISO 8601 time, freezes it for
reproducible answers. `monotonic` is never frozen (time-outs, pings, flush intervals, latencies),
nor is `stamp` (what a run writes, which cannot begin while the clock stands still).
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from functools import lru_cache

from peak_trade.errors import SettingsError

FREEZE_VARIABLE = "PEAK_TRADE_NOW"

FIRST_YEAR, LAST_YEAR = 1971, 9998
"""A frozen clock is this far from the ends of the calendar, so that spans can be taken from it."""


def _frozen() -> datetime | None:
    text = os.environ.get(FREEZE_VARIABLE)
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise SettingsError(
            f"{FREEZE_VARIABLE}={text!r} is not an ISO 8601 time, such as 2026-01-15T18:30:00+00:00"
        ) from None
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise SettingsError(
            f"{FREEZE_VARIABLE}={text!r} is not in the years {FIRST_YEAR} to {LAST_YEAR}"
        )
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def is_frozen() -> bool:
    """Tell whether the wall clock stands still."""
    return _frozen() is not None


def now() -> datetime:
    """Return the wall-clock time as an aware UTC datetime."""
    frozen = _frozen()
    return frozen.astimezone(UTC) if frozen else datetime.now(UTC)


def stamp() -> str:
    """Return the wall-clock time in UTC as text with six decimals; quick enough for each bar."""
    second, rest = divmod(time.time_ns(), 1_000_000_000)
    return f"{_to_second(second)}.{rest // 1000:06}+00:00"


@lru_cache(maxsize=1)
def _to_second(second: int) -> str:
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S}"


def monotonic() -> float:
    """Return seconds on a clock that only grows; its zero has no meaning."""
    return time.monotonic()
