"""The fleet: all runs of a dataset, to search, sort and compare, and what they have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from peak_trade.contract.base.query import narrowed
from peak_trade.contract.fleet.dataset import BUILD
from peak_trade.contract.fleet.summary import GROUPED
from peak_trade.contract.pages.fleet import FleetPayload
from peak_trade.i18n import _
from peak_trade.models.fleet import FleetModel
from peak_trade.views.charts.fleet import FleetChart
from peak_trade.views.fleet.groups import groups_part, returns_part
from peak_trade.views.fleet.runs import body, head
from peak_trade.views.kit import badges, text
from peak_trade.views.kit.columns import clear
from peak_trade.views.kit.elements import Component, Node, h
from peak_trade.views.kit.page import Page
from peak_trade.views.kit.search import QueryBox
from peak_trade.views.kit.states import empty, problem, prose
from peak_trade.views.kit.tiles import Tile, Tiles


class FleetPage(Page):
    """The page at `/fleet`; query, order, page of the list and chosen runs are in the URL."""

    def __init__(self, model: FleetModel) -> None:
        super().__init__(model)
        self.model = model
        self.banner, self.tiles, self.chart = Component(), Tiles(), FleetChart()
        self.returns, self.runs = Component(), Component()
        self.groups = {kind: Component() for kind in GROUPED}
        self.query = QueryBox(
            _("Search the fleet"), "sharpe>1 strategy:ma* (books>0 OR maxdd<-10%)"
        )
        for part in (self.runs, self.tiles, *self.groups.values()):
            part.elements.on_send(lambda chosen: self.go_to(dict(parse_qsl(chosen))))
        self.query.on_query(
            lambda query: self.go_to({**self.model.chosen, "q": query, "offset": ""})
        )

    def areas(self) -> dict[str, Any]:
        """Return the parts by the place they have on the page."""
        return {
            "banner": self.banner,
            "query": self.query,
            "tiles": self.tiles,
            "chart": self.chart,
            "returns": self.returns,
            **self.groups,
            "runs": self.runs,
        }

    def render(self) -> None:
        """Show the payload."""
        page, model = self.model.payload, self.model
        if page is None:
            self.banner.show(problem(_("Nothing can be shown now"), model.problem))
            return
        self.query.update(model.chosen.get("q", ""))
        if page["state"] != "ready":
            self._show_nothing(self._why(page))
            return
        self.banner.show(h("p", model.fault, class_="fault", role="alert") if model.fault else None)
        built = badges.moment(page["built"])
        self.status.show(badges.status_of(_("fleet "), _("built "), built))
        self.tiles.update(self._tiles(page), None)
        query, address = model.table.q, self.links.table("fleet_summary")
        self.chart.update(page, f"{address}?{urlencode({'q': query})}")
        self.returns.show(*returns_part(page, address, query))
        self._show_runs(page)
        for kind, part in self.groups.items():
            found = page[f"by_{kind}"]  # type: ignore[literal-required]
            total = page["groups"][kind]
            part.show(*groups_part(kind, found, total, self._narrowed, address, query))

    def _show_nothing(self, why: Node) -> None:
        self.banner.show(why)
        for part in (self.status, self.tiles, self.returns, self.runs, *self.groups.values()):
            part.show()

    def _why(self, page: FleetPayload) -> Node:
        if page["state"] == "unreadable":
            return problem(_("The fleet cannot be shown"), page["reason"])
        place = self.model.settings.fleet_path
        why = _("A fleet is all runs, judged into one dataset by this command.")
        more = None
        if place is None:
            line = _(
                "Then name it in the settings, as `path` in `[fleet]`, and start this server again."
            )
            more = h("p", *prose(line))
        return empty(
            _("No fleet yet"),
            why,
            BUILD.format("DIRECTORY") if place is None else "peak-trade fleet build",
            place,
            more,
        )

    def _show_runs(self, page: FleetPayload) -> None:
        model = self.model
        view, params = model.chosen, model.table
        shown, counts = model.settings.root_labels, page["roots"]
        labels = {name: shown.get(name, name) for name in counts}
        top = head(view, params, self.links, self._link, counts, labels)
        if page["rows"]:
            self.runs.show(top, *body(page, view, params, self.links, self._link, labels))
            return
        why = (
            _("None of the runs has %s.") % params.q
            if params.q
            else _("This page of the list is empty.")
        )
        leave = clear(view, self._link)
        self.runs.show(top, empty(_("No run matches"), why, more=leave))

    def _tiles(self, page: FleetPayload) -> list[Tile]:
        found = page["overall"]
        median = text.gain(found["median_return"])
        return [
            Tile(_("Runs"), text.count(page["matching"]), _("of %s") % text.count(page["total"])),
            Tile(
                _("Median return"),
                median,
                _("of these runs"),
                text.tone(median),
            ),
            Tile(_("Deepest drawdown"), text.percent(found["worst_drawdown"]), _("of these runs")),
            Tile(_("Trades"), text.count(found["trades"]), _("of these runs")),
            self._fault(_("Books"), found["books"], _("do not add up"), "books>0"),
            self._fault(_("Failed"), found["failed"], _("could not be read"), "status:failed"),
            self._fault(
                _("Read errors"), found["read_errors"], _("runs with some"), "read_errors>0"
            ),
        ]

    def _fault(self, label: str, count: int, context: str, term: str) -> Tile:
        """Return the tile of a fault, which leads to the runs that have it."""
        asked = self.model.table.q
        query = asked if term in asked.split() else f"({asked}) {term}" if asked else term
        link = self._link({**self.model.chosen, "q": query, "offset": ""})
        return Tile(
            label,
            text.count(count),
            context,
            "warn" if count else None,
            link["href"],
            link["data_send"],
        )

    def _narrowed(self, name: str, value: str) -> dict[str, str]:
        quoted = f'"{value}"' if set(value) & set(' ()"*') else value
        query = narrowed(self.model.table.q, name, quoted)
        return self._link({**self.model.chosen, "q": query, "offset": ""})

    def _link(self, view: Mapping[str, str]) -> dict[str, str]:
        kept = {name: value for name, value in view.items() if value}
        return {"href": self.links.fleet(**kept), "data_send": urlencode(kept)}
