"""When something happened again and again: episodes, flapping, and counts over time."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

QUIET: Final = timedelta(minutes=10)
"""A longer time without an occurrence ends an episode."""

FLAPPING_EPISODES: Final = 3

BINS: Final = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60, 120, 360))
MAX_BINS: Final = 30


_NUMBER: Final = re.compile(r"\d+(?:[.,]\d+)*")


def masked(text: str) -> str:
    """Return a text with each number as `#`: equal for texts that differ in numbers alone."""
    return _NUMBER.sub("#", text)


def ranged(texts: Iterable[str]) -> str:
    """Return texts that differ in numbers alone as one: `0..5` where numbers differ."""
    found = list(texts)
    columns = zip(*map(_NUMBER.findall, found), strict=True)
    shown = iter([_span(sorted(set(column), key=_size)) for column in columns])
    return _NUMBER.sub(lambda _: next(shown), found[0])


def _size(number: str) -> tuple[float, str]:
    """Return what numbers are ordered by; one with several points has no size."""
    plain = number.replace(",", "")
    return (float(plain) if plain.count(".") < 2 else 0.0), number


def _span(numbers: list[str]) -> str:
    return numbers[0] if len(numbers) == 1 else f"{numbers[0]}..{numbers[-1]}"


def episodes(instants: Iterable[datetime]) -> int:
    """Return how often something came and went."""
    ordered = sorted(instants)
    return sum(later - earlier > QUIET for earlier, later in pairwise(ordered)) + bool(ordered)


def flaps(instants: Iterable[datetime]) -> bool:
    """Tell whether something comes and goes: it was quiet in between at least twice."""
    return episodes(instants) >= FLAPPING_EPISODES


def bin_length(window: timedelta) -> timedelta:
    """Return the shortest length that cuts the window into at most 30 bins, else the longest."""
    return next((length for length in BINS if window / length <= MAX_BINS), BINS[-1])


def bin_starts(since: datetime, until: datetime, length: timedelta) -> list[datetime]:
    """Return where the bins of a window begin, at multiples of their length since 1970, UTC."""
    start = bin_start(since, length)
    return [start + index * length for index in range((until - start) // length + 1)]


def bin_start(instant: datetime, length: timedelta) -> datetime:
    """Return the beginning of the bin that holds an instant."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return epoch + (instant - epoch) // length * length
