"""The market model: fills at the next bar's open, fees, slippage, and the books.

Assumes a spot market without leverage that takes any order whole: one asset, long or nothing,
prices above zero. Guarantees after every call:

* cash >= 0, position >= 0;
* equity(price) = cash + position * price;
* equity(price) = start_balance + realized_pnl + unrealized_pnl(price), up to rounding;
* realized_pnl = sum over closed trades of (proceeds - cost), fees of both sides in it exactly once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from peak_trade.errors import SettingsError

Side = Literal["buy", "sell"]


@dataclass(frozen=True, slots=True)
class MarketModel:
    """What an order costs.

    Parameters
    ----------
    fee_rate
        Fee as a fraction of the notional, per fill.
    slippage_bps
        Basis points by which a fill is worse than the market: above it when buying, below it when
        selling.
    position_fraction
        Share of the equity that is put into the asset, fees included, when it is bought.
    """

    fee_rate: float = 0.0026
    slippage_bps: float = 5.0
    position_fraction: float = 0.1

    def __post_init__(self) -> None:
        if not 0 <= self.fee_rate < 1:
            raise SettingsError(f"fee rate {self.fee_rate} is not a fraction from 0 to below 1")
        if not 0 <= self.slippage_bps < 10_000:
            raise SettingsError(f"slippage {self.slippage_bps} is not from 0 to below 10000 bps")
        if not 0 < self.position_fraction <= 1:
            raise SettingsError(
                f"position fraction {self.position_fraction} is not a fraction above 0, at most 1"
            )

    def fill_price(self, side: Side, price: float) -> float:
        """Return the price of a fill when the market is at `price`."""
        slip = price * self.slippage_bps / 10_000
        return price + slip if side == "buy" else price - slip


@dataclass(frozen=True, slots=True)
class Fill:
    """A filled order; price and fee in quote currency, quantity in base units."""

    side: Side
    quantity: float
    price: float
    fee: float

    @property
    def notional(self) -> float:
        """Quantity times price, in quote currency."""
        return self.quantity * self.price


@dataclass(slots=True)
class Broker:
    """The books of one account that holds cash and at most one asset.

    A bought quantity is a whole multiple of `quantity_step` (base units), rounded down; 0: any.
    """

    model: MarketModel
    cash: float
    quantity_step: float = 0.0
    position: float = field(default=0.0, init=False)
    realized_pnl: float = field(default=0.0, init=False)
    _cost: float = field(default=0.0, init=False)  # paid for the open position, fee included

    def __post_init__(self) -> None:
        if not 0 < self.cash < float("inf"):
            raise SettingsError(f"start balance {self.cash} is not an amount above 0")

    def equity(self, price: float) -> float:
        """Return cash plus position at `price`."""
        return self.cash + self.position * price

    def unrealized_pnl(self, price: float) -> float:
        """Return what the open position is worth at `price` above what was paid for it."""
        return self.position * price - self._cost

    def quantity(self, side: Side, price: float) -> float:
        """Return the size of an order at market `price`: the set fraction, or all there is."""
        if side == "sell":
            return self.position
        exact = min(self.equity(price) * self.model.position_fraction, self.cash)
        exact /= self._unit_cost(price)
        if not self.quantity_step:
            return exact
        step = Decimal(str(self.quantity_step))  # as decimals: steps such as 0.1 are not binary
        return float(Decimal(str(exact)) // step * step)

    def execute(self, side: Side, price: float) -> Fill:
        """Fill an order when the market is at `price`: buy from cash only, or sell everything."""
        fill_price = self.model.fill_price(side, price)
        quantity = self.quantity(side, price)
        fee = quantity * fill_price * self.model.fee_rate
        if side == "buy":
            self._cost = min(quantity * self._unit_cost(price), self.cash)  # but for rounding
            self.cash -= self._cost
            self.position = quantity
        else:
            proceeds = quantity * fill_price - fee
            self.cash += proceeds
            self.realized_pnl += proceeds - self._cost
            self.position = self._cost = 0.0
        return Fill(side, quantity, fill_price, fee)

    def _unit_cost(self, price: float) -> float:
        return self.model.fill_price("buy", price) * (1 + self.model.fee_rate)
