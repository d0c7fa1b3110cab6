"""Tables of a run's signals, positions, orders and trades."""

from __future__ import annotations

from typing import Any, Final

from peak_trade.artifacts import times
from peak_trade.contract.pages.run_tabs import Table
from peak_trade.i18n import _
from peak_trade.views.kit import badges, text
from peak_trade.views.kit.data_tree import leaf
from peak_trade.views.kit.elements import Node, h
from peak_trade.views.kit.table import Column, table

STEP: Final = (Column("time", "number"), Column("step", "number"))
SIGNALS: Final = (*STEP, Column("signal", "number"), Column("changed"))
POSITIONS: Final = (
    *STEP,
    Column("position", "number"),
    Column("cash", "number"),
    Column("equity", "number"),
)
ORDERS: Final = (
    *STEP,
    Column("generated", "number"),
    Column("filled", "number"),
    Column("rejected", "number"),
    Column("blocked", "number"),
    Column("risk"),
)
ARROWS: Final = {1: "\N{BLACK UP-POINTING TRIANGLE} +1", -1: "\N{BLACK DOWN-POINTING TRIANGLE} -1"}


def signal_table(found: Table) -> Node:
    """Return the signals."""
    rows = [
        [*_step(row), _signal(row["signal"]), _yes(row["signal_changed"])] for row in found["rows"]
    ]
    return table(SIGNALS, rows, "Signals", _keys(found), name="signals")


def position_table(found: Table, currency: str) -> Node:
    """Return the positions, with money in `currency`."""
    rows: list[list[Node]] = [
        [
            *_step(row),
            text.size(row["position_size"]),
            text.money(row["cash"], currency),
            text.money(row["equity"], currency),
        ]
        for row in found["rows"]
    ]
    return table(POSITIONS, rows, "Positions", _keys(found), name="positions")


def order_table(found: Table) -> Node:
    """Return the counts of orders."""
    names = ("orders_generated", "orders_filled", "orders_rejected", "orders_blocked")
    rows = [
        [*_step(row), *(text.count(row[name]) for name in names), risk(row)]
        for row in found["rows"]
    ]
    return table(ORDERS, rows, "Orders", _keys(found), name="orders")


def trade_table(found: Table) -> Node:
    """Return the trades, with the columns of their file."""
    rows = found["rows"]
    names = list(rows[0])
    numbers = {name for name in names if any(_is_number(row[name]) for row in rows)}
    columns = [Column(name, "number" if name in numbers else "text") for name in names]
    cells = [[h("span", leaf(row[name]), title=leaf(row[name])) for name in names] for row in rows]
    keys = [found["total"] - place for place in range(len(rows))]
    return table(columns, cells, "Trades", keys, name="trades")


def risk(row: dict[str, Any]) -> Node:
    """Return what the risk check said: allowed, or why not."""
    if row["risk_allowed"] in {True, None} and not row.get("orders_blocked"):
        return h("span", "ok", class_="soft")
    why = row["risk_reasons"] or "blocked"
    return h("span", f"\N{CIRCLED TIMES} {why}", data_level="warn", title=why)


def _step(row: dict[str, Any]) -> list[Node]:
    moment = times.parse(row["ts"])
    return [badges.moment(moment, "full") if moment else row["ts"], text.count(row["step"])]


def _signal(value: int | None) -> Node:
    return ARROWS.get(value or 0) or text.count(value)


def _yes(value: bool | None) -> Node:
    return (
        text.NONE
        if value is None
        else _("changed")
        if value
        else h("span", _("same"), class_="soft")
    )


def _keys(found: Table) -> list[str]:
    return [f"{row['ts']} {row['step']}" for row in found["rows"]]


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
