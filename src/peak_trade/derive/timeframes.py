"""The length of a candle, from the spellings that exchanges, chart programs and pandas use.

Upper and lower case are told apart where they differ in meaning: `M` is a month, `m` a minute. A
text that is not certain to be understood has no length; nothing is guessed.
"""

from __future__ import annotations

import re
from datetime import timedelta
from functools import lru_cache
from typing import Final

LONGEST: Final = timedelta(days=366)
"""Longer is no time frame."""

_MONTH: Final = timedelta(days=31)
_UNITS: Final = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
    "mo": _MONTH,
    "y": LONGEST,
}
_CASELESS: Final = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), "s"),
    **dict.fromkeys(("t", "min", "mins", "minute", "minutes"), "m"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), "h"),
    **dict.fromkeys(("d", "day", "days"), "d"),
    **dict.fromkeys(("w", "wk", "week", "weeks"), "w"),
    **dict.fromkeys(("mo", "mon", "month", "months"), "mo"),
    **dict.fromkeys(("y", "year", "years"), "y"),
}
_BARE: Final = frozenset(_CASELESS) - {"s", "t", "y"}
"""Units that stand for one of them where no number is written, such as `D`."""

_TEXT: Final = re.compile(r"(\d{0,7})[ _-]?([A-Za-z]*)", re.ASCII)


@lru_cache(maxsize=1024)
def candle_length(text: str) -> timedelta | None:
    """Return the length of a candle, None if the time frame is not known.

    Known are `5m`, `1h`, `1d`, `1w`, `1M` (a month, as its longest), `60min`, `1hour`, `D`, and a
    number alone, which is minutes: Kraken's intervals are written so.
    """
    match = _TEXT.fullmatch(text.strip())
    if match is None:
        return None
    number, unit = match.groups()
    key = _unit(number, unit)
    if key is None:
        return None
    length = (int(number) if number else 1) * _UNITS[key]
    return length if timedelta() < length <= LONGEST else None


def _unit(number: str, unit: str) -> str | None:
    """Return the key of a unit; of a number alone, and of a unit alone, what it stands for."""
    if not unit:
        return "m" if number else None
    if unit in {"m", "M"}:
        month = "mo" if unit == "M" else None
        return month or ("m" if number else None)
    folded = unit.lower()
    return _CASELESS.get(folded) if number or folded in _BARE else None
