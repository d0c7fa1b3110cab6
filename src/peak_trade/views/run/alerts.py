"""The newest alerts about a run."""

from __future__ import annotations

from typing import Any, Final

from peak_trade.artifacts import times
from peak_trade.contract.pages.run_alerts import OWN, PLATFORM
from peak_trade.contract.pages.run_tabs import Table
from peak_trade.i18n import _, mark
from peak_trade.views.kit import badges
from peak_trade.views.kit.elements import Node, h
from peak_trade.views.run.address import RunAddress

ORIGINS: Final = {OWN: mark("run"), PLATFORM: mark("platform")}


def alert_list(found: Table, url: RunAddress) -> Node:
    """Return the alerts, newest on top; each leads to its moment in the chart."""
    return h("ul", *(item(alert, url) for alert in found["rows"]), class_="alerts")


def item(alert: dict[str, Any], url: RunAddress) -> Node:
    """Return one alert."""
    at = times.parse(alert["timestamp"])
    origin = ORIGINS[alert["origin"]]
    chosen = f"{at:%Y-%m-%dT%H:%M:%S}Z" if at else ""
    return h(
        "li",
        h(
            "span",
            badges.severity(alert["severity"]),
            h("small", _(origin), class_="soft"),
            h("strong", alert["title"]) if alert["title"] else None,
            h("span", alert["rule_id"], class_="id"),
            badges.age(at),
            h("a", _("chart"), href=url({"at": chosen}), data_send=f"at={chosen}") if at else None,
            class_="line",
        ),
        h("p", alert["message"]),
    )
