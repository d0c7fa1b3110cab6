"""Running figures equal those of all rows at once; downsampling keeps the extremes."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawn import lists
from peak_trade.derive.downsample import extremes
from peak_trade.derive.metrics import RunningMetrics, StepOrder, drawdowns, peaks
from peak_trade.schemas import INSTANT_COLUMN

EQUITY = st.one_of(st.none(), st.floats(-1e6, 1e6, allow_subnormal=False))
COUNT = st.one_of(st.none(), st.integers(0, 5))
ROWS = lists(st.tuples(EQUITY, COUNT, COUNT, COUNT), 30)


def table(rows: Sequence[tuple[float | None, int | None, int | None, int | None]]) -> pa.Table:
    names = ("equity", "orders_generated", "orders_filled", "orders_blocked")
    columns = {
        name: pa.array([row[position] for row in rows], pa.float64())
        for position, name in enumerate(names)
    }
    return pa.table(columns | {INSTANT_COLUMN: pa.nulls(len(rows), pa.timestamp("us", "UTC"))})


def test_a_fall_too_large_for_a_number_is_not_zero() -> None:
    rows = [(1e308, 1, 0, 0), (-1e308, 2, 0, 0)]
    metrics = RunningMetrics().plus(table(rows))
    assert (metrics.drawdown, metrics.max_drawdown) == (-2.0, -2.0)


@given(ROWS, st.lists(st.integers(0, 30), max_size=4))
def test_running_metrics_are_those_of_all_rows(
    rows: list[tuple[float | None, int | None, int | None, int | None]], cuts: list[int]
) -> None:
    bounds = [0, *sorted(cut % (len(rows) + 1) for cut in cuts), len(rows)]
    parts = RunningMetrics()
    for start, end in itertools.pairwise(bounds):
        parts = parts.plus(table(rows[start:end]))
    assert parts == RunningMetrics().plus(table(rows))
    known = [row[0] for row in rows if row[0] is not None]
    assert parts.steps == len(rows)
    assert parts.orders == sum((row[2] or 0) or (row[1] or 0) for row in rows)
    assert parts.blocked == sum(row[3] or 0 for row in rows)
    assert parts.peak == max(known, default=None)
    if known and max(known) > 0 and math.isfinite((known[-1] - max(known)) / max(known)):
        assert parts.drawdown == pytest.approx((known[-1] - max(known)) / max(known))
    else:
        assert parts.drawdown is None


@given(lists(EQUITY, 30))
def test_a_drawdown_is_the_fall_from_the_highest_equity_so_far(values: list[float | None]) -> None:
    equity = np.array([math.nan if value is None else value for value in values])
    drawdown_curve = drawdowns(equity, peaks(equity))
    for position, value in enumerate(values):
        before = [v for v in values[: position + 1] if v is not None]
        if value is None or max(before) <= 0 or math.isinf((value - max(before)) / max(before)):
            assert math.isnan(drawdown_curve[position])
        else:
            assert drawdown_curve[position] == pytest.approx((value - max(before)) / max(before))
            assert drawdown_curve[position] <= 0


@given(lists(st.one_of(st.just(math.nan), st.integers(0, 5).map(float)), 12))
def test_rows_need_sorting_if_all_have_a_step_and_one_falls(steps: list[float]) -> None:
    order = StepOrder()
    for step in steps:
        order = order.plus(np.array([step]))
    assert order.unsorted == StepOrder().plus(np.array(steps)).unsorted
    known = not any(math.isnan(step) for step in steps)
    assert order.unsorted == (known and sorted(steps) != steps)


@given(
    lists(st.one_of(st.just(math.nan), st.floats(-1e6, 1e6)), 400),
    st.integers(4, 60),
)
def test_downsampling_keeps_ends_and_extremes(values: list[float], most: int) -> None:
    array = np.array(values, dtype=np.float64)
    chosen = extremes(array, most)
    known = np.flatnonzero(~np.isnan(array))
    assert chosen.size <= most
    assert list(chosen) == sorted(set(chosen.tolist()))
    if known.size == 0:
        assert chosen.size == 0
        return
    assert {known[0], known[-1]} <= set(chosen.tolist())
    assert array[chosen].max() == array[known].max()
    assert array[chosen].min() == array[known].min()
    assert known.size > most or chosen.size == known.size


@given(lists(st.one_of(st.just(math.nan), st.floats(1, 1e6)), 400), st.integers(5, 60))
def test_downsampling_keeps_the_deepest_drawdown_too(values: list[float], most: int) -> None:
    equity = np.array(values, dtype=np.float64)
    drawdown_curve = drawdowns(equity, peaks(equity))
    chosen = extremes(equity, most, drawdown_curve)
    assert chosen.size <= most
    if chosen.size:
        assert drawdown_curve[chosen].min() == np.nanmin(drawdown_curve)
        assert equity[chosen].max() == np.nanmax(equity)
        assert equity[chosen].min() == np.nanmin(equity)


def test_the_peak_has_the_time_at_which_it_was_reached_first() -> None:
    times = [datetime(2026, 1, 1, 0, minute, tzinfo=UTC) for minute in range(5)]
    whole = pa.table({"equity": [None, 1.0, 3.0, 2.0, 3.0], INSTANT_COLUMN: times})
    for cut in range(6):
        metrics = RunningMetrics().plus(whole.slice(0, cut)).plus(whole.slice(cut))
        assert (metrics.peak, metrics.peak_at) == (3.0, times[2])
