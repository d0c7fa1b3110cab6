"""Fills of any source as a run: the books after each one, and a row of the trades file.

Assumes fills of one market; positions may be short. Guarantees in each row:

* equity = cash + position * price;
* equity = start balance + realized + unrealized, up to rounding;
* realized profit is that of the average cost, fees of both sides in it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

from peak_trade.errors import PeakTradeError
from peak_trade.writing import RunWriter, Subject

_DUST: Final = 1e-9
"""A position this small a part of the fill that closed it is none: quantities are rounded."""


class SourceError(PeakTradeError):
    """A source cannot be imported; the message names its place."""


@dataclass(frozen=True, slots=True)
class Fill:
    """One fill: aware time, quantity in base units, price and fee in quote currency.

    Raises
    ------
    SourceError
        If quantity or price is not above 0: no statistic could use it.
    """

    time: datetime
    side: Literal["buy", "sell"]
    quantity: float
    price: float
    fee: float = 0.0
    order_id: str = ""

    def __post_init__(self) -> None:
        for name, number in (("quantity", self.quantity), ("price", self.price)):
            if not 0 < number < math.inf:
                order = f" of order {self.order_id}" if self.order_id else ""
                raise SourceError(
                    f"the fill{order} at {self.time.isoformat()}: its {name}, {number:g}, is no "
                    "amount above 0"
                )

    def row(self, step: int) -> dict[str, Any]:
        """Return the fill in the words of the trades, as one of the event with this step."""
        return {
            "ts": self.time,
            "step": step,
            "side": self.side,
            "quantity": self.quantity,
            "price": self.price,
            "fee": self.fee,
            "order_id": self.order_id,
            "ts_bar": self.time,
        }


@dataclass(frozen=True, slots=True)
class Found:
    """One run of a source: what was traded, its fills in any order, and what else is known."""

    subject: Subject
    fills: Sequence[Fill]
    source: dict[str, object] = field(default_factory=dict)


@dataclass(slots=True)
class Account:
    """Cash and one position, long or short, at its average cost."""

    cash: float
    position: float = 0.0
    realized: float = 0.0
    cost: float = 0.0
    """Paid for the position, fees included; below 0 for a short one."""

    def take(self, fill: Fill) -> None:
        """Book one fill."""
        side = 1 if fill.side == "buy" else -1
        fee = fill.fee / fill.quantity
        closed = 0.0
        if self.position * side < 0:
            closed = min(fill.quantity, abs(self.position))
            taken = self.cost * closed / abs(self.position)
            self.realized += -side * closed * fill.price - fee * closed - taken
            self.cost -= taken
        opened = fill.quantity - closed
        self.cost += side * opened * fill.price + fee * opened
        self.cash -= side * fill.quantity * fill.price + fill.fee
        self.position += side * fill.quantity
        if abs(self.position) <= _DUST * fill.quantity:
            self.realized -= self.cost
            self.position = self.cost = 0.0

    def row(self, price: float) -> dict[str, Any]:
        """Return the books at a price, in the words of the events."""
        return {
            "price": price,
            "position_size": self.position,
            "cash": self.cash,
            "equity": self.cash + self.position * price,
            "realized_pnl": self.realized,
            "unrealized_pnl": self.position * price - self.cost,
            "signal": (self.position > 0) - (self.position < 0),
        }


def write_fills(runs: Path, found: Found, start_balance: float, run_id: str | None) -> str:
    """Write the fills of one market as a run that has ended; return its id.

    The first event is the account before the first fill, each other one the account after a fill.
    """
    fills = sorted(found.fills, key=lambda fill: fill.time)
    if not fills:
        raise SourceError(f"{found.subject.symbol}: no fill")
    account, first = Account(start_balance), fills[0]
    begin = {"ts_bar": first.time, "ts_event": first.time, **account.row(first.price)}
    span = (first.time, fills[-1].time)
    with imported_run(runs, found.subject, run_id, found.source, start_balance, span) as run:
        run.append(begin)
        _write(run, account, fills)
    return run.run_id


@contextmanager
def imported_run(
    runs: Path,
    subject: Subject,
    run_id: str | None,
    source: Mapping[str, object],
    start_balance: float,
    span: tuple[datetime, datetime],
) -> Iterator[RunWriter]:
    """Yield the writer of a run that began and ended in the past; one that fails leaves nothing."""
    config = {"data": source, "start_balance": start_balance, "tags": ["imported"]}
    run = RunWriter(runs, subject, run_id, config=config, started_at=span[0], flush_steps=5000)
    try:
        yield run
        run.close(span[1])
    except BaseException:
        run.discard()
        raise


def _write(run: RunWriter, account: Account, fills: Iterable[Fill]) -> None:
    for step, fill in enumerate(fills, start=2):
        account.take(fill)
        times = {"ts_bar": fill.time, "ts_event": fill.time}
        counts = {"orders_generated": 1, "orders_filled": 1}
        run.append({"step": step, **times, **counts, **account.row(fill.price)})
        run.append_trade(fill.row(step))
