"""The console: is anything wrong, what runs, and all sessions."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from peak_trade.contract.pages import Console
from peak_trade.models.console import ConsoleModel
from peak_trade.views import marks, text
from peak_trade.views.active_runs import ActiveRuns
from peak_trade.views.elements import Node, Part, h
from peak_trade.views.links import Links, query
from peak_trade.views.page import Page
from peak_trade.views.panels import PanelRow
from peak_trade.views.sessions import SessionTable
from peak_trade.views.states import problem
from peak_trade.views.tiles import Tile, Tiles


class ConsolePage(Page):
    """The page at `/`; its filters are in the URL."""

    title = "Console"
    path = ""

    def __init__(self, model: ConsoleModel) -> None:
        super().__init__(model)
        self.model = model
        self.banner, self.tiles = Part(), Tiles()
        self.panels, self.active = PanelRow(self.links), ActiveRuns(self.links)
        self.sessions = SessionTable(self.links)
        self.sessions.elements.on_send(lambda chosen: self._filter(dict(parse_qsl(chosen))))

    def areas(self) -> dict[str, Any]:
        """Return the parts by the place they have on the page."""
        return {
            "banner": self.banner,
            "tiles": self.tiles,
            "panels": self.panels,
            "active": self.active,
            "sessions": self.sessions,
        }

    def read(self, arguments: dict[str, str]) -> None:
        """Take the filters from the URL."""
        self.model.choose(arguments)

    def view(self) -> dict[str, str]:
        """Return the filters."""
        return self.model.filters

    def url(self) -> str:
        """Return the URL of the filters."""
        return query(self.model.filters) or "./"

    def render(self) -> None:
        """Show the payload."""
        console = self.model.payload
        if console is None:
            self.banner.show(problem("Nothing can be shown now", self.model.problem))
            return
        self._banner(console)
        self.status.show(newest(console))
        self.tiles.update(tiles(console, self.links))
        self.panels.update(self.model.panels)
        self.active.update(console["active_runs"])
        self.sessions.update(console, self.model.filters)

    def _filter(self, filters: dict[str, str]) -> None:
        self.model.choose(filters)
        self.enter()

    def _banner(self, console: Console) -> None:
        """Show the one thing that is worst."""
        live = console["live_accounts"]
        if live:
            what = f"{live} session{'s' * (live > 1)} on a live account"
            self.banner.show(
                h("p", marks.mode_badge("live"), what, ": watch only", class_="banner")
            )
        else:
            self.banner.show()


def newest(console: Console) -> Node | None:
    """Return the chip of the newest data, for the header."""
    freshness = console["newest"]
    return h("small", "data ", marks.freshness_chip(freshness)) if freshness else None


def tiles(console: Console, links: Links) -> list[Tile]:
    """Return the console's figures."""
    pnl, critical, losses = console["total_pnl"], console["critical_alerts"], console["losses"]
    runs = len(console["active_runs"])
    return [
        Tile("Sessions", text.count(console["total_sessions"]), "in the registry"),
        Tile("Active sessions", text.count(console["active_sessions"]), "started, not ended"),
        Tile("Active runs", text.count(runs), "data within 10 min", href=links.dashboard()),
        Tile("Realized PnL", text.signed(pnl), "sum of all sessions", text.tone(pnl)),
        Tile(
            "Critical alerts",
            text.count(critical),
            "\N{BLACK UP-POINTING TRIANGLE} look now" if critical else "none in 24 h",
            "error" if critical else None,
            links.alerts("severity=CRITICAL"),
        ),
        Tile(
            "Losses",
            text.count(losses),
            "rows or files not readable" if losses else "everything was readable",
            "warn" if losses else None,
            links.quality(),
        ),
    ]
