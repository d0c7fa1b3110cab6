"""The six status panels as one row; each leads to the page that it sums up."""

from __future__ import annotations

from collections.abc import Sequence

from peak_trade.contract.pages.panels import PanelWord
from peak_trade.i18n import _
from peak_trade.views.kit import badges
from peak_trade.views.kit.elements import Component, Node, h
from peak_trade.views.kit.links import Links


class PanelRow(Component):
    """A word and a shape for each panel."""

    def __init__(self, links: Links) -> None:
        super().__init__()
        self._pages = {"alerts": links.alerts(), "telemetry": links.telemetry()}
        self._plain = links.plain_status()
        self._going_on = links.console(status="started")  # and what they hold and risk

    def update(self, panels: Sequence[PanelWord]) -> None:
        """Show these panels."""
        plain = h("a", h("span", _("Status as a plain page")), href=self._plain, class_="plain")
        label = _("Status panels")
        self.show(h("nav", *map(self._panel, panels), plain, class_="panels", aria_label=label))

    def _panel(self, panel: PanelWord) -> Node:
        title = panel["title"]
        return h(
            "a",
            h("span", _(title)),
            badges.level(panel["word"]),
            href=self._pages.get(panel["id"], self._going_on),
            key=panel["id"],
        )
