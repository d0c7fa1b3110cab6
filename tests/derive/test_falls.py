"""The deepest falls of equity below its peak."""

from __future__ import annotations

import numpy as np
import pytest

from peak_trade.derive.falls import Falls, deepest_falls

NAN = float("nan")


def at(minutes: int) -> np.datetime64:
    return np.datetime64("2026-01-15T10:00", "us") + np.timedelta64(minutes, "m")


def found(equity: list[float], most: int = 10) -> list[tuple[float, int, int, int | None]]:
    """Return depth and the minutes of begin, trough and recovery of each fall."""
    times = np.array([at(minute) for minute in range(len(equity))])

    def minute(time: np.datetime64 | None) -> int | None:
        return None if time is None else int((time - at(0)) / np.timedelta64(1, "m"))

    return [
        (fall.depth, minute(fall.begin) or 0, minute(fall.trough) or 0, minute(fall.recovery))
        for fall in deepest_falls(np.array(equity), times, most)
    ]


def test_the_deepest_comes_first_and_one_that_goes_on_has_no_recovery() -> None:
    equity = [100.0, 90.0, 95.0, 100.0, 100.0, 50.0, 200.0, 150.0, 160.0]
    assert found(equity) == [(-0.5, 4, 5, 6), (-0.25, 6, 7, None), (-0.1, 0, 1, 3)]
    assert found(equity, 1) == [(-0.5, 4, 5, 6)]


@pytest.mark.parametrize("equity", [[], [NAN], [1.0], [1.0, 1.0, 2.0], [-1.0, -2.0], [0.0, -1.0]])
def test_without_a_fall_there_is_none(equity: list[float]) -> None:
    assert found(equity) == []


def test_rows_without_an_equity_do_not_count() -> None:
    assert found([NAN, 100.0, NAN, 90.0, NAN, 100.0]) == [(-0.1, 1, 3, 5)]


def test_the_first_is_the_one_that_the_statistics_know() -> None:
    generator = np.random.default_rng(7)
    equity = 1000.0 + np.cumsum(generator.normal(size=5_000))
    times = np.array([at(minute) for minute in range(equity.size)])
    known = Falls().plus(equity[:2_000], times[:2_000]).plus(equity[2_000:], times[2_000:])
    assert deepest_falls(equity, times, 1) == [known.deepest]
