"""The paper account: its books add up after any sequence of prices and orders."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawn import lists
from peak_trade.errors import SettingsError
from peak_trade.runners.broker import Broker, MarketModel

MODELS = st.builds(
    MarketModel,
    fee_rate=st.floats(0, 0.05),
    slippage_bps=st.floats(0, 200),
    position_fraction=st.floats(0.001, 1.0),
)
PRICES = lists(st.floats(1e-4, 1e6), 40, min_size=1)


@given(model=MODELS, prices=PRICES, start=st.floats(1.0, 1e7))
def test_books_add_up(model: MarketModel, prices: list[float], start: float) -> None:
    broker = Broker(model, start)
    closed, paid, peak = [], 0.0, start
    for price in prices:
        before = broker.equity(price)
        fill = broker.execute("sell" if broker.position else "buy", price)
        worth = fill.quantity * fill.price
        assert fill.fee == pytest.approx(worth * model.fee_rate)
        if fill.side == "buy":
            paid = worth + fill.fee
            assert paid == pytest.approx(min(before * model.position_fraction, before), rel=1e-9)
            assert fill.price >= price
        else:
            closed.append(worth - fill.fee - paid)
            assert fill.price <= price
        peak = max(peak, broker.equity(price))
        tolerance = 1e-9 * peak  # rounding of the largest amount that went through the books
        assert broker.cash >= 0
        assert broker.position >= 0
        assert broker.equity(price) == broker.cash + broker.position * price
        assert abs(broker.realized_pnl - sum(closed)) <= tolerance
        gains = broker.realized_pnl + broker.unrealized_pnl(price)
        assert abs(broker.equity(price) - start - gains) <= tolerance


@given(model=MODELS, price=st.floats(1e-4, 1e6), step=st.sampled_from([1e-8, 0.1, 0.001, 3.0]))
def test_bought_quantities_are_whole_steps(model: MarketModel, price: float, step: float) -> None:
    broker, free = Broker(model, 1000.0, step), Broker(model, 1000.0)
    quantity = broker.quantity("buy", price)
    assert Decimal(str(quantity)) % Decimal(str(step)) == 0
    assert 0 <= free.quantity("buy", price) - quantity < step * (1 + 1e-6)
    fill = broker.execute("buy", price)
    assert fill.quantity == quantity == broker.position
    assert broker.cash >= 0
    assert broker.cash == pytest.approx(1000.0 - fill.notional - fill.fee, abs=1e-6)


def test_a_round_trip_costs_two_fees_and_two_slips() -> None:
    broker = Broker(MarketModel(fee_rate=0.01, slippage_bps=100, position_fraction=1.0), 1000.0)
    bought = broker.execute("buy", 100.0)
    assert bought.price == pytest.approx(101.0)
    assert bought.quantity == pytest.approx(1000 / (101 * 1.01))
    assert broker.cash == 0.0
    sold = broker.execute("sell", 100.0)
    assert sold.price == pytest.approx(99.0)
    assert broker.cash == pytest.approx(1000 / (101 * 1.01) * 99 * 0.99)
    assert broker.realized_pnl == pytest.approx(broker.cash - 1000)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"fee_rate": -0.1}, "fee rate"),
        ({"fee_rate": float("nan")}, "fee rate"),
        ({"slippage_bps": 10_000}, "slippage"),
        ({"position_fraction": 0.0}, "position fraction"),
        ({"position_fraction": 1.1}, "position fraction"),
    ],
)
def test_impossible_costs_are_refused(values: dict[str, float], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        MarketModel(**values)


@pytest.mark.parametrize("cash", [0.0, -1.0, float("nan"), float("inf")])
def test_an_account_needs_money(cash: float) -> None:
    with pytest.raises(SettingsError, match="start balance"):
        Broker(MarketModel(), cash)
