"""The telemetry page: are the logs healthy, and do they stay so."""

from __future__ import annotations

from typing import Any

from peak_trade.contract.pages.telemetry import TelemetryPayload
from peak_trade.i18n import _
from peak_trade.models.telemetry import TelemetryModel
from peak_trade.views.charts.trends import TrendChart
from peak_trade.views.kit import badges, text
from peak_trade.views.kit.elements import Component, h
from peak_trade.views.kit.page import Page
from peak_trade.views.kit.states import problem
from peak_trade.views.kit.tiles import Tile, Tiles, fit
from peak_trade.views.telemetry.gauges import Gauges
from peak_trade.views.telemetry.logs import LogTable
from peak_trade.views.telemetry.rule_alerts import RuleAlerts
from peak_trade.views.telemetry.trends import Trends

TONES = {"ok": None, "warn": "warn", "critical": "error"}


class TelemetryPage(Page):
    """The page at `/live/telemetry`; it has one view."""

    def __init__(self, model: TelemetryModel) -> None:
        super().__init__(model)
        self.model = model
        self.banner, self.tiles, self.gauges = Component(), Tiles(), Gauges(self.links)
        self.trends, self.chart = (
            Trends(self.links, model.settings.health_snapshots_path),
            TrendChart(),
        )
        self.logs = LogTable(self.links, model.settings.telemetry_path, model.settings.root_labels)
        self.alerts = RuleAlerts(self.links)

    def areas(self) -> dict[str, Any]:
        """Return the parts by the place they have on the page."""
        return {
            "banner": self.banner,
            "tiles": self.tiles,
            "gauges": self.gauges,
            "trends": self.trends,
            "chart": self.chart,
            "logs": self.logs,
            "alerts": self.alerts,
        }

    def render(self) -> None:
        """Show the payload."""
        page = self.model.payload
        if self.model.problem or page is None:
            self.banner.show(problem(_("Telemetry cannot be shown now"), self.model.problem))
            return
        self.banner.show()
        self.status.show(badges.data_age(page["freshness"]))
        self.tiles.update(tiles(page), page["freshness"])
        self.gauges.update(page["health"]["checks"])
        self.trends.update(page)
        self.chart.update(page["points"], f"{self.links.table('telemetry_table')}?table=points")
        self.logs.update(page)
        self.alerts.update(page["alerts"])


def tiles(page: TelemetryPayload) -> list[Tile]:
    """Return the metrics of the directory."""
    health, lines, invalid = page["health"], page["sampled_lines"], page["invalid_lines"]
    status = health["status"]
    worst = [check for check in health["checks"] if check["status"] != "ok"]
    found = page["degradation"]
    worse = found is not None and found["degrading"]
    trend = (_("worse") if worse else _("steady")) if found else text.NONE
    compressed = _("%s compressed") % text.count(page["compressed"])
    return [
        Tile(
            _("Health"),
            _(status).upper() if page["exists"] else text.NONE,
            text.plural(len(worst), "%s check not ok", "%s checks not ok")
            if worst
            else _("all four checks ok"),
            TONES[status],
        ),
        Tile(
            _("Disk"),
            text.amount(page["total_mb"], 1),
            _("of %s MB") % text.count(page["policy"]["max_total_mb"]),
            unit="MB",
        ),
        Tile(
            _("Logs"),
            text.count(page["logs_total"]),
            fit(
                compressed,
                h("span", "\N{MIDDLE DOT} ", _("newest "), badges.age(page["newest"])),
            ),
        ),
        Tile(
            _("Lines that do not parse"),
            text.count(invalid),
            text.plural(lines, "of %s line sampled", "of %s lines sampled"),
            "warn" if invalid else None,
        ),
        Tile(_("Trend"), trend, _("over the last snapshots"), "warn" if worse else None),
    ]
