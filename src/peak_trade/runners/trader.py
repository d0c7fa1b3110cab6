"""Strategy, risk gate and paper account, put together bar by bar.

Assumes bars in time order. Guarantees that what a strategy decides at the close of a bar is traded
at the open of the next one if the risk gate allows it, that every intent, gate, order and fill is
told to telemetry, and that a blocked order and a change of the risk severity raise an alert.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from peak_trade.derive.digits import money
from peak_trade.runners.bars import Bar
from peak_trade.runners.broker import Broker, Fill, Side
from peak_trade.runners.risk import (
    LimitDetail,
    RiskGate,
    RiskLimits,
    RiskSeverity,
    ToldSeverity,
    worst,
)
from peak_trade.runners.strategies import Strategy
from peak_trade.writing import Alert, Category, Recorder, Severity
from peak_trade.writing.telemetry import EventKind

_ALERT_SEVERITY: Final = {
    RiskSeverity.OK: Severity.INFO,
    RiskSeverity.WARNING: Severity.WARN,
    RiskSeverity.BREACH: Severity.CRITICAL,
}


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
    orders_rejected: int = 0
    trades: list[Trade] = field(default_factory=list)
    breaches: list[LimitDetail] = field(default_factory=list)

    @property
    def risk_reasons(self) -> str:
        """Why orders were blocked in this bar; empty if none was."""
        return "; ".join([detail.reason for detail in self.breaches]) if self.breaches else ""


@dataclass(slots=True)
class Totals:
    """Running metrics of a session; money in account currency, drawdown a fraction <= 0."""

    currency: str
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
        if equity > self.peak_equity:
            self.peak_equity = equity
        elif (drawdown := equity / self.peak_equity - 1) < self.max_drawdown:
            self.max_drawdown = drawdown


OrderCheck = Callable[[Side, float, float], list[str]]
"""Takes side, quantity (base units) and price; returns why the exchange would refuse, if so."""


class Trader:
    """Trades one symbol by one strategy on a paper account, within limits.

    With `check` each order is held against the rules of an exchange before it is filled on paper;
    the result stands in the telemetry of the order.
    """

    def __init__(
        self,
        strategy: Strategy,
        broker: Broker,
        limits: RiskLimits,
        recorder: Recorder,
        check: OrderCheck | None = None,
    ) -> None:
        self.broker = broker
        self.totals = Totals(recorder.currency)
        self._strategy = strategy
        self._gate = RiskGate(limits, broker.cash)
        self._recorder = recorder
        self._check = check
        self._signal = 0
        self._indicator_count = len(strategy.indicator_names)
        self._indicators: Sequence[float | None] = ()
        self._pending: Side | None = None
        self._bar_time: datetime | None = None
        self._untold: list[bytes] = []
        self._told = ToldSeverity()

    def warm(self, bar: Bar) -> None:
        """Show a past bar to the strategy; nothing is traded on what it says."""
        self._signal = self._strategy.on_bar(bar)

    def step(self, bar: Bar, *, is_seam: bool = False) -> Step:
        """Take the next finished bar.

        At a seam, the last bar before the data starts again, the position is sold at the close and
        the strategy begins afresh: a step of the price from the end of the data to its beginning
        is no movement of the market.
        """
        step = Step()
        self._bar_time = bar.time
        if self._pending:
            self._mark(bar, bar.open)
            self._trade(step, self._pending, bar.open)
            self._pending = None
        step.signal = self._strategy.on_bar(bar)
        step.signal_changed = step.signal != self._signal
        self._signal = step.signal
        self._indicators = self._strategy.indicators()
        if is_seam:
            self._strategy = self._strategy.fresh()
            if self.broker.position:
                self._intend("sell", bar.close)
                self._trade(step, "sell", bar.close)
        elif step.signal_changed:
            self._decide(bar.close)
        self.totals.add(step, bar.close, self.broker.equity(bar.close))
        self._mark(bar, bar.close)
        if self._gate.has_limits:  # else a replay of many bars is not to pay for them
            self._tell_severity(bar)
        return step

    def indicators(self) -> Sequence[float | None]:
        """Return what the last signal came from, as many as the strategy has names for."""
        found, count = self._indicators, self._indicator_count
        return found if len(found) == count else [*found, *[None] * count][:count]

    def metrics(self) -> dict[str, object]:
        """Return the metrics in the words of the session registry."""
        totals, broker = self.totals, self.broker
        orders = totals.orders_generated
        return {
            "realized_pnl": broker.realized_pnl,
            "unrealized_pnl": broker.unrealized_pnl(totals.price),
            "max_drawdown": totals.max_drawdown,
            "num_orders": totals.orders_filled,
            "num_trades": orders,
            "steps": totals.steps,
            "fill_rate": totals.orders_filled / orders if orders else 0.0,
            "equity": totals.equity,
            "cash": broker.cash,
            "open_positions": int(broker.position > 0),
            "total_notional": broker.position * totals.price,
            **self._risk_metrics(),
        }

    def _risk_metrics(self) -> dict[str, object]:
        details = self._gate.details()
        severity = worst(detail.severity for detail in details)
        return {
            "risk_status": severity.light,
            "risk_severity": severity,
            "risk_check": {
                "allowed": severity is not RiskSeverity.BREACH,
                "severity": severity,
                "reasons": [
                    item.reason for item in details if item.severity is RiskSeverity.BREACH
                ],
            },
            "limit_details": [detail.as_record() for detail in details],
        }

    def _mark(self, bar: Bar, price: float) -> None:
        if self._gate.has_limits:
            self._gate.mark(bar.time, self.broker.equity(price), self.broker.position * price)

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
        self._emit("intent", payload)
        self._tell()

    def _emit(self, kind: EventKind, payload: Mapping[str, object]) -> None:
        line = self._recorder.telemetry.line(kind, payload, ts_bar=self._bar_time)
        self._untold.append(line)

    def _tell(self) -> None:
        """Write what became of an order: each write costs more than its events."""
        lines, self._untold = self._untold, []
        self._recorder.telemetry.write(lines)

    def _trade(self, step: Step, side: Side, price: float) -> None:
        try:
            self._order(step, side, price)
        finally:
            self._tell()

    def _order(self, step: Step, side: Side, price: float) -> None:
        step.orders_generated += 1
        quantity = self.broker.quantity(side, price)
        if side == "buy" and not self._is_allowed(step, quantity * price):
            return
        number = self.totals.orders_generated + step.orders_generated
        order_id = f"{self._recorder.session_id}-{number}"
        order = {"client_id": order_id, "side": side, "quantity": quantity, "order_type": "market"}
        if self._check:
            problems = self._check(side, quantity, price)
            order["validation"] = {"valid": not problems, "problems": problems, "sent": False}
            self._emit("order", order)
            if problems:
                self._reject(step, side, problems)
                return
        else:
            self._emit("order", order)
        self._gate.ordered()
        fill = self.broker.execute(side, price)
        step.trades.append(Trade(order_id, fill))
        self._emit(
            "fill",
            {
                "client_id": order_id,
                "filled_quantity": fill.quantity,
                "fill_price": fill.price,
                "fill_notional": fill.notional,
                "fill_fee": fill.fee,
            },
        )

    def _reject(self, step: Step, side: Side, problems: list[str]) -> None:
        step.orders_rejected += 1
        body = f"{side}: {'; '.join(problems)}"
        self._recorder.alerts.write(
            Alert(
                *("order_rejected", Severity.WARN, Category.EXECUTION),
                *("order_validation", "Order would be refused", body),
            )
        )

    def _is_allowed(self, step: Step, notional: float) -> bool:
        step.breaches = self._gate.check(notional)
        gate = {"gate_name": "risk", "passed": not step.breaches, "reason": step.risk_reasons}
        self._emit("gate", gate)
        if step.breaches:
            self._alert(
                "risk_blocked",
                Severity.WARN,
                "live_risk_limits",
                "Order blocked",
                f"buy for {money(notional, self.totals.currency)}: {step.risk_reasons}",
            )
        return not step.breaches

    def _tell_severity(self, bar: Bar) -> None:
        details = self._gate.details()
        before = self._told.current
        now = self._told.take(bar.time, details)
        if before is now:
            return
        near = [item for item in details if item.severity is not RiskSeverity.OK]
        self._alert(
            "risk_severity",
            _ALERT_SEVERITY[now],
            "live_risk_severity",
            f"Risk severity changed: {before.light.upper()} → {now.light.upper()}",
            ", ".join(item.limit_name for item in near) or "all limits are kept again",
        )

    def _alert(self, rule_id: str, severity: Severity, source: str, title: str, body: str) -> None:
        details = [item.as_record() for item in self._gate.details()]
        context = {"limit_details": details}
        alert = Alert(rule_id, severity, Category.RISK, source, title, body, context)
        self._recorder.alerts.write(alert)
