"""The newest alerts of a run."""

from __future__ import annotations

from typing import Any

from peak_trade.artifacts import times
from peak_trade.contract.pages.run_tabs import Table
from peak_trade.views.kit import badges
from peak_trade.views.kit.elements import Node, h


def alert_list(found: Table) -> Node:
    """Return the alerts, newest on top."""
    return h("ul", *(item(alert) for alert in found["rows"]), class_="alerts")


def item(alert: dict[str, Any]) -> Node:
    """Return one alert."""
    return h(
        "li",
        h(
            "span",
            badges.severity(alert["severity"]),
            h("span", alert["rule_id"], class_="id"),
            badges.age(times.parse(alert["timestamp"])),
            class_="line",
        ),
        h("p", alert["message"]),
    )
