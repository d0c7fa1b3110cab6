"""What is drawn of a run in a window is what is drawn of it without one, cut out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from contract.tree import Tree, event
from peak_trade.contract.pages.drawable import BUY, SELL, Drawable, drawable
from peak_trade.contract.pages.run_chart import MAX_MARKS, MAX_POSITIONS, CurveParams, price_chart
from peak_trade.store.runs_state import RunState, refresh_run

COLUMNS = ("step", "ts_event", "ts_bar", "close", "signal", "position_size", "orders_filled")
# Buys 0.8 at the second candle, sells half of it at the fifth and the rest at the eighth.
POSITIONS = (0, 0.8, 0.8, 0.8, 0.4, 0.4, 0.4, 0, 0, 0)


@pytest.fixture
def run(tmp_path: Path) -> RunState:
    rows = []
    for step, position in enumerate(POSITIONS):
        row = event(step)
        before = POSITIONS[step - 1] if step else 0
        traded = {"position_size": position, "orders_filled": int(position != before)}
        signal = {"signal": int(step < 6), "ts_bar": row["ts_event"], "close": 100 + step}
        rows.append(row | traded | signal)
    state = refresh_run(Tree(tmp_path).run("run", rows, *COLUMNS), None, rows=True)
    assert state is not None
    return state


@pytest.fixture
def known(run: RunState) -> Drawable:
    return drawable(run, None)


def window(first: int, last: int) -> CurveParams:
    """From one candle to another, both inside."""
    begin = datetime(2026, 1, 15, 17, 30, tzinfo=UTC)
    since, until = (begin + timedelta(minutes=step) for step in (first, last))
    return CurveParams(since=since, until=until)


def test_all_of_it(known: Drawable) -> None:
    chart = price_chart(known, CurveParams())
    assert (chart["bars"], chart["candles"].size, chart["merged"]) == (10, 10, 1)
    assert list(chart["fills"]["value"]) == [BUY, SELL, SELL]
    assert list(chart["fills"]["price"]) == [101, 104, 107]
    assert list(chart["signals"]["value"]) == [1, 0]
    assert list(chart["position"]) == [0, 0.8, 0.4, 0, 0]


def test_a_window_counts_what_is_inside_and_draws_one_candle_beside_it(known: Drawable) -> None:
    chart = price_chart(known, window(4, 6))
    assert (chart["bars"], chart["candles"].size) == (3, 5)
    assert (chart["fills"]["count"], list(chart["fills"]["value"])) == (1, [SELL])
    assert (chart["signals"]["count"], list(chart["signals"]["value"])) == (1, [0])
    assert list(chart["position"]) == [0.8, 0.4, 0]


def test_a_position_lasts_through_a_window_in_which_it_does_not_change(known: Drawable) -> None:
    chart = price_chart(known, window(2, 3))
    assert list(chart["position"]) == [0.8, 0.4]
    assert chart["position_times"][0] < np.datetime64("2026-01-15T17:32")
    assert chart["fills"]["count"] == 0


def test_a_window_beside_the_run_is_empty(known: Drawable) -> None:
    chart = price_chart(known, window(20, 29))
    assert (chart["bars"], chart["signals"]["count"]) == (0, 0)
    assert chart["end"] == np.datetime64("2026-01-15T17:39")


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Drawable:
    """Make a run that buys and sells in turn, at each of 1,000 candles."""
    rows = [
        event(step % 1440)
        | {"step": step, "ts_event": f"{stamp}+00:00", "ts_bar": f"{stamp}+00:00"}
        | {"signal": step % 2, "close": step}
        | {"orders_filled": int(step > 0), "position_size": step % 2}
        for step in range(1000)
        for stamp in [np.datetime64("2026-01-15T17:30") + np.timedelta64(step, "m")]
    ]
    tree = Tree(tmp_path_factory.mktemp("busy"))
    state = refresh_run(tree.run("run", rows, *COLUMNS), None, rows=True)
    assert state is not None
    return drawable(state, None)


@pytest.mark.parametrize("shown", [(0, 999), (100, 699), (-5, 2000)])
def test_many_marks_are_clusters_that_count_each_of_them(
    busy: Drawable, shown: tuple[int, int]
) -> None:
    steps = range(max(shown[0], 1), min(shown[1], 999) + 1)
    chart = price_chart(busy, window(*shown))
    fills = chart["fills"]
    assert fills["count"] == fills["marks"].sum() == len(steps)
    assert fills["times"].size <= 2 * MAX_MARKS
    for side, odd in ((BUY, 1), (SELL, 0)):
        marks = fills["marks"][fills["value"] == side]
        assert marks.sum() == sum(step % 2 == odd for step in steps)
    mean = (fills["price"] * fills["marks"]).sum() / fills["count"]
    assert mean == pytest.approx(sum(steps) / len(steps))
    assert chart["signals"]["count"] == chart["signals"]["marks"].sum()


def test_a_position_that_changes_often_is_a_band_over_the_whole_window(busy: Drawable) -> None:
    chart = price_chart(busy, CurveParams())
    assert chart["position_changes"] == 999
    assert 0 < chart["position_buckets"] <= MAX_POSITIONS
    inner = slice(1, -1)
    assert set(chart["position_low"][inner]) == {0}
    assert set(chart["position_high"][inner]) == {1}
    assert chart["position_times"][-1] == chart["end"]


def test_a_closer_look_shows_each_change(busy: Drawable) -> None:
    chart = price_chart(busy, window(500, 520))
    assert (chart["position_changes"], chart["position_buckets"]) == (21, 0)
    assert list(chart["position"]) == [step % 2 for step in range(499, 522)]
    assert list(chart["position_low"]) == list(chart["position_high"])
    assert set(chart["fills"]["marks"]) == {1}


def test_the_same_run_is_not_looked_through_again(run: RunState) -> None:
    assert drawable(run, None) is drawable(run, None)
