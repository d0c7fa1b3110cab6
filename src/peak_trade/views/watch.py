"""The watch page: does the service answer, which runs are there, which of them go on."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from peak_trade.artifacts import times
from peak_trade.contract.pages import RunEntry
from peak_trade.contract.watch_page import Watch
from peak_trade.models.watch import WatchModel
from peak_trade.views import marks, text
from peak_trade.views.elements import Node, Part, h
from peak_trade.views.page import Page
from peak_trade.views.states import empty, problem
from peak_trade.views.table import Column, table
from peak_trade.views.tiles import Tile, Tiles

COLUMNS: Final = (
    Column("run", "id"),
    Column("state"),
    Column("data"),
    Column("updated", "number"),
    Column("mode"),
    Column("strategy"),
    Column("symbol"),
    Column("time frame"),
    Column("beside"),
)
WATCHES: Final = "This console reads what runs write. It sends no order and starts no run."


class WatchPage(Page):
    """The page at `/watch`."""

    title = "Watch"
    path = "watch"

    def __init__(self, model: WatchModel) -> None:
        super().__init__(model)
        self.model = model
        self.banner, self.tiles, self.runs = Part(), Tiles(), Part()

    def areas(self) -> dict[str, Any]:
        """Return the parts by the place they have on the page."""
        return {"banner": self.banner, "tiles": self.tiles, "runs": self.runs}

    def read(self, arguments: dict[str, str]) -> None:
        """Take nothing from the URL: there is one view."""

    def view(self) -> dict[str, str]:
        """Return the one view."""
        return {}

    def url(self) -> str:
        """Return the address of the page."""
        return "./watch"

    def render(self) -> None:
        """Show the payload."""
        watch = self.model.payload
        if watch is None:
            self.banner.show(problem("Nothing can be shown now", self.model.problem))
            return
        self.banner.show(h("p", h("strong", "WATCH-ONLY"), WATCHES, class_="banner calm"))
        if watch["runs"]:
            chip = marks.freshness_chip(watch["runs"][0]["freshness"])
            self.status.show(h("small", "data ", chip))
        self.tiles.update(tiles(watch))
        title = h("header", h("h2", "Runs"), class_="bar")
        self.runs.show(title, *self._list(watch))

    def _list(self, watch: Watch) -> list[Node]:
        if not watch["runs"]:
            why = "A run appears when a process writes its directory."
            return [empty("No runs found", why, "make demo")]
        rows = [self._row(run) for run in watch["runs"]]
        keys = [run["run_id"] for run in watch["runs"]]
        foot = f"{len(rows)} of {watch['total']}, newest data first"
        return [
            h("div", table(COLUMNS, rows, "Watched", keys), class_="scroll", tabindex=0),
            h("footer", h("span", foot), h("a", "json", href=self.links.run_list()), class_="foot"),
        ]

    def _row(self, run: RunEntry) -> list[Node]:
        name, last = run["run_id"], times.parse(run["last_event_time"] or "")
        return [
            h("a", name, href=self.links.run(name), title=name),
            marks.activity(is_active=run["is_active"]),
            marks.freshness_chip(run["freshness"]),
            marks.moment(last),
            marks.mode_badge(run["mode"]),
            run["strategy_name"],
            run["symbol"],
            run["timeframe"],
            h("a", "compare", href=self.links.compare(runs=name)),
        ]


def tiles(watch: Watch) -> list[Tile]:
    """Return health and figures."""
    health = watch["health"]
    moment = datetime.fromisoformat(health["server_time"])
    return [
        Tile("Health", health["status"], "the service answers"),
        Tile("Contract", health["contract_version"], "version of the JSON routes"),
        Tile("Server time", marks.moment(moment), "at the last change"),
        Tile("Active strategy", watch["active_strategy"], title=watch["active_strategy"]),
        Tile("Active runs", text.count(watch["active"]), "data within 10 min"),
        Tile("Runs", text.count(watch["total"]), "usable directories"),
    ]
