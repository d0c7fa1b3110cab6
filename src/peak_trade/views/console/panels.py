"""The six status panels as one row; each leads to the page that it sums up.

Beside the words of portfolio and positions stands what the sessions hold that live.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Final

from peak_trade.contract.pages.holding import Holding
from peak_trade.contract.pages.panels import PanelWord
from peak_trade.i18n import _
from peak_trade.views.kit import badges, text
from peak_trade.views.kit.elements import Component, Node, h
from peak_trade.views.kit.links import Links

MAX_CURRENCIES: Final = 4
"""Currencies whose sums are shown."""


class PanelRow(Component):
    """A word and a shape for each panel."""

    def __init__(self, links: Links) -> None:
        super().__init__()
        self._pages = {"alerts": links.alerts(), "telemetry": links.telemetry()}
        self._plain = links.plain_status()
        self._going_on = links.console(status="started")  # and what they hold and risk

    def update(self, panels: Sequence[PanelWord], holding: Holding) -> None:
        """Show these panels, and what is held."""
        name = h("span", _("Print the status"))
        plain = h("a", name, href=self._plain, class_="plain", data_print=True)
        figures = {"portfolio": equity(holding), "positions": positions(holding)}
        shown = [self._panel(panel, figures.get(panel["id"], "")) for panel in panels]
        label = _("Status panels")
        self.show(h("nav", *shown, plain, class_="panels", aria_label=label))

    def _panel(self, panel: PanelWord, figure: str) -> Node:
        title = panel["title"]
        return h(
            "a",
            h("span", _(title)),
            badges.level(panel["word"]),
            h("small", figure, title=figure) if figure else None,
            href=self._pages.get(panel["id"], self._going_on),
            key=panel["id"],
        )


def equity(holding: Holding) -> str:
    """Return the equity of the sessions that live, and how many are not in it."""
    return _with_note(_sums(holding["equity"]), holding)


def positions(holding: Holding) -> str:
    """Return the open positions of the sessions that live, and their notional."""
    count = holding["open_positions"]
    figure = text.plural(count, "%s position", "%s positions") if count else ""
    return _with_note(", ".join(filter(None, (figure, _sums(holding["exposure"])))), holding)


def _sums(sums: Mapping[str, float]) -> str:
    shown = (f"{text.money(value, name)} {name}".strip() for name, value in sums.items())
    return ", ".join(islice(shown, MAX_CURRENCIES))


def _with_note(figure: str, holding: Holding) -> str:
    left_out = holding["left_out"]
    if not left_out:
        return figure
    note = text.plural(left_out, "without %s crashed session", "without %s crashed sessions")
    return f"{figure}, {note}" if figure else note
