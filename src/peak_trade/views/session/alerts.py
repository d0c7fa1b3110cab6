"""The alerts of a session."""

from __future__ import annotations

from peak_trade.artifacts import times
from peak_trade.contract.alerts.schema import AlertItem
from peak_trade.contract.pages.session import SessionPayload
from peak_trade.i18n import _
from peak_trade.views.kit import badges, text
from peak_trade.views.kit.elements import Node, h
from peak_trade.views.kit.export import foot
from peak_trade.views.kit.links import LinkedComponent
from peak_trade.views.kit.states import empty


class SessionAlerts(LinkedComponent):
    """At most 100 alerts, newest on top, with what to do about them."""

    def update(self, session: SessionPayload) -> None:
        """Show the alerts of this session."""
        total, alerts = session["alerts_total"], session["alerts"]
        name = session["detail"]["session_id"]
        href = self._links.alerts({"hours": 168, "session_id": name})
        link = h("a", _("all alerts of 7 days"), class_="leads", href=href)
        title = h("header", h("h2", _("Alerts")), link, class_="bar")
        if not alerts:
            why = _("Nothing was raised from a day before its start to a day after its end.")
            self.show(title, empty(_("No alerts"), why))
            return
        run = session["run"]
        runs = [
            self._links.run(run["run_id"], at=alert["timestamp"]) if run else "" for alert in alerts
        ]
        shown = map(item, alerts, runs)
        line = _("%(shown)s of %(total)s") % {"shown": len(alerts), "total": text.count(total)}
        self.show(
            title,
            h("ul", *shown, class_="alerts scroll some", tabindex=0),
            foot(line, self._links.session_table(name), {"table": "alerts"}, of=_("Alerts")),
        )


def item(alert: AlertItem, moment: str) -> Node:
    """Return one alert, with the address of its moment in the run if it has one.

    Its runbooks are links if they are addresses of the web.
    """
    links = [
        h("a", book["title"] or book["id"], href=book["url"], rel="noopener noreferrer")
        for book in alert["runbooks"]
    ]
    return h(
        "li",
        h(
            "span",
            badges.severity(alert["severity"]),
            h("strong", alert["title"]),
            badges.age(times.parse(alert["timestamp"])),
            h("a", _("chart"), class_="leads", href=moment) if moment else None,
            class_="line",
        ),
        h("p", alert["body"]),
        h("p", *links, class_="runbooks") if links else None,
        key=f"{alert['id']} {alert['timestamp']}",
    )
