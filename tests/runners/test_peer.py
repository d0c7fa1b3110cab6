"""Runs beside backtesting.py: the same trades, prices and equity from books that others wrote.

The signals are those of the references, from the whole series at once. Slippage is none here: the
other program has it on the way in alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import pandas as pd
import pytest
from backtesting import Strategy
from backtesting.lib import FractionalBacktest

from peak_trade.runners.broker import MarketModel
from peak_trade.runners.feed import file_feed, synthetic_feed
from peak_trade.runners.strategies import create_strategy

from .support import Tree, shadow, shared
from .test_strategies import REFERENCES

MODEL = MarketModel(fee_rate=0.0026, slippage_bps=0.0, position_fraction=0.9)
CASH = 10_000.0
UNIT: Final = 1e-12  # the other program trades whole multiples of it
EXACT: Final = 1e-9


class Trade(NamedTuple):
    """A fill, by the number of its bar from 1 on."""

    step: int
    side: str
    quantity: float
    price: float


class Holder(Strategy):  # type: ignore[misc]
    """Holds the asset while the signal is +1, and acts where the signal changes."""

    signals: Sequence[int] = ()

    def init(self) -> None:
        """Nothing to prepare."""

    def next(self) -> None:
        """Act on the bar that ended last."""
        at = len(self.data) - 1
        if self.signals[at] == self.signals[at - 1]:
            return
        if self.signals[at] > 0 and not self.position:
            self.buy(size=MODEL.position_fraction)
        elif self.signals[at] <= 0 and self.position:
            self.position.close()


def peer(candles: pd.DataFrame, signals: list[int]) -> tuple[list[Trade], float]:
    """Return what the other program trades, and its equity at the end."""
    program = FractionalBacktest(
        candles.rename(columns=str.capitalize),
        Holder,
        cash=CASH,
        commission=MODEL.fee_rate,
        fractional_unit=UNIT,
    )
    result = program.run(signals=signals)
    return sorted(_trades(result)), float(result["_equity_curve"]["Equity"].iloc[-1])


def _trades(result: Any) -> Iterator[Trade]:
    for _, row in result["_trades"].iterrows():
        yield Trade(row["EntryBar"] + 1, "buy", row["Size"], row["EntryPrice"])
        yield Trade(row["ExitBar"] + 1, "sell", row["Size"], row["ExitPrice"])
    for held in result["_strategy"].trades:
        yield Trade(held.entry_bar + 1, "buy", held.size * UNIT, held.entry_price / UNIT)


@pytest.mark.filterwarnings("ignore:DatetimeIndex.dayofweek")  # of the other program
@pytest.mark.filterwarnings("ignore:Some trades remain open")  # so they do here
@pytest.mark.parametrize("key", sorted(REFERENCES))
@pytest.mark.parametrize(
    "name",
    [
        pytest.param("ETH-BTC_5m_kraken_format.csv", marks=pytest.mark.shared),
        pytest.param("XRP-USDT_5m_ohlcv.csv", marks=pytest.mark.shared),
        "",
    ],
)
def test_trades_prices_and_equity_are_those_of_another_program(
    tmp_path: Path, key: str, name: str
) -> None:
    feed = file_feed(shared("market", name)) if name else synthetic_feed("1m")
    outcome = shadow(tmp_path, feed, key, model=MODEL, start_balance=CASH)
    candles = pd.concat(feed.blocks())
    signals = REFERENCES[key](candles["close"], create_strategy(key)).tolist()
    expected, equity = peer(candles, signals)
    rows = Tree(tmp_path).trades[["step", "side", "quantity", "price"]]
    found = [Trade(*row) for row in rows.itertuples(index=False)]
    assert [trade[:2] for trade in found] == [trade[:2] for trade in expected]
    assert len(found) > 5
    for ours, theirs in zip(found, expected, strict=True):
        assert ours[2:] == pytest.approx(theirs[2:], rel=EXACT, abs=0)
    assert outcome.totals.equity == pytest.approx(equity, rel=EXACT, abs=0)
