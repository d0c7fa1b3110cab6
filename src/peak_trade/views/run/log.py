"""The log of a run: its newest events."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from peak_trade.artifacts import times
from peak_trade.contract.pages.run_tabs import Table
from peak_trade.views.kit import badges, text
from peak_trade.views.kit.elements import Node, h
from peak_trade.views.kit.table import Column, table
from peak_trade.views.run.rows import risk

COLUMNS: Final = (
    Column("candle", "number", width=17),
    Column("equity", "number", width=12),
    Column("realized PnL", "number", width=12),
    Column("position", "number", width=9),
    Column("orders", "number", width=8),
    Column("level", width=10),
    Column("risk", width=9),
    Column("line", "id"),
)


def log(found: Table, currency: str) -> Node:
    """Return the events, with money in `currency`. While they are scrolled, new ones wait above."""
    candles = [candle(event) for event in found["rows"]]
    days = {at.date() for at in candles if at}
    style = "full" if len(days) > 1 else "clock"
    pairs = zip(found["rows"], candles, strict=True)
    rows = [row(event, badges.moment(at, style), currency) for event, at in pairs]
    return table(COLUMNS, rows, "Events", [event["seq"] for event in found["rows"]], name="events")


def candle(event: dict[str, Any]) -> datetime | None:
    """Return the time of the candle of an event, else its own."""
    at: datetime | None = times.parse(event["ts_bar"]) or event["time"]
    return at


def row(event: dict[str, Any], at: Node, currency: str) -> list[Node]:
    """Return the cells of an event at a time."""
    # Without a time of its own the contract gives the time of the answer: that is not shown.
    line = f"{event['ts']} {event['msg']}" if event["time"] else event["msg"]
    return [
        at,
        text.money(event["equity"], currency),
        badges.profit(event["realized_pnl"], currency, named=False),
        text.size(event["position_size"]),
        text.count(event["orders_count"]) if event["orders_count"] else text.NONE,
        badges.severity(event["level"]),
        risk(event),
        h("span", line, title=line),
    ]
