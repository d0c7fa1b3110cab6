"""What an exchange answers, in types of our own.

Assumes answers in the unified form of ccxt. Guarantees UTC times, finite numbers or none, and
prices in quote currency, amounts in base units.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import pandas as pd

from peak_trade import jsonio

CANDLE_COLUMNS: Final = ("open", "high", "low", "close", "volume")
EXCHANGE_TIME: Final = "exchange_time"
COMMITTED: Final = "committed"
"""Keys of `DataFrame.attrs` of candles: when the exchange answered, by its own clock (aware, whole
seconds), and the beginning of the last candle that it calls final (aware); None: it tells neither.
"""

REDUCE_ONLY: Final = "reduce_only"
BALANCE_COLUMNS: Final = ("free", "used", "total")
_STATE_NAMES: Final = ("status", "state", "trading_status")
_STATE_WORD: Final = re.compile(r"[A-Za-z][A-Za-z_ -]{0,30}")


@dataclass(frozen=True, slots=True)
class Ticker:
    """Prices of one market. A number that the exchange does not tell is None.

    `bid`, `ask`, `last`, `high` and `low` are in quote currency, `volume` in base units; the last
    three are of the past 24 hours. `time` is when the answer came, in UTC.
    """

    symbol: str
    time: datetime
    bid: float | None
    ask: float | None
    last: float | None
    high: float | None
    low: float | None
    volume: float | None


@dataclass(frozen=True, slots=True)
class ExchangeStatus:
    """What the exchange says of itself: `ok`, `maintenance`, `shutdown`, `error` or other words."""

    status: str
    time: datetime


@dataclass(frozen=True, slots=True)
class MarketLimits:
    """What an order on one market has to keep; None: the exchange sets no such limit.

    Parameters
    ----------
    amount_step, min_amount, max_amount
        Smallest change, least and most of the quantity, in base units.
    price_step
        Smallest change of a price, in quote currency.
    min_cost, max_cost
        Least and most notional, in quote currency.
    restriction
        State in which the market does not take every order, in the exchange's word, such as
        `cancel_only`, or `not active`; empty: it is open.
    """

    symbol: str
    amount_step: float | None = None
    price_step: float | None = None
    min_amount: float | None = None
    max_amount: float | None = None
    min_cost: float | None = None
    max_cost: float | None = None
    restriction: str = ""

    def problems(self, quantity: float, price: float, side: str = "buy") -> list[str]:
        """Return why a market order of that quantity would be refused at this price; none: fine.

        A sell is taken to reduce what is held.
        """
        cost = quantity * price
        bounds = (
            ("quantity", quantity, self.min_amount, self.max_amount),
            ("cost", cost, self.min_cost, self.max_cost),
        )
        found = []
        if self.restriction and (self.restriction, side) != (REDUCE_ONLY, "sell"):
            found.append(f"the market is {self.restriction}")
        for name, value, least, most in bounds:
            if least is not None and value < least:
                found.append(f"{name} {value:.10g} below {least:.10g}")
            if most is not None and value > most:
                found.append(f"{name} {value:.10g} above {most:.10g}")
        # as decimals: a binary remainder of 0.3 by 0.1 is not zero
        if self.amount_step and Decimal(str(quantity)) % Decimal(str(self.amount_step)):
            found.append(f"quantity {quantity:.10g} is no multiple of {self.amount_step:.10g}")
        return found


@dataclass(frozen=True, slots=True)
class Health:
    """State of a client.

    Parameters
    ----------
    breaker
        `closed` (calls go out), `open` (they do not) or `half-open` (one is tried).
    failures
        Failed tries in a row.
    last_success
        When the last call was answered, in UTC; None: none was.
    latency_seconds
        How long that answer took, the wait for the rate limit in it.
    last_failure
        What went wrong last; empty if nothing did.
    """

    breaker: str
    failures: int
    last_success: datetime | None
    latency_seconds: float | None
    last_failure: str

    @property
    def is_healthy(self) -> bool:
        """Whether calls go out and the last one was answered."""
        return self.breaker == "closed" and not self.failures


def candle_frame(rows: Sequence[Sequence[Any]]) -> pd.DataFrame:
    """Return candles of shape (n, 5): UTC index `time`, ascending; float columns.

    Open, high, low and close are in quote currency, volume in base units. Of rows with the same
    time the last one counts. A number that is none, or is infinite, is NaN.
    """
    times = pd.to_datetime([row[0] for row in rows], unit="ms", utc=True).as_unit("us")
    frame = pd.DataFrame(
        [row[1:6] for row in rows],
        columns=list(CANDLE_COLUMNS),
        index=pd.DatetimeIndex(times, name="time"),
        dtype=float,
    )
    frame = frame[~frame.index.duplicated(keep="last")].sort_index()
    return frame.where(frame.abs() < float("inf"))


def balance_frame(answer: Mapping[str, Any]) -> pd.DataFrame:
    """Return balances of shape (n, 3): index `currency`; free, used and total in that currency.

    A number that the exchange does not tell is NaN.
    """
    currencies = sorted(answer["total"])
    return pd.DataFrame(
        {
            name: [jsonio.finite(answer[name].get(currency)) for currency in currencies]
            for name in BALANCE_COLUMNS
        },
        index=pd.Index(currencies, name="currency", dtype="str"),
        dtype=float,
    )


def make_ticker(answer: Mapping[str, Any], symbol: str, time: datetime) -> Ticker:
    """Return the prices of one market."""
    number = {
        name: jsonio.finite(answer.get(name)) for name in ("bid", "ask", "last", "high", "low")
    }
    return Ticker(symbol, time, **number, volume=jsonio.finite(answer.get("baseVolume")))


def make_limits(market: Mapping[str, Any]) -> MarketLimits:
    """Return the limits of one market."""
    precision, limits = market["precision"], market["limits"]
    amount, cost = limits.get("amount") or {}, limits.get("cost") or {}
    return MarketLimits(
        symbol=market["symbol"],
        amount_step=jsonio.finite(precision.get("amount")),
        price_step=jsonio.finite(precision.get("price")),
        min_amount=jsonio.finite(amount.get("min")),
        max_amount=jsonio.finite(amount.get("max")),
        min_cost=jsonio.finite(cost.get("min")),
        max_cost=jsonio.finite(cost.get("max")),
        restriction="" if market.get("active") is not False else _state(market),
    )


def _state(market: Mapping[str, Any]) -> str:
    """Return the exchange's word for the state of a market that is not active."""
    info = market.get("info")
    words = [info.get(name) for name in _STATE_NAMES] if isinstance(info, Mapping) else []
    known = (word for word in words if isinstance(word, str) and _STATE_WORD.fullmatch(word))
    return next(known, "not active").lower()
