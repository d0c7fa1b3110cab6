"""The alerts of a window, those that differ in numbers alone as one group, newest first."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from peak_trade.contract.alerts.params import AlertsView
from peak_trade.contract.alerts.schema import Runbook
from peak_trade.contract.pages.alerts import AlertGroup, AlertsPayload
from peak_trade.derive.occurrences import masked
from peak_trade.i18n import _, ngettext
from peak_trade.models.address import view_of
from peak_trade.views.kit import badges, text
from peak_trade.views.kit.elements import Node, h
from peak_trade.views.kit.export import foot
from peak_trade.views.kit.links import Links, PlacedComponent
from peak_trade.views.kit.states import empty


class AlertGroups(PlacedComponent):
    """One row a group: when, how severe, what, where from, and where to go from here.

    `labels` are those of several roots.
    """

    def __init__(self, links: Links, place: Path, labels: Mapping[str, str]) -> None:
        super().__init__(links, place)
        self._labels = labels

    def update(self, page: AlertsPayload, params: AlertsView) -> None:
        """Show these groups."""
        groups, listed = page["groups"], page["listed"]
        title = h("header", h("h2", _("Alerts")), class_="bar")
        if not groups:
            self.show(title, nothing(page, params, self._place))
            return
        grouped = text.plural(len(groups), "%s group", "%s groups")
        line = ngettext(
            "%(groups)s of %(alerts)s alert", "%(groups)s of %(alerts)s alerts", listed
        ) % {"groups": grouped, "alerts": text.count(listed)}
        if listed < page["matching"]:
            line = _("%(line)s, the newest of %(total)s") % {
                "line": line,
                "total": text.count(page["matching"]),
            }
        self.show(
            title,
            h("ul", *(self._group(group) for group in groups), class_="groups", data_select=True),
            foot(line, self._links.table("alert_groups"), view_of(params), of=_("Alerts")),
        )

    def _group(self, group: AlertGroup) -> Node:
        """Return one line; what else is known of the group opens on demand."""
        alert = group["newest"]
        kind = f"{alert['source']} {masked(alert['title'])} {alert['severity']}"
        title = h("strong", group["title"] or text.NONE, title=group["title"] or None)
        return h(
            "li",
            h(
                "div",
                badges.severity(alert["severity"] or "unknown"),
                badges.moment(group["last"], "full"),
                class_="when",
            ),
            h(
                "details",
                h("summary", title, " ", h("span", whose(group), class_="soft")),
                h("p", alert["body"]) if alert["body"] else None,
                self._origin(group),
                class_="what",
            ),
            self._there(group),
            h("div", *repeated(group), class_="often"),
            key=f"{kind} {alert['session_id']} {group.get('root', '')}",
        )

    def _there(self, group: AlertGroup) -> Node:
        """Return the links to the moment of the newest."""
        alert, run_id = group["newest"], group["run_id"]
        session, at = alert["session_id"], alert["timestamp"]
        shows_log = session is not None and group["has_log"]
        return h(
            "div",
            badges.root(group["root"], self._labels) if "root" in group else None,
            h("a", _("run"), class_="leads", href=self._links.run(run_id, at=at))
            if run_id
            else None,
            h("a", _("timeline"), class_="leads", href=self._links.execution(session or "", at=at))
            if shows_log
            else None,
            class_="there",
        )

    def _origin(self, group: AlertGroup) -> Node:
        """Return where a group came from, with links to where one looks next."""
        alert = group["newest"]
        session = alert["session_id"]
        places: list[Node | None] = [
            h("span", f"{alert['category'] or text.NONE} \N{MIDDLE DOT} {alert['source']}"),
        ]
        if session:
            places += [
                badges.identifier(session, self._links.session(session)),
                badges.freshness_chip(group["freshness"]) if group["freshness"] else None,
            ]
        return h("div", *places, *map(runbook, alert["runbooks"]), class_="origin")


def whose(group: AlertGroup) -> str:
    """Return of which run or session an alert is, as its row says it."""
    return group["run_id"] or group["newest"]["session_id"] or ""


def runbook(item: Runbook) -> Node:
    """Return the link to a runbook; its name alone if the address is none to follow."""
    name = f"\N{NORTH EAST ARROW} {item['title'] or item['id'] or 'runbook'}"
    if not item["url"].lower().startswith(("http://", "https://")):
        return h("span", name)
    return h("a", name, href=item["url"], rel="noopener noreferrer", target="_blank")


def repeated(group: AlertGroup) -> list[Node]:
    """Return how often an alert came and since when; nothing for one that came once."""
    if group["count"] == 1:
        return [badges.age(group["last"])]
    return [
        h("strong", f"\N{MULTIPLICATION SIGN} {text.count(group['count'])}"),
        h("small", _("first "), badges.moment(group["first"]), class_="soft"),
        *([badges.flapping()] if group["is_flapping"] else []),
        badges.age(group["last"]),
    ]


def nothing(page: AlertsPayload, params: AlertsView, place: Path) -> Node:
    """Return why there is no alert to show."""
    hours = text.plural(params.hours, "%s hour", "%s hours")
    if not page["files"]:
        why = _(
            "No run has written an alert file yet, so nobody would say if something were wrong. "
            "A run writes alerts as its rules find them."
        )
        return empty(_("No alert store yet"), why, "peak-trade run shadow", place)
    if page["total"]:
        total = text.plural(page["total"], "%s alert", "%s alerts")
        why = _("%(total)s of the last %(hours)s fail the filters.") % {
            "total": total,
            "hours": hours,
        }
        return empty(_("No alert matches"), why)
    why = _("No alert in the last %(hours)s. The store has %(files)s.") % {
        "hours": hours,
        "files": text.plural(page["files"], "%s day file", "%s day files"),
    }
    return empty(_("All quiet"), why)
