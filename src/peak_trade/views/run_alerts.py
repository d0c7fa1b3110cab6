"""The newest alerts of a run."""

from __future__ import annotations

from typing import Any

from peak_trade.artifacts import times
from peak_trade.contract.run_tabs import Table
from peak_trade.views import marks
from peak_trade.views.elements import Node, h


def alert_list(found: Table) -> Node:
    """Return the alerts, newest on top."""
    return h("ul", *(item(alert) for alert in found["rows"]), class_="alerts")


def item(alert: dict[str, Any]) -> Node:
    """Return one alert."""
    return h(
        "li",
        h(
            "span",
            marks.severity(alert["severity"]),
            h("span", alert["rule_id"], class_="id"),
            marks.age(times.parse(alert["timestamp"])),
            class_="line",
        ),
        h("p", alert["message"]),
    )
