"""The newest events of a run."""

from __future__ import annotations

from typing import Final

from peak_trade.artifacts import times
from peak_trade.contract.pages import EventRow, LiveRun
from peak_trade.views import text
from peak_trade.views.elements import Node, Part, h
from peak_trade.views.states import empty
from peak_trade.views.table import Column, table

COLUMNS: Final = (
    Column("candle", "number"),
    Column("equity", "number"),
    Column("realized PnL", "number"),
    Column("position", "number"),
    Column("orders", "number"),
    Column("risk"),
)


class Events(Part):
    """The last rows, newest on top. While they are scrolled, new ones wait above."""

    def update(self, run: LiveRun) -> None:
        """Show these events."""
        events, total = run["events"], run["snapshot"]["total_steps"]
        title = h("header", h("h2", "Events"), class_="bar")
        if not events:
            why = "The run has written no event so far, or only its header."
            self.show(title, empty("No events yet", why))
            return
        rows = [row(event) for event in events]
        keys = [event["seq"] for event in events]
        self.show(
            title,
            h(
                "div",
                table(COLUMNS, rows, "Events", keys),
                class_="scroll short",
                data_hold=True,
                tabindex=0,
                key=run["snapshot"]["run_id"],
            ),
            h("footer", f"newest {len(events)} of {text.count(total)}", class_="foot"),
        )


def row(event: EventRow) -> list[Node]:
    """Return the cells of an event."""
    bar, pnl = times.parse(event["ts_bar"]) or event["time"], event["realized_pnl"]
    written = f"written {text.full_time(event['time'])}" if event["time"] else None
    return [
        h("span", text.clock_time(bar), title=written),
        text.amount(event["equity"]),
        h("span", text.signed(pnl), data_level=text.tone(pnl)),
        text.size(event["position_size"]),
        text.count(event["orders_count"]) if event["orders_count"] else text.NONE,
        risk(event),
    ]


def risk(event: EventRow) -> Node:
    """Return what the risk check said: allowed, or why not."""
    if event["risk_allowed"]:
        return h("span", "ok", class_="soft")
    return h("span", f"\N{CIRCLED TIMES} {event['risk_reasons'] or 'blocked'}", data_level="warn")
