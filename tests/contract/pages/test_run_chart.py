"""What is drawn of a run in a window is what is drawn of it without one, cut out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from contract.tree import Tree, event
from peak_trade.contract.pages.drawable import BUY, SELL, Drawable, drawable
from peak_trade.contract.pages.run_chart import MAX_MARKS, CurveParams, price_chart
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


def test_of_many_marks_the_newest_are_drawn_and_all_are_counted(tmp_path: Path) -> None:
    count = MAX_MARKS + 50
    signals = [{"signal": step % 2, "close": step, "orders_filled": 1} for step in range(count)]
    rows = [event(step, ts_bar=event(step)["ts_event"], **row) for step, row in enumerate(signals)]
    state = refresh_run(Tree(tmp_path).run("run", rows, *COLUMNS), None, rows=True)
    assert state is not None
    for params, last in ((CurveParams(), count), (window(0, 119), 120)):
        chart = price_chart(drawable(state, None), params)
        newest = list(range(last - MAX_MARKS, last))
        assert list(chart["fills"]["price"]) == newest
        assert list(chart["signals"]["price"]) == newest
        assert chart["fills"]["count"] == last
        assert chart["signals"]["count"] == last - 1  # the first signal is 0, and no change


def test_the_same_run_is_not_looked_through_again(run: RunState) -> None:
    assert drawable(run, None) is drawable(run, None)
