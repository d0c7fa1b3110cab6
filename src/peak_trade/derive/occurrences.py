"""When something happened again and again: episodes, flapping, and counts over time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

QUIET: Final = timedelta(minutes=10)
"""A longer time without an occurrence ends an episode."""

FLAPPING_EPISODES: Final = 3

BINS: Final = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60, 120, 360))
MAX_BINS: Final = 30


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
