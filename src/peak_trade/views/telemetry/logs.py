"""The telemetry logs, last modified first; each leads to its execution timeline."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from peak_trade.contract.pages.telemetry import LogRow, TelemetryPayload
from peak_trade.i18n import _
from peak_trade.views.kit import badges, text
from peak_trade.views.kit.columns import with_root
from peak_trade.views.kit.elements import Node, h
from peak_trade.views.kit.export import foot
from peak_trade.views.kit.links import Links, PlacedComponent
from peak_trade.views.kit.states import empty
from peak_trade.views.kit.table import Column, table

COLUMNS: Final = (
    Column("log", "id"),
    Column("root", key="root"),
    Column("state"),
    Column("modified", "number"),
    Column("age d", "number"),
    Column("size MB", "number"),
    Column("form"),
)


class LogTable(PlacedComponent):
    """At most 50 logs; `labels` are those of several roots."""

    def __init__(self, links: Links, place: Path, labels: Mapping[str, str]) -> None:
        super().__init__(links, place)
        self._labels = labels

    def update(self, page: TelemetryPayload) -> None:
        """Show these logs."""
        logs = page["logs"]
        title = h("header", h("h2", _("Logs")), policy(page), class_="bar")
        if not logs:
            why = _("A session writes its log as it decides and trades; none has written one yet.")
            self.show(title, empty(_("No telemetry logs"), why, "make demo", self._place))
            return
        rows = [self._row(log) for log in logs]
        keys = [log["log_id"] for log in logs]
        total = text.plural(page["logs_total"], "%s log", "%s logs")
        line = _("%(shown)s of %(total)s, last modified first") % {
            "shown": text.count(len(logs)),
            "total": total,
        }
        self.show(
            title,
            h(
                "div",
                table(with_root(COLUMNS, self._labels), rows, "Logs", keys, name="logs"),
                class_="scroll",
                tabindex=0,
            ),
            foot(line, self._links.table("telemetry_table"), {"table": "logs"}, of=_("Logs")),
        )

    def _row(self, log: LogRow) -> list[Node]:
        name = log["log_id"]
        modified = log["modified"]
        return [
            badges.identifier(name, self._links.execution(name)),
            *([badges.root(log["root"], self._labels)] if "root" in log else []),
            badges.freshness_chip(log["freshness"]),
            badges.moment(modified),
            text.amount(log["age_days"], 1),
            text.amount(log["size_mb"], 3),
            _("compressed") if log["is_compressed"] else _("plain"),
        ]


def policy(page: TelemetryPayload) -> Node:
    """Return what the clearing up of logs keeps to."""
    kept = page["policy"]
    facts = _(
        "kept %(max_age_days)s days, %(max_sessions)s sessions, %(max_total_mb)s MB; "
        "compressed after %(compress_after_days)s days"
    ) % {**kept, "max_total_mb": text.count(kept["max_total_mb"])}
    return h("small", facts, class_="soft")
