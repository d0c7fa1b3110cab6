"""The newest alerts of a run."""

from __future__ import annotations

from peak_trade.artifacts import times
from peak_trade.contract.pages import LiveRun
from peak_trade.contract.runs import RunAlertItem
from peak_trade.views import marks
from peak_trade.views.elements import Node, Part, h
from peak_trade.views.states import empty


class RunAlerts(Part):
    """At most 20 alerts, newest on top."""

    def update(self, run: LiveRun) -> None:
        """Show these alerts."""
        title = h("header", h("h2", "Alerts"), class_="bar")
        if not run["alerts"]:
            why = "Nothing was raised by the run's alert rules."
            self.show(title, empty("No alerts", why))
            return
        items = (item(alert) for alert in run["alerts"])
        self.show(title, h("ul", *items, class_="alerts scroll short", tabindex=0))


def item(alert: RunAlertItem) -> Node:
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
