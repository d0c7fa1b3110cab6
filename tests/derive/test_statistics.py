"""Statistics of equity: those of empyrical where it has the same; a reason where there is none."""

from __future__ import annotations

import itertools
import math
from datetime import UTC, datetime, timedelta

import empyrical
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from drawn import lists
from peak_trade.derive import returns, statistics_of_equity
from peak_trade.derive.measured import Judged, Measured, as_table, measure
from peak_trade.derive.returns import Ordered
from peak_trade.derive.run_facts import RunFacts
from peak_trade.derive.statistics import STATISTICS
from peak_trade.schemas import BAR_COLUMN
from serving import REPO

START = datetime(2026, 1, 1, tzinfo=UTC)
STEP = st.floats(-0.2, 0.25, allow_nan=False)
CURVES = lists(STEP, 90, min_size=32)
BY_NAME = {row.name: row for row in STATISTICS}
ORACLES = {
    "total_return": empyrical.cum_returns_final,
    "cagr": lambda r: empyrical.cagr(r, annualization=365),
    "volatility": lambda r: empyrical.annual_volatility(r, annualization=365),
    "sharpe": lambda r: empyrical.sharpe_ratio(r, annualization=365),
    "sortino": lambda r: empyrical.sortino_ratio(r, annualization=365),
    "calmar": lambda r: empyrical.calmar_ratio(r, annualization=365),
    "value_at_risk": lambda r: empyrical.value_at_risk(r, 0.05),
    "expected_shortfall": lambda r: empyrical.conditional_value_at_risk(r, 0.05),
    "max_drawdown": empyrical.max_drawdown,
}


def table(
    equity: list[float | None], bar: timedelta = timedelta(days=1), **columns: list[float | None]
) -> pa.Table:
    times = [START + place * bar for place in range(len(equity))]
    stored = {name: pa.array(values, pa.float64()) for name, values in columns.items()}
    return pa.table(
        {"equity": pa.array(equity, pa.float64())}
        | {BAR_COLUMN: pa.array(times, pa.timestamp("us", "UTC"))}
        | stored
    )


def found_of(run: Judged, name: str) -> Measured:
    (found,) = measure([BY_NAME[name]], run)
    return found


def measured(equity: list[float | None], name: str) -> Measured:
    return found_of(Judged(RunFacts().plus(table(equity))), name)


def curve(steps: list[float]) -> list[float | None]:
    return [1000.0, *(1000.0 * np.cumprod(1 + np.array(steps))).tolist()]


@given(steps=CURVES)
def test_a_statistic_is_that_of_empyrical(steps: list[float]) -> None:
    run = Judged(RunFacts().plus(table(curve(steps))))
    equity = np.array(curve(steps), dtype=np.float64)
    series = pd.Series(equity[1:] / equity[:-1] - 1)
    for name, oracle in ORACLES.items():
        found, expected = found_of(run, name), float(oracle(series))
        if found.value is None:
            flat = series.std() < 1e-10
            assert flat or not math.isfinite(expected) or abs(expected) > 1e9, found.reason
        else:
            assert found.value == pytest.approx(expected, rel=1e-9, abs=1e-9), name


@given(
    lists(st.one_of(st.none(), st.floats(-10, 1e6)), 60),
    st.lists(st.integers(0, 60), max_size=4),
)
@example([1.0] * 19 + [1e-210, 1.0], [2])
def test_facts_of_rows_in_pieces_are_those_of_all_rows(
    equity: list[float | None], cuts: list[int]
) -> None:
    whole = table(equity, position_size=[1.0 if value else 0.0 for value in equity])
    bounds = [0, *sorted(min(cut, len(equity)) for cut in cuts), len(equity)]
    parts = RunFacts()
    for begin, end in itertools.pairwise(bounds):
        parts = parts.plus(whole.slice(begin, end - begin))
    once, pieces = Judged(RunFacts().plus(whole)), Judged(parts)
    both = (measure(STATISTICS, pieces), measure(STATISTICS, once))
    for row, found, expected in zip(STATISTICS, *both, strict=True):
        assert (found.n, found.reason) == (expected.n, expected.reason), row.name
        if isinstance(expected.value, float):
            assert found.value == pytest.approx(expected.value, rel=1e-7, abs=1e-9), row.name
        else:
            assert found.value == expected.value, row.name


@given(lists(st.lists(st.floats(-1, 1), max_size=12), 12), st.floats(0, 1))
def test_ordered_values_have_the_quantiles_of_all(parts: list[list[float]], q: float) -> None:
    kept, returns_recent = Ordered(), returns.RECENT
    for number, part in enumerate(parts):
        kept = kept.plus(np.array(part, dtype=np.float64))
        if number == len(parts) // 2:
            kept = Ordered(np.sort(np.concatenate((kept.known, kept.recent))))
    values = np.array([value for part in parts for value in part])
    assert kept.n == values.size < returns_recent
    if values.size:
        assert kept.quantile(q) == pytest.approx(float(np.quantile(values, q)), abs=1e-12)
        count = 1 + int(q * (values.size - 1))
        assert kept.mean_of_smallest(count) == pytest.approx(float(np.sort(values)[:count].mean()))
        assert kept.below(0.25) == int((values < 0.25).sum())


