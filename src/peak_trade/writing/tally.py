"""What the events of a run come to while they are written, and what a row may leave out.

Guarantees metrics in the words of the session registry; a number that no row told is missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any, Final

from peak_trade import clock, jsonio
from peak_trade.writing.cells import Row
from peak_trade.writing.files import iso

_COUNTS: Final = ("orders_generated", "orders_filled", "orders_rejected", "orders_blocked")
_DEFAULTS: Final[dict[str, object]] = {**dict.fromkeys(_COUNTS, 0), "risk_allowed": True}
_COUNTED: Final = ("step", "signal", "orders_generated", "orders_filled", "equity")
_LAST: Final = ("equity", "cash", "realized_pnl", "unrealized_pnl")


class Tally:
    """Runs along with the rows of one run, whose columns have these names."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._counted = itemgetter(*map(names.index, _COUNTED))
        self._step = 0
        self._signal: Any = None
        self._steps = 0
        self._orders = 0
        self._filled = 0
        self._peak: float | None = None
        self._drawdown = 0.0
        self._last: Row = ()

    def completed(self, row: Mapping[str, object]) -> dict[str, Any]:
        """Return the cells of a row with those that follow from it or from the rows before."""
        cells = {**_DEFAULTS, **row}
        if "step" not in row:
            cells["step"] = self._step + 1
        if "ts_event" not in row:
            cells["ts_event"] = iso(clock.now())
        if "price" not in row:
            cells["price"] = row.get("close")
        if "signal_changed" not in row:
            signal = row.get("signal")
            cells["signal_changed"] = signal is not None and signal != (self._signal or 0)
        return cells

    def add(self, row: Row) -> None:
        """Take one more row, as it is written."""
        step, signal, generated, filled, equity = self._counted(row)
        self._step = step or 0
        self._steps += 1
        self._signal = signal
        self._orders += generated or 0
        self._filled += filled or 0
        self._last = row
        if equity is None:
            return
        if self._peak is None or equity > self._peak:
            self._peak = equity
        elif self._peak > 0 and (drawdown := equity / self._peak - 1) < self._drawdown:
            self._drawdown = drawdown

    def metrics(self) -> dict[str, object]:
        """Return what the rows so far come to."""
        last = dict(zip(self._names, self._last, strict=False))
        told = {name: jsonio.finite(last.get(name)) for name in _LAST}
        position, price = (jsonio.finite(last.get(name)) for name in ("position_size", "price"))
        notional = None if position is None or price is None else abs(position) * price
        return {
            **{name: value for name, value in told.items() if value is not None},
            "max_drawdown": self._drawdown,
            "num_orders": self._filled,
            "num_trades": self._orders,
            "steps": self._steps,
            "fill_rate": self._filled / self._orders if self._orders else 0.0,
            **({} if position is None else {"open_positions": int(position != 0)}),
            **({} if notional is None else {"total_notional": notional}),
        }
