"""Strategy, paper account and telemetry, put together bar by bar.

Assumes bars in time order. Guarantees that what a strategy decides at the close of a bar is traded
at the open of the next one, and that every intent, order and fill is told to telemetry.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from peak_trade.runners.bars import Bar
from peak_trade.runners.broker import Broker, Fill, Side
from peak_trade.runners.recorder import Recorder
from peak_trade.runners.strategies import Strategy, create_strategy


@dataclass(frozen=True, slots=True)
class Trade:
    """A fill and the order that it belongs to."""

    order_id: str
    fill: Fill


@dataclass(slots=True)
class Step:
    """What happened in one bar."""

    signal: int = 0
    signal_changed: bool = False
    orders_generated: int = 0
    trades: list[Trade] = field(default_factory=list)


@dataclass(slots=True)
class Figures:
    """Running figures of a session; money in account currency, drawdown a fraction <= 0."""

    steps: int = 0
    orders_generated: int = 0
    orders_filled: int = 0
    price: float = 0.0
    equity: float = 0.0
    peak_equity: float = 0.0
    max_drawdown: float = 0.0

    def add(self, step: Step, price: float, equity: float) -> None:
        """Take one more step, with the price and the equity after it."""
        self.steps += 1
        self.orders_generated += step.orders_generated
        self.orders_filled += len(step.trades)
        self.price = price
        self.equity = equity
        self.peak_equity = max(self.peak_equity, equity)
        self.max_drawdown = min(self.max_drawdown, equity / self.peak_equity - 1)


class Trader:
    """Trades one symbol by one strategy on a paper account."""

    def __init__(self, strategy: Strategy, broker: Broker, recorder: Recorder) -> None:
        self.broker = broker
        self.figures = Figures()
        self._strategy = strategy
        self._recorder = recorder
        self._signal = 0
        self._pending: Side | None = None

    def step(self, bar: Bar, *, is_seam: bool) -> Step:
        """Take the next finished bar.

        At a seam, the last bar before the data starts again, the position is sold at the close and
        the strategy begins afresh: a step of the price from the end of the data to its beginning
        is no movement of the market.
        """
        step = Step()
        if self._pending:
            self._trade(step, self._pending, bar.open)
            self._pending = None
        step.signal = self._strategy.on_bar(bar)
        step.signal_changed = step.signal != self._signal
        self._signal = step.signal
        if is_seam:
            self._strategy = create_strategy(self._strategy.key)
            if self.broker.position:
                self._intend("sell", bar.close)
                self._trade(step, "sell", bar.close)
        elif step.signal_changed:
            self._decide(bar.close)
        self.figures.add(step, bar.close, self.broker.equity(bar.close))
        return step

    def metrics(self) -> dict[str, object]:
        """Return the figures in the words of the session registry."""
        figures, broker = self.figures, self.broker
        orders = figures.orders_generated
        return {
            "realized_pnl": broker.realized_pnl,
            "unrealized_pnl": broker.unrealized_pnl(figures.price),
            "max_drawdown": figures.max_drawdown,
            "num_orders": figures.orders_filled,
            "num_trades": orders,
            "steps": figures.steps,
            "fill_rate": figures.orders_filled / orders if orders else 0.0,
            "equity": figures.equity,
            "cash": broker.cash,
            "open_positions": int(broker.position > 0),
            "total_notional": broker.position * figures.price,
        }

    def _decide(self, price: float) -> None:
        wants_asset = self._signal > 0
        if wants_asset != (self.broker.position > 0):
            self._pending = "buy" if wants_asset else "sell"
            self._intend(self._pending, price)

    def _intend(self, side: Side, price: float) -> None:
        payload = {
            "side": side,
            "quantity": self.broker.quantity(side, price),
            "current_price": price,
            "strategy_key": self._strategy.key,
        }
        self._recorder.telemetry.emit("intent", payload)

    def _trade(self, step: Step, side: Side, price: float) -> None:
        step.orders_generated += 1
        number = self.figures.orders_generated + step.orders_generated
        order_id = f"{self._recorder.session_id}-{number}"
        emit = self._recorder.telemetry.emit
        emit(
            "order",
            {
                "client_id": order_id,
                "side": side,
                "quantity": self.broker.quantity(side, price),
                "order_type": "market",
            },
        )
        fill = self.broker.execute(side, price)
        emit(
            "fill",
            {
                "client_id": order_id,
                "filled_quantity": fill.quantity,
                "fill_price": fill.price,
                "fill_notional": fill.notional,
                "fill_fee": fill.fee,
            },
        )
        step.trades.append(Trade(order_id, fill))
