"""How the telemetry's health went: 24 hours, 7 days and 30 days, and whether it gets worse."""

from __future__ import annotations

from typing import Final

from peak_trade.contract.pages.telemetry import Period, TelemetryPayload
from peak_trade.i18n import _, mark
from peak_trade.views.kit import badges, text
from peak_trade.views.kit.elements import Node, h
from peak_trade.views.kit.export import foot
from peak_trade.views.kit.links import PlacedComponent
from peak_trade.views.kit.states import empty
from peak_trade.views.kit.table import Column, table

COLUMNS: Final = (
    Column("period"),
    Column("worst"),
    Column("ok", "number"),
    Column("warn", "number"),
    Column("critical", "number"),
    Column("disk MB", "number"),
    Column("errors %", "number"),
)


REASONS: Final = (
    mark("High critical rate (#/#)"),
    mark("High warn+critical rate (#/#)"),
    mark("Disk usage increasing (# \N{RIGHTWARDS ARROW} # MB)"),
)
"""Why it gets worse, as the catalogue has it."""


class Trends(PlacedComponent):
    """Counts and means over health snapshots; degradation with its reasons."""

    def update(self, page: TelemetryPayload) -> None:
        """Show these periods."""
        title = h("header", h("h2", _("Trends")), class_="bar")
        if not any(period["snapshots"] for period in page["periods"]):
            why = _("A snapshot a day makes the history: nobody has written one in 30 days.")
            self.show(empty(_("No health snapshots"), why, place=self._place))
            return
        rows = [row(period) for period in page["periods"]]
        self.show(
            title,
            h("div", table(COLUMNS, rows, "Trends", name="trends"), class_="scroll", tabindex=0),
            degradation(page),
            foot(
                _("disk and errors are means over the snapshots of the period"),
                self._links.table("telemetry_table"),
                {"table": "periods"},
                of=_("Trends"),
            ),
        )


def row(period: Period) -> list[Node]:
    """Return the cells of a period; means are over its snapshots."""
    return [
        period["name"],
        badges.level(period["worst"]) if period["worst"] else text.NONE,
        text.count(period["ok"]),
        text.count(period["warn"]),
        text.count(period["critical"]),
        text.amount(period["disk_mb"], 1),
        text.amount(period["parse_error_rate"], 1),
    ]


def degradation(page: TelemetryPayload) -> Node | None:
    """Return whether the last snapshots get worse, and why."""
    found = page["degradation"]
    if found is None:
        return None
    size = text.plural(found["window_size"], "%s snapshot", "%s snapshots")
    if not found["degrading"]:
        return h(
            "p",
            badges.level("ok"),
            _("not getting worse over the last %s") % size,
            class_="verdict",
        )
    why = _("getting worse over the last %(size)s: %(reasons)s") % {
        "size": size,
        "reasons": "; ".join(map(text.told, found["reasons"])),
    }
    return h(
        "p",
        badges.level("warn"),
        why,
        class_="verdict",
    )
