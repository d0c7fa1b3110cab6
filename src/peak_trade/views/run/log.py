"""The log of a run: its newest events."""

from __future__ import annotations

from typing import Any, Final

from peak_trade.artifacts import times
from peak_trade.contract.pages.run_tabs import Table
from peak_trade.views.kit import badges, text
from peak_trade.views.kit.elements import Node, h
from peak_trade.views.kit.table import Column, table
from peak_trade.views.run.rows import risk

COLUMNS: Final = (
    Column("candle", "number"),
    Column("equity", "number"),
    Column("realized PnL", "number"),
    Column("position", "number"),
    Column("orders", "number"),
    Column("level"),
    Column("risk"),
    Column("line", "id"),
)


def log(found: Table, currency: str) -> Node:
    """Return the events, with money in `currency`. While they are scrolled, new ones wait above."""
    rows = [row(event, currency) for event in found["rows"]]
    return table(COLUMNS, rows, "Events", [event["seq"] for event in found["rows"]], name="events")


def row(event: dict[str, Any], currency: str) -> list[Node]:
    """Return the cells of an event."""
    bar = times.parse(event["ts_bar"]) or event["time"]
    # Without a time of its own the contract gives the time of the answer: that is not shown.
    line = f"{event['ts']} {event['msg']}" if event["time"] else event["msg"]
    return [
        badges.moment(bar, "clock"),
        text.money(event["equity"], currency),
        badges.profit(event["realized_pnl"], currency, named=False),
        text.size(event["position_size"]),
        text.count(event["orders_count"]) if event["orders_count"] else text.NONE,
        badges.severity(event["level"]),
        risk(event),
        h("span", line, title=line),
    ]
