"""What is drawn of returns: rolling ratios are those of empyrical for the same returns."""

from __future__ import annotations

import empyrical
import numpy as np
import pytest

from peak_trade.derive.arrays import Floats
from peak_trade.derive.downsample import shares
from peak_trade.derive.shapes import MAX_POINTS, rolling


@pytest.fixture
def equity() -> Floats:
    steps = np.random.default_rng(7).normal(1e-4, 1e-2, 900)
    return np.concatenate(([1000.0], 1000.0 * np.cumprod(1 + steps)))


def test_rolling_ratios_are_those_of_empyrical(equity: Floats) -> None:
    found = rolling(equity, 365.0)
    returns = equity[1:] / equity[:-1] - 1
    ends = np.unique(np.linspace(found.window, returns.size, MAX_POINTS).astype(int))
    assert (found.window, found.sharpe.size, found.sortino.size) == (90, ends.size, ends.size)
    for place, end in enumerate(ends):
        last = returns[end - found.window : end]
        sharpe = empyrical.sharpe_ratio(last, annualization=365)
        sortino = empyrical.sortino_ratio(last, annualization=365)
        assert found.sharpe[place] == pytest.approx(sharpe, rel=1e-9)
        assert found.sortino[place] == pytest.approx(sortino, rel=1e-9)


def test_returns_without_a_loss_have_no_sortino_ratio() -> None:
    steps = np.concatenate(([1000.0], 1 + np.arange(1, 41) * 1e-4))
    rising = np.asarray(np.cumprod(steps), dtype=np.float64)
    found = rolling(rising, 365.0)
    assert np.isfinite(found.sharpe).all()
    assert np.isnan(found.sortino).all()


@pytest.mark.parametrize(
    ("values", "bars_per_year"),
    [
        ([1.0] * 20, 365.0),
        ([1.0] * 40, None),
        ([*([1.0] * 40), 0.0], 365.0),
        ([np.nan] * 40, 365.0),
    ],
)
def test_where_there_is_no_ratio_nothing_is_drawn(
    values: list[float], bars_per_year: float | None
) -> None:
    found = rolling(np.array(values), bars_per_year)
    assert (found.sharpe.size, found.sortino.size) == (0, 0)


def test_equal_equity_has_no_ratio() -> None:
    found = rolling(np.full(60, 1000.0), 365.0)
    assert np.isnan(found.sharpe).all()
    assert np.isnan(found.sortino).all()


@pytest.mark.parametrize(
    ("values", "placed"),
    [
        ([1.0, 3.0, 2.0], [0.0, 1.0, 0.5]),
        ([1.7e308, -1.7e308, 0.0], [1.0, 0.0, 0.5]),
        ([2.0, 2.0], [0.0, 0.0]),
    ],
)
def test_values_lie_between_the_least_and_the_greatest(
    values: list[float], placed: list[float]
) -> None:
    assert shares(np.array(values)).tolist() == placed
