"""Strategies: bar by bar they give what the whole series at once gives, by another calculation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawn import lists
from peak_trade.errors import SettingsError
from peak_trade.runners import strategies
from peak_trade.runners.bars import Bar
from peak_trade.runners.market_data import load_candles
from peak_trade.runners.strategies import (
    STRATEGIES,
    BollingerBands,
    MaCrossover,
    RsiReversion,
    Strategy,
    create_strategy,
)
from peak_trade.runners.synthetic import synthetic_candles

from .support import shared

START = datetime(2026, 1, 1, tzinfo=UTC)
TIE = 1e-9  # differences below this fraction of the price come from rounding


def crossover(close: pd.Series[float], strategy: Strategy) -> np.ndarray:
    assert isinstance(strategy, MaCrossover)
    gap = close.rolling(strategy.fast).mean() - close.rolling(strategy.slow).mean()
    return np.where(gap.abs() <= TIE * close, 0, np.sign(gap.fillna(0))).astype(int)


def reversion(score: pd.Series[float], low: float, middle: float, high: float) -> np.ndarray:
    """Hold each entry until its exit: one column for the longs, one for the shorts."""
    score = score.round(9)  # a score that is a level but for rounding is that level
    entries = np.select([score <= low, score >= middle], [1.0, 0.0], np.nan)
    exits = np.select([score >= high, score <= middle], [-1.0, 0.0], np.nan)
    held = pd.DataFrame({"long": entries, "short": exits}).ffill().fillna(0).sum(axis="columns")
    return held.to_numpy(dtype=int)


def rsi(close: pd.Series[float], strategy: Strategy) -> np.ndarray:
    assert isinstance(strategy, RsiReversion)
    period = strategy.period
    change = close.diff()

    def smooth(parts: pd.Series[float]) -> pd.Series[float]:
        seeded = parts.copy()
        seeded.iloc[:period] = np.nan
        if len(parts) > period:
            seeded.iloc[period] = parts.iloc[1 : period + 1].mean()
        return seeded.ewm(alpha=1 / period, adjust=False).mean()

    gain, loss = smooth(change.clip(lower=0)), smooth(-change.clip(upper=0))
    total = gain + loss
    score = (100 * gain / total.where(total > 0)).mask(total == 0, 50.0)
    return reversion(score, strategy.low, strategy.middle, strategy.high)


def bollinger(close: pd.Series[float], strategy: Strategy) -> np.ndarray:
    assert isinstance(strategy, BollingerBands)
    windows = np.full((len(close), strategy.period), np.nan)
    if len(close) >= strategy.period:
        views = np.lib.stride_tricks.sliding_window_view(close.to_numpy(), strategy.period)
        windows[strategy.period - 1 :] = views
    mean, deviation = windows.mean(axis=1), windows.std(axis=1)
    flat = deviation <= TIE * close.to_numpy()
    score = (close.to_numpy() - mean) / np.where(flat, 1.0, deviation)
    score[flat] = 0.0
    return reversion(pd.Series(score), strategy.low, strategy.middle, strategy.high)


REFERENCES: dict[str, Callable[[pd.Series[float], Strategy], np.ndarray]] = {
    "ma_crossover": crossover,
    "rsi_reversion": rsi,
    "bollinger_bands": bollinger,
}


def flat(close: float) -> Bar:
    return Bar(START, close, close, close, close, 1.0)


def signals(key: str, closes: list[float]) -> list[int]:
    strategy = create_strategy(key)
    return [strategy.on_bar(flat(close)) for close in closes]


def check(key: str, closes: list[float]) -> None:
    reference = REFERENCES[key](pd.Series(closes, dtype=float), create_strategy(key))
    assert signals(key, closes) == reference.tolist()


def test_every_strategy_has_a_reference() -> None:
    assert set(REFERENCES) == set(STRATEGIES)


@pytest.mark.parametrize("key", sorted(STRATEGIES))
def test_synthetic_candles_agree_with_the_reference(key: str) -> None:
    check(key, synthetic_candles("1m", 2_000)["close"].tolist())


@pytest.mark.shared
@pytest.mark.parametrize("key", sorted(STRATEGIES))
@pytest.mark.parametrize(
    "name",
    ["ETH-BTC_5m_kraken_format.csv", "XRP-USDT_5m_ohlcv.csv", "BCH-EUR_kraken_trades_b.csv"],
)
def test_real_candles_agree_with_the_reference(key: str, name: str) -> None:
    closes = load_candles(shared("market", name))["close"].tolist()
    check(key, closes)
    assert len(set(signals(key, closes))) > 1


PRICES = lists(st.integers(9_800, 10_200).map(lambda cents: cents / 100), 120)


@pytest.mark.parametrize("key", sorted(STRATEGIES))
@given(closes=PRICES)
def test_random_prices_agree_with_the_reference(key: str, closes: list[float]) -> None:
    check(key, closes)


@pytest.mark.parametrize("key", sorted(STRATEGIES))
@given(close=st.floats(1e-6, 1e6), length=st.integers(1, 100))
def test_a_market_that_stands_still_gives_no_signal(key: str, close: float, length: int) -> None:
    assert set(signals(key, [close] * length)) == {0}


@pytest.mark.parametrize("key", sorted(STRATEGIES))
def test_a_signal_depends_on_the_past_only(key: str) -> None:
    closes = synthetic_candles("1m", 300)["close"].tolist()
    assert signals(key, closes)[:200] == signals(key, closes[:200])


def test_an_unknown_strategy_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(SettingsError, match="did you mean 'ma_crossover'"):
        create_strategy("ma_cross")


def test_parameters_are_the_settings_and_not_the_state() -> None:
    assert MaCrossover(3, 9).parameters() == {"fast": 3, "slow": 9}
    assert create_strategy("rsi_reversion").parameters() == {"period": 14}


def test_the_documented_strategy_works() -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "adding_a_strategy.md"
    block = page.read_text().partition('```diff title="src')[2].partition("```")[0]
    code = "\n".join(line[1:] for line in block.splitlines() if line.startswith("+"))
    code = code.partition("    strategy.key:")[0]  # the table is the sources' own
    names = dict(vars(strategies))
    exec(code, names)
    breakout = names["Breakout"]()
    rising = [breakout.on_bar(flat(100.0 + number)) for number in range(30)]
    assert rising == [0] * 20 + [1] * 10
    assert breakout.on_bar(flat(1.0)) == -1
    assert breakout.parameters() == {"period": 20}
