"""The latest alerts of the telemetry rules."""

from __future__ import annotations

from collections.abc import Sequence

from peak_trade.contract.pages.telemetry import RuleAlertRow
from peak_trade.i18n import _
from peak_trade.views.kit import badges, text
from peak_trade.views.kit.elements import Node, h
from peak_trade.views.kit.export import foot
from peak_trade.views.kit.links import LinkedComponent
from peak_trade.views.kit.states import empty


class RuleAlerts(LinkedComponent):
    """At most 20 alerts, last written first."""

    def update(self, alerts: Sequence[RuleAlertRow]) -> None:
        """Show these alerts."""
        title = h("header", h("h2", _("Rule alerts")), class_="bar")
        if not alerts:
            self.show(title, empty(_("No rule alerts"), _("No rule has written one so far.")))
            return
        items = (item(alert) for alert in alerts)
        line = text.plural(
            len(alerts), "%s alert, last written first", "%s alerts, last written first"
        )
        self.show(
            title,
            h("ul", *items, class_="alerts scroll", tabindex=0),
            foot(
                line, self._links.table("telemetry_table"), {"table": "alerts"}, of=_("Rule alerts")
            ),
        )


def item(alert: RuleAlertRow) -> Node:
    """Return one alert."""
    return h(
        "li",
        h(
            "span",
            badges.severity(alert["severity"]),
            h("strong", alert["title"]),
            badges.age(alert["time"]),
            class_="line",
        ),
        h("p", alert["body"]),
        h("small", alert["source"], class_="soft"),
    )
