"""Closed trades of a run; a click on one goes to its entry or exit in the chart."""

from __future__ import annotations

from typing import Any, Final

from peak_trade.artifacts import times
from peak_trade.contract.pages.run_tabs import Table
from peak_trade.i18n import _
from peak_trade.views.kit import badges, text
from peak_trade.views.kit.elements import Node, h
from peak_trade.views.kit.table import Column, Order, table
from peak_trade.views.run.address import RunAddress

COLUMNS: Final = (
    Column("entry", "number", "entry_time", width=11),
    Column("exit", "number", "exit_time", width=11),
    Column("side", "text", "side"),
    Column("quantity", "number", "quantity"),
    Column("entry price", "number", "entry_price"),
    Column("exit price", "number", "exit_price"),
    Column("PnL", "number", "pnl"),
    Column("PnL %", "number", "pnl_ratio"),
    Column("fees", "number", "fees"),
    Column("MAE", "number", "mae"),
    Column("MFE", "number", "mfe"),
    Column("held", "number", "held_seconds"),
    Column("slippage bps", "number", "exit_slippage", width=10),
)


def closed_table(found: Table, currency: str, sort: str, url: RunAddress) -> Node:
    """Return the trades; `url` is that of the view."""

    def link(by: str) -> dict[str, str]:
        return {"href": url({"sort": by}), "data_send": f"sort={by}"}

    rows = found["rows"]
    cells = [_cells(row, currency, url) for row in rows]
    keys = [row["number"] for row in rows]
    return table(COLUMNS, cells, "Closed trades", keys, Order(sort, link), name="closed")


def _cells(row: dict[str, Any], currency: str, url: RunAddress) -> list[Node]:
    held, side = row["held_seconds"], row["side"]
    slips = [row["entry_slippage"], row["exit_slippage"]]
    return [
        charted(row["entry_time"], url),
        charted(row["exit_time"], url),
        _(side),
        text.size(row["quantity"]),
        text.money(row["entry_price"], currency),
        text.money(row["exit_price"], currency),
        badges.profit(row["pnl"], currency, named=False),
        text.percent(row["pnl_ratio"]),
        text.money(row["fees"], currency),
        text.signed(row["mae"], currency),
        text.signed(row["mfe"], currency),
        text.duration(held),
        " / ".join(text.basis_points(slip) for slip in slips),
    ]


def charted(time: str | None, url: RunAddress) -> Node:
    """Return a time that leads to the chart around it."""
    at = times.parse(time)
    if time is None or at is None:
        return text.NONE
    return h(
        "a",
        badges.moment(at, "full"),
        href=url({"at": time}),
        data_send=f"at={at:%Y-%m-%dT%H:%M:%SZ}",
        data_to="chart",
    )
