"""A run against its symbol, bought and held: the figures of empyrical, and a reason for none."""

from __future__ import annotations

import itertools

import empyrical
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.test_statistics import STEP, curve, table
from drawn import lists
from peak_trade.derive import statistics_of_benchmark as b
from peak_trade.derive import statistics_of_equity as e
from peak_trade.derive.arrays import Floats
from peak_trade.derive.benchmark import Benchmark, buy_and_hold, held_curve
from peak_trade.derive.measured import Judged, Measured, measure
from peak_trade.derive.run_facts import RunFacts

NAMES = [row.name for row in b.ROWS]
STEPS = lists(st.tuples(STEP, STEP), 90, min_size=32)
NAN = float("nan")


def judged(equity: list[float | None], close: list[float | None]) -> Judged:
    return Judged(RunFacts().plus(table(equity, close=close)))


def figures(run: Judged) -> dict[str, Measured]:
    return dict(zip(NAMES, measure(b.ROWS, run), strict=True))


def returns(values: list[float | None]) -> Floats:
    known = np.array(values, dtype=np.float64)
    found: Floats = known[1:] / known[:-1] - 1
    return found


@given(STEPS)
def test_a_figure_is_that_of_empyrical(steps: list[tuple[float, float]]) -> None:
    equity, close = (curve([step[place] for step in steps]) for place in (0, 1))
    found = figures(judged(equity, close))
    mine, held = returns(equity), returns(close)
    if held.std() < 1e-6 or mine.std() < 1e-6 or (mine - held).std() < 1e-6:
        return
    wanted = {
        "benchmark_return": empyrical.cum_returns_final(pd.Series(held)),
        "alpha": empyrical.alpha(pd.Series(mine), pd.Series(held), annualization=365),
        "beta": empyrical.beta(pd.Series(mine), pd.Series(held)),
        "correlation": np.corrcoef(mine, held)[0, 1],
        "information_ratio": empyrical.excess_sharpe(pd.Series(mine), pd.Series(held)) * 365**0.5,
    }
    assert set(wanted) == set(NAMES)
    for name, value in wanted.items():
        if found[name].value is None:
            assert not np.isfinite(value), name
        else:
            assert found[name].value == pytest.approx(float(value), rel=1e-9, abs=1e-9), name


@given(
    lists(st.tuples(*[st.one_of(st.none(), st.just(0.0), st.floats(0.1, 1e6))] * 2), 60),
    st.lists(st.integers(0, 60), max_size=4),
)
def test_rows_in_pieces_are_all_rows(
    rows: list[tuple[float | None, float | None]], cuts: list[int]
) -> None:
    equity, close = (np.array([row[place] for row in rows], float) for place in (0, 1))
    ends = [0, *sorted(min(cut, len(rows)) for cut in cuts), len(rows)]
    with np.errstate(all="ignore"):
        once, parts = Benchmark().plus(equity, close), Benchmark()
        for begin, end in itertools.pairwise(ends):
            parts = parts.plus(equity[begin:end], close[begin:end])
    assert (parts.start, parts.last, parts.rows) == (once.start, once.last, once.rows)
    assert parts.broken == once.broken
    if not once.broken:
        near = 1e-9 * (once.run.square + once.price.square) + 1e-9
        assert parts.product == pytest.approx(once.product, abs=near)
        assert parts.active.square == pytest.approx(once.active.square, abs=near)


RISING = [1000.0 * 1.01**i for i in range(40)]
WAVES = [1000.0 + 10 * (i % 7) for i in range(40)]


@pytest.mark.parametrize(
    ("equity", "close", "reason"),
    [
        ([], [], b.NO_PRICE),
        (WAVES, [None] * 40, b.NO_PRICE),
        ([1000.0], [5.0], e.FEW_RETURNS),
        (WAVES, [5.0] * 40, b.PRICE_FLAT),
        (WAVES, RISING, b.PRICE_FLAT),
        (WAVES, [*RISING[:39], 0.0], b.PRICE_NOT_ABOVE_ZERO),
        ([*WAVES[:39], -1.0], WAVES, e.NOT_ABOVE_ZERO),
        (RISING, WAVES, e.FLAT),
    ],
)
def test_what_cannot_be_told_has_a_reason(
    equity: list[float | None], close: list[float | None], reason: str
) -> None:
    found = figures(judged(equity, close))
    assert found["correlation"].reason == reason
    assert all((figure.value is None) == bool(figure.reason) for figure in found.values())


def test_a_run_that_holds_its_symbol_has_beta_1_and_no_ratio_of_information() -> None:
    found = figures(judged([2 * price for price in WAVES], [*WAVES]))
    assert found["beta"].value == pytest.approx(1, abs=1e-12)
    assert found["correlation"].value == pytest.approx(1, abs=1e-12)
    assert found["information_ratio"].reason == b.SAME
    assert found["benchmark_return"].value == WAVES[-1] / WAVES[0] - 1


def test_the_price_of_a_row_stands_for_a_close_that_is_missing() -> None:
    rows = table([1.0, 1.0, 1.0], close=[10.0, None, None], price=[7.0, 11.0, 15.0])
    held = RunFacts().plus(rows).benchmark
    assert held.start is not None
    assert held.last is not None
    assert (held.start.price, held.last.price, held.rows) == (10.0, 15.0, 3)


def test_the_curve_begins_at_the_first_equity_with_a_price_and_keeps_extremes() -> None:
    prices = np.array([NAN, 50.0, 40.0, NAN, 100.0])
    worth = buy_and_hold(np.array([900.0, 1000.0, 1.0, 1.0, NAN]), prices)
    assert np.array_equal(worth, [NAN, 1000, 800, NAN, 2000], equal_nan=True)
    assert np.isnan(buy_and_hold(np.ones(2), np.array([0.0, 1.0]))).all()
    times = np.arange(5000).astype("datetime64[s]").astype("datetime64[us]")
    times[0] = np.datetime64("NaT", "us")
    rows = np.ones(5000)
    rows[3333] = 9.0
    drawn = held_curve(rows, times, 100)
    assert drawn.times.size == drawn.worth.size <= 100
    assert drawn.worth.max() == 9
    assert not np.isnat(drawn.times).any()
