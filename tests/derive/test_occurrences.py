"""Episodes, flapping, and bins over time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from peak_trade.derive.occurrences import (
    MAX_BINS,
    QUIET,
    bin_length,
    bin_start,
    bin_starts,
    episodes,
    flaps,
)

NOW = datetime(2026, 1, 15, 18, 31, 7, tzinfo=UTC)


def at(*minutes: float) -> list[datetime]:
    return [NOW - timedelta(minutes=minute) for minute in minutes]


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [((), 0), ((5,), 1), ((0, 10, 20), 1), ((0, 10.1), 2), ((40, 0, 20), 3), ((0, 1, 40, 41), 2)],
)
def test_an_episode_ends_when_it_was_quiet(minutes: tuple[float, ...], expected: int) -> None:
    assert episodes(at(*minutes)) == expected


def test_what_comes_and_goes_flaps() -> None:
    assert flaps(at(0, 20, 40))
    assert not flaps(at(0, 20))
    assert not flaps(at(*range(60)))
    assert timedelta(minutes=9) < QUIET < timedelta(minutes=20)


@pytest.mark.parametrize("hours", [1, 2, 6, 24, 48, 100, 168])
def test_bins_cover_the_window_without_a_gap(hours: int) -> None:
    since = NOW - timedelta(hours=hours)
    length = bin_length(NOW - since)
    starts = bin_starts(since, NOW, length)
    assert starts[0] <= since < starts[0] + length
    assert starts[-1] <= NOW < starts[-1] + length
    assert {b - a for a, b in pairwise(starts)} == {length}
    assert len(starts) <= MAX_BINS + 2
    assert {bin_start(moment, length) for moment in (since, NOW)} <= set(starts)
    assert starts[0].timestamp() % length.total_seconds() == 0