def test_many_values_are_merged_and_stay_in_order() -> None:
    values = np.random.default_rng(1).normal(size=3 * returns.RECENT + 5)
    kept = Ordered()
    for part in np.array_split(values, 11):
        kept = kept.plus(part)
    assert kept.known.size > 0
    assert kept.recent.size <= returns.RECENT
    assert kept.quantile(0.05) == pytest.approx(float(np.quantile(values, 0.05)), abs=1e-12)


@pytest.mark.parametrize(
    ("equity", "reason"),
    [
        ([], statistics_of_equity.NO_EQUITY),
        ([None, None], statistics_of_equity.NO_EQUITY),
        ([1000.0], statistics_of_equity.FEW_RETURNS),
        ([1000.0] * 40, statistics_of_equity.FLAT),
        ([1000.0 * 1.01**i for i in range(40)], statistics_of_equity.FLAT),
        ([1000.0, *([1.0] * 20), -5.0, *([1.0] * 20)], statistics_of_equity.NOT_ABOVE_ZERO),
        ([0.0] * 40, statistics_of_equity.NOT_ABOVE_ZERO),
        ([1e-320, 1e308, *([1.0] * 40)], statistics_of_equity.NOT_ABOVE_ZERO),
    ],
)
def test_what_cannot_be_told_has_a_reason(equity: list[float | None], reason: str) -> None:
    assert measured(equity, "sharpe") == Measured(None, measured(equity, "sharpe").n, reason)
    for row in STATISTICS:
        found = measured(equity, row.name)
        assert (found.value is None) == bool(found.reason), row.name
        assert not isinstance(found.value, float) or math.isfinite(found.value)


def test_rows_at_one_time_have_nothing_for_a_year() -> None:
    facts = RunFacts().plus(table([1.0, 2.0] * 20, timedelta()))
    assert found_of(Judged(facts), "volatility").reason == statistics_of_equity.NO_TIMES


def test_the_start_equity_counts_as_a_peak() -> None:
    equity: list[float | None] = [1000.0, 900.0, 950.0]
    assert measured(equity, "max_drawdown").value == pytest.approx(-0.1)
    assert measured(equity, "max_drawdown_begin").value == np.datetime64("2026-01-01")
    assert measured(equity, "max_drawdown_trough").value == np.datetime64("2026-01-02")
    assert measured(equity, "max_drawdown_recovery").reason == statistics_of_equity.NOT_RECOVERED
    assert measured(equity, "drawdown").value == pytest.approx(-0.05)
    assert measured([*equity, 1000.0], "max_drawdown_recovery").value == np.datetime64("2026-01-04")


@pytest.mark.parametrize(
    "candles",
    [
        pd.date_range("2024-01-01", periods=49, freq="MS", tz="UTC"),
        pd.bdate_range("2024-01-01", periods=260, tz="UTC"),
        pd.date_range("2026-01-01", periods=1000, freq="h", tz="UTC").repeat(3),
        pd.date_range("2025-01-01", periods=365, freq="D", tz="America/New_York"),
        pd.date_range("2026-01-01", periods=90, freq="D", tz="UTC").delete([*range(20, 50)]),
    ],
    ids=["months", "weekdays", "three rows a candle", "a clock that is changed", "a hole"],
)
def test_a_year_has_as_many_rows_as_come_in_its_time(candles: pd.DatetimeIndex) -> None:
    changes = np.random.default_rng(1).normal(1e-3, 0.01, len(candles) - 1)
    rows = pa.table(
        {
            "equity": 1000 * np.cumprod(np.concatenate(([1.0], 1 + changes))),
            BAR_COLUMN: pa.array(candles.tz_convert("UTC"), pa.timestamp("us", "UTC")),
        }
    )
    silent = rows.slice(0, 1).set_column(0, "equity", pa.array([None], pa.float64()))
    begun = pd.Series([START - timedelta(days=3000)]).dt.tz_convert("UTC")
    silent = silent.set_column(1, BAR_COLUMN, pa.array(begun, pa.timestamp("us", "UTC")))
    run = Judged(RunFacts().plus(pa.concat_tables([silent, rows])))
    years = (candles[-1] - candles[0]).total_seconds() / (365 * 86_400)
    for name in ("volatility", "sharpe", "sortino"):
        oracle = getattr(empyrical, {"volatility": "annual_volatility"}.get(name, f"{name}_ratio"))
        wanted = oracle(pd.Series(changes), annualization=changes.size / years)
        assert found_of(run, name).value == pytest.approx(wanted, rel=1e-9)
    growth = float(np.prod(1 + changes))
    assert found_of(run, "cagr").value == pytest.approx(growth ** (1 / years) - 1, rel=1e-9)


def test_the_documents_have_the_table_of_the_code() -> None:
    assert as_table(STATISTICS) in (REPO / "docs" / "statistics.md").read_text(encoding="utf-8")
