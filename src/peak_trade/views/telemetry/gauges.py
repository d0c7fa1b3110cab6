"""The checks of the telemetry directory as gauges: three zones between two thresholds.

The zones are of equal width, whatever their numbers, so that all gauges read alike: a third filled
is the threshold of a warning, two thirds that of a critical state.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from peak_trade.derive.telemetry_health import HealthCheck
from peak_trade.i18n import _, mark
from peak_trade.views.kit import badges, text
from peak_trade.views.kit.elements import Node, h
from peak_trade.views.kit.export import foot
from peak_trade.views.kit.links import LinkedComponent

CHECKS: Final = {
    "disk_usage": (mark("Disk"), "MB"),
    "retention_staleness": (mark("Since last retention"), "h"),
    "compression_failures": (mark("Compression failures"), "%"),
    "parse_error_rate": (mark("Lines that do not parse"), "%"),
}
"""Name of a check to its label and unit."""

MESSAGES: Final = (
    mark("Disk usage # MB is within limits"),
    mark("Disk usage # MB exceeds warning threshold"),
    mark("Disk usage # MB exceeds critical threshold"),
    mark("No retention history found (first run or no logs)"),
    mark("Retention last run # hours ago (ok)"),
    mark("Retention hasn't run in # hours (warning)"),
    mark("Retention hasn't run in # hours (critical)"),
    mark("No telemetry logs found"),
    mark("No log files to check"),
    mark("Compression failure rate #% (ok)"),
    mark("Compression failure rate #% (warning)"),
    mark("Compression failure rate #% (critical)"),
    mark("Parse error rate #% (#/# lines sampled)"),
    mark("Parse error rate #% (#/# lines)"),
)
"""What checks say, as the catalogue has it."""


class Gauges(LinkedComponent):
    """One card a check."""

    def update(self, checks: Sequence[HealthCheck]) -> None:
        """Show these checks."""
        line = text.plural(len(checks), "%s check", "%s checks")
        self.show(
            h("div", *map(gauge, checks), class_="gauges"),
            foot(line, self._links.table("telemetry_table"), {"table": "checks"}, of=_("Checks")),
        )


def gauge(check: HealthCheck) -> Node:
    """Return the card of a check."""
    label, unit = CHECKS.get(check["name"], (check["name"], ""))
    message = text.told(check["message"])
    value, warn, critical = check["value"], check["threshold_warn"], check["threshold_critical"]
    small = None if value is None else h("small", f" {unit}")
    shown = h("span", text.amount(value, 1), small, class_="value")
    return h(
        "div",
        h(
            "span",
            h("span", _(label), class_="label"),
            badges.level(check["status"]),
            class_="line",
        ),
        shown,
        zones(value, warn, critical),
        h("span", message, class_="context", title=message),
        class_="gauge",
        key=check["name"],
    )


def zones(value: float | None, warn: float | None, critical: float | None) -> Node:
    """Return the zones, filled up to the value, with the thresholds below."""
    if warn is None or critical is None:
        return h("div", h("small", _("no thresholds apply"), class_="soft"), class_="zones")
    edges = [(0.0, warn), (warn, critical), (critical, 2 * critical - warn)]
    fills = [h("meter", min=low, max=high, value=value or 0) for low, high in edges]
    names = (
        "0",
        " ".join((_("warn"), text.size(warn))),
        " ".join((_("critical"), text.size(critical))),
    )
    return h(
        "div",
        *fills,
        *(h("small", name) for name in names),
        class_="zones",
        aria_hidden="true",  # value, status and message say the same in words
    )
