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


def test_closes_alone_are_told_from_candles(known: Drawable, tmp_path: Path) -> None:
    assert price_chart(known, CurveParams())["closes_only"]
    assert np.isnan(price_chart(known, CurveParams())["candles"].volume).all()
    prices = {"open": 100, "high": 103, "low": 99, "close": 101, "volume": 2.5}
    rows = [event(step) | prices for step in range(3)]
    state = refresh_run(Tree(tmp_path / "whole").run("run", rows, *rows[0]), None, rows=True)
    assert state is not None
    chart = price_chart(drawable(state, None), CurveParams())
    assert not chart["closes_only"]
    assert list(chart["candles"].volume) == [2.5] * 3


def test_gaps_of_a_window(tmp_path: Path) -> None:
    steps = (*range(5), *range(20, 25), *range(50, 55))
    state = refresh_run(Tree(tmp_path).run("run", [event(step) for step in steps]), None, rows=True)
    assert state is not None
    known = drawable(state, None)
    chart = price_chart(known, CurveParams())
    assert chart["gaps"] == chart["gaps_first"].size == chart["gaps_last"].size == 2
    assert price_chart(known, window(21, 23))["gaps"] == 0
    inside = price_chart(known, window(10, 15))  # nothing but a gap
    assert (inside["gaps"], inside["bars"]) == (1, 0)


def test_the_reason_of_a_block_is_that_of_its_row(tmp_path: Path) -> None:
    rows = [
        event(step) | {"price": 1, "orders_blocked": step % 2, "risk_reasons": f"limit {step}"}
        for step in range(6)
    ]
    state = refresh_run(Tree(tmp_path).run("run", rows, *rows[0]), None, rows=True)
    assert state is not None
    chart = price_chart(drawable(state, None), CurveParams())
    assert chart["reasons"] == ["limit 1", "limit 3", "limit 5"]
    assert len(chart["reasons"]) == chart["blocked"]["times"].size
