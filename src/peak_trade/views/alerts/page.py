"""The alerts page: is anything wrong, since when, and where to look."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from peak_trade.contract.pages.alerts import AlertsPayload
from peak_trade.i18n import _
from peak_trade.models.address import view_of
from peak_trade.models.alerts import AlertsModel
from peak_trade.views.alerts.filters import AlertFilters
from peak_trade.views.alerts.groups import AlertGroups
from peak_trade.views.charts.alerts import AlertChart
from peak_trade.views.kit import badges, text
from peak_trade.views.kit.elements import Component, h
from peak_trade.views.kit.links import query
from peak_trade.views.kit.page import Page
from peak_trade.views.kit.states import problem
from peak_trade.views.kit.tiles import Tile, Tiles


class AlertsPage(Page):
    """The page at `/live/alerts`; the view is the query of its filters."""

    def __init__(self, model: AlertsModel) -> None:
        super().__init__(model)
        self.model = model
        self.banner, self.tiles, self.chart = Component(), Tiles(), AlertChart()
        labels = model.settings.root_labels
        self.filters = AlertFilters(self.links, labels)
        self.groups = AlertGroups(self.links, model.settings.alerts_path, labels)
        self.filters.elements.on_send(lambda chosen: self.go_to(parse_qs(chosen)))
        self.filters.session.param.watch(self._choose_session, "value")

    def areas(self) -> dict[str, Any]:
        """Return the parts by the place they have on the page."""
        return {
            "banner": self.banner,
            "tiles": self.tiles,
            "chart": self.chart,
            "filters": self.filters,
            "session": self.filters.session,
            "groups": self.groups,
        }

    def render(self) -> None:
        """Show the payload."""
        page, model = self.model.payload, self.model
        if model.problem or page is None:
            self.banner.show(problem(_("Alerts cannot be shown now"), model.problem))
            return
        self.banner.show()
        self.status.show(badges.data_age(page["freshness"]))
        self.tiles.update(tiles(page, self._severity), page["freshness"])
        self.chart.update(page["bins"], self.links.table("alert_counts") + query(model.view))
        self.filters.update(page, model.chosen)
        self.groups.update(page, model.chosen)

    def _severity(self, name: str) -> str:
        """Return the address of the view with alerts of this severity alone."""
        chosen = self.model.chosen.model_copy(update={"severity": [name]})
        return self.links.alerts(view_of(chosen))

    def _choose_session(self, event: Any) -> None:
        wanted = event.new.strip() or None
        if wanted != (self.model.chosen.session_id or None):
            self.choose(chosen=self.model.chosen.model_copy(update={"session_id": wanted}))


def tiles(page: AlertsPayload, address: Callable[[str], str]) -> list[Tile]:
    """Return the metrics of the window; `address` leads to the alerts of a severity."""
    stats = page["stats"]
    severities, hours = stats["by_severity"], _("last %s h") % stats["hours"]
    critical, warn = severities["CRITICAL"], severities["WARN"]
    last, newest = page["last_critical"], page["newest"]
    match = _("%s match") % text.count(page["matching"])
    return [
        Tile(
            _("Critical"),
            text.count(critical),
            h("span", "\N{BLACK UP-POINTING TRIANGLE} ", _("newest "), badges.moment(last))
            if last
            else hours,
            "error" if critical else None,
            address("CRITICAL"),
        ),
        Tile(_("Warnings"), text.count(warn), hours, "warn" if warn else None, address("WARN")),
        Tile(_("Information"), text.count(severities["INFO"]), hours, href=address("INFO")),
        Tile(
            _("All alerts"),
            text.count(page["total"]),
            h("span", match, ", ", _("newest "), badges.age(newest)) if newest else match,
        ),
        Tile(_("Sessions"), text.count(stats["sessions_with_alerts"]), _("with alerts")),
    ]
