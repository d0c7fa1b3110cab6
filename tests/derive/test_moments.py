"""The row of a run that a moment of the clock belongs to."""

from __future__ import annotations

import numpy as np
import pytest

from peak_trade.derive.moments import Nearest, nearest

START = np.datetime64("2026-01-15T17:30:00", "us")
NAT = np.datetime64("NaT", "us")


def after(seconds: float) -> np.datetime64:
    return START + np.timedelta64(round(seconds * 1e6), "us")


EVENTS = np.array([after(2), after(62), NAT, after(182), after(242)])
"""A minute apart, two seconds after their candles; the third has no time."""
CANDLES = np.array([after(-60), after(0), after(60), after(120), after(180)])


@pytest.mark.parametrize(
    ("at", "row", "seconds"),
    [
        (3, 0, 1),  # what is said of an event is said after it
        (61, 0, 59),
        (62, 1, 0),
        (179, 1, 117),
        (300, 4, 58),
        (-5, 0, -7),  # before all: the first
        (900, 4, 658),
        (120, 3, 0),  # the begin of a candle is that candle
    ],
)
def test_the_last_event_before_it(at: float, row: int, seconds: float) -> None:
    assert nearest(EVENTS, CANDLES, after(at), 120) == Nearest(row, seconds)


def test_beyond_what_is_near_the_nearest_on_either_side() -> None:
    times = np.array([after(0), after(1000)])
    candles = np.array([NAT, NAT])
    assert nearest(times, candles, after(900), 60) == Nearest(1, -100)
    assert nearest(times, candles, after(300), 60) == Nearest(0, 300)


def test_without_a_time_there_is_none() -> None:
    assert nearest(np.array([NAT]), np.array([NAT]), START, 60) is None
    nothing = np.array([], dtype="datetime64[us]")
    assert nearest(nothing, nothing, START, 60) is None
