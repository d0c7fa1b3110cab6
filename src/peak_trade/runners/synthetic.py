"""Made-up candles for demonstrations: trends, ranges and jumps from a seed.

Assumes nothing about a market: the prices mean nothing, and every run on them says so in its
artifacts. Guarantees that equal arguments give equal candles, that `low <= open, close <= high`,
that each bar opens near the close before it, and that the series ends where it began, so that it
can be replayed round and round.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import numpy as np
import pandas as pd

from peak_trade.runners.bars import CANDLE_COLUMNS, timeframe_seconds

DEFAULT_BARS: Final = 5_000
DEFAULT_SEED: Final = 21
DEFAULT_START: Final = datetime(2026, 1, 1, tzinfo=UTC)

_FIRST_PRICE: Final = 40_000.0
_FIRST_PRICES: Final = {"ETH": 2_400.0, "SOL": 160.0, "LTC": 90.0}
"""Of assets that nobody would take for themselves at the price of the others."""

_REGIME_BARS: Final = (40, 160)  # shortest and longest regime
_DRIFTS: Final = (0.0007, 0.0, -0.0007, 0.0)  # mean log return a bar: up, range, down, range
_NOISE: Final = 0.0012  # standard deviation of the log return of a bar
_JUMP_CHANCE: Final = 0.004
_JUMP_SIZE: Final = 0.012  # standard deviation of the log size of a jump


def synthetic_candles(
    timeframe: str,
    bars: int = DEFAULT_BARS,
    *,
    seed: int = DEFAULT_SEED,
    start: datetime = DEFAULT_START,
    symbol: str = "",
) -> pd.DataFrame:
    """Return made-up candles; at about which price depends on the asset of `symbol`.

    Returns
    -------
    DataFrame of shape (bars, 5) in the form of `market_data.load_candles`; two decimals.
    """
    random = np.random.default_rng(seed)
    returns = random.normal(_drift(random, bars), _NOISE)
    jumps = (random.random(bars) < _JUMP_CHANCE) * random.normal(0.0, _JUMP_SIZE, bars)
    log_price = np.cumsum(returns + jumps)
    log_price -= log_price[-1] * np.arange(1, bars + 1) / bars  # ends at the first price
    first = _FIRST_PRICES.get(symbol.partition("/")[0], _FIRST_PRICE)
    close = first * np.exp(log_price)
    before = np.concatenate(([first], close[:-1]))
    opens = before * np.exp(0.5 * jumps)
    top = np.maximum(opens, close) * np.exp(np.abs(random.normal(0.0, _NOISE / 2, bars)))
    bottom = np.minimum(opens, close) * np.exp(-np.abs(random.normal(0.0, _NOISE / 2, bars)))
    money = random.lognormal(0.0, 0.6, bars) * (1.0 + np.abs(returns + jumps) / _NOISE)
    volume = money * (_FIRST_PRICE / first)
    index = pd.date_range(
        start, periods=bars, freq=f"{timeframe_seconds(timeframe)}s", name="time", unit="us"
    )
    columns = zip(CANDLE_COLUMNS, (opens, top, bottom, close, volume), strict=True)
    return pd.DataFrame({name: np.round(values, 2) for name, values in columns}, index=index)


def _drift(random: np.random.Generator, bars: int) -> np.ndarray:
    """Return the mean log return of each bar: up, range, down, range, and again."""
    lengths = random.integers(*_REGIME_BARS, size=bars // _REGIME_BARS[0] + 1)
    regimes = np.resize(_DRIFTS, len(lengths))
    return np.repeat(regimes, lengths)[:bars]
