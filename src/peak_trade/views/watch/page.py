"""The watch page: all runs, to search, sort and compare; at its foot, what answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from peak_trade.artifacts import times
from peak_trade.contract.base.listing import MAX_ROWS, PAGE
from peak_trade.contract.pages.watch import WatchPayload
from peak_trade.contract.runs.schema import RunEntry
from peak_trade.i18n import _, mark
from peak_trade.models.watch import WatchModel
from peak_trade.views.kit import badges, text
from peak_trade.views.kit.columns import arranged, chooser, clear, roots, states, with_root
from peak_trade.views.kit.elements import Component, Node, h
from peak_trade.views.kit.export import foot
from peak_trade.views.kit.links import query
from peak_trade.views.kit.page import Page
from peak_trade.views.kit.search import QueryBox
from peak_trade.views.kit.states import empty, problem
from peak_trade.views.kit.table import Column, Order, table
from peak_trade.views.kit.tiles import Tile, Tiles

COLUMNS: Final = (
    Column("run", "id", "run"),
    Column("root", key="root"),
    Column("state", key="state"),
    Column("activity", key="activity"),
    Column("updated", "number", "updated"),
    Column("mode", key="mode"),
    Column("strategy", key="strategy"),
    Column("symbol", key="symbol"),
    Column("time frame", key="timeframe"),
    Column("realized PnL", "number", "pnl"),
    Column("drawdown", "number", "dd"),
    Column("max DD", "number", "maxdd"),
    Column("return", "number", "return"),
    Column("beside", key="beside"),
)
WATCHES: Final = mark("This console reads what runs write. It sends no order and starts no run.")


class WatchPage(Page):
    """The page at `/watch`."""

    def __init__(self, model: WatchModel) -> None:
        super().__init__(model)
        self.model = model
        self.banner, self.tiles, self.runs = Component(), Tiles(), Component()
        self.query = QueryBox(_("Search runs"), "(state:stale OR state:crashed) symbol:BTC*")
        self.runs.elements.on_send(lambda chosen: self.go_to(dict(parse_qsl(chosen))))
        self.query.on_query(lambda query: self.go_to({**self.model.chosen, "q": query}))

    def areas(self) -> dict[str, Any]:
        """Return the parts by the place they have on the page."""
        return {"banner": self.banner, "query": self.query, "runs": self.runs, "tiles": self.tiles}

    def first(self) -> dict[str, Node]:
        """Return the runs as they are known, in words."""
        columns = [Column(name) for name in ("run", "state", "updated", "strategy", "symbol")]
        entries = self.model.known()
        rows = [self._words(run) for run in entries]
        if not rows:
            return {"runs": h("p", _("No runs found"))}
        return {"runs": table(columns, rows, "Watched", name="listed")}

    def _words(self, run: RunEntry) -> list[Node]:
        name = run["run_id"]
        activity = _("active") if run["is_active"] else _("inactive")
        freshness = run["freshness"]["state"]
        state = f"{activity}, {_(freshness)}"
        updated = run["last_event_time"] or text.NONE
        link = h("a", name, href=self.links.run(name))
        return [link, state, updated, run["strategy_name"], run["symbol"]]

    def render(self) -> None:
        """Show the payload."""
        watch = self.model.payload
        if watch is None:
            self.banner.show(problem(_("Nothing can be shown now"), self.model.problem))
            return
        self.banner.show(h("p", h("strong", "WATCH-ONLY"), _(WATCHES), class_="banner calm"))
        self.status.show(badges.data_age(watch["freshness"]))
        self.tiles.update(tiles(watch), watch["freshness"])
        self.query.update(self.model.chosen.get("q", ""))
        fault, labels = self.model.fault, self.model.settings.root_labels
        self.runs.show(
            h("p", fault, class_="fault", role="alert") if fault else None,
            h(
                "header",
                h("h2", _("Runs")),
                states(watch["by_state"], self.model.chosen, self._link),
                roots(watch.get("by_root", {}), labels, self.model.chosen, self._link),
                h("peak-views", key="views"),
                chooser(
                    with_root(COLUMNS, labels), self.model.chosen, self.model.table, self._link
                ),
                class_="bar",
            )
            if watch["total"]
            else None,
            *self._list(watch),
        )

    def _list(self, watch: WatchPayload) -> list[Node]:
        if not watch["total"]:
            why = _("A run appears when a process writes its directory.")
            return [empty(_("No runs found"), why, "make demo", self.model.settings.runs_path)]
        if not watch["runs"]:
            asked = self.model.table.q
            why = _("None of the runs has %s.") % asked
            leave = clear(self.model.chosen, self._link)
            return [empty(_("No run matches"), why, more=leave)]
        labels = self.model.settings.root_labels
        chosen, columns = self.model.chosen, arranged(with_root(COLUMNS, labels), self.model.table)
        cells = [self._row(run) for run in watch["runs"]]
        rows = [[row[column.key] for column in columns] for row in cells]
        keys = [run["run_id"] for run in watch["runs"]]
        order = Order(self.model.table.sort, lambda sort: self._link({**chosen, "sort": sort}))
        body = table(columns, rows, "Watched", keys, order, name="watched")
        return [h("div", body, class_="scroll", tabindex=0), self._foot(watch)]

    def _foot(self, watch: WatchPayload) -> Node:
        params, shown = self.model.table, len(watch["runs"])
        line = _("%(shown)s of %(total)s") % {
            "shown": text.count(shown),
            "total": text.count(watch["matching"]),
        }
        following = str(min(params.rows + PAGE, MAX_ROWS))
        more = h("a", _("show more"), **self._link({**self.model.chosen, "rows": following}))
        view = params.model_dump(exclude_defaults=True, mode="json")
        is_cut = shown < min(watch["matching"], MAX_ROWS)
        return foot(
            line, self.links.table("runs_table"), view, more if is_cut else None, of=_("Runs")
        )

    def _link(self, view: Mapping[str, str]) -> dict[str, str]:
        kept = {name: value for name, value in view.items() if value}
        return {"href": self.links.watch() + query(kept), "data_send": urlencode(kept)}

    def _row(self, run: RunEntry) -> dict[str, Node]:
        name, last = run["run_id"], times.parse(run["last_event_time"] or "")
        return {
            "run": badges.identifier(name, self.links.run(name)),
            "root": badges.root(run.get("root", ""), self.model.settings.root_labels),
            "state": badges.freshness_chip(run["freshness"]),
            "activity": badges.activity(is_active=run["is_active"]),
            "updated": badges.moment(last),
            "mode": badges.mode_badge(run["mode"]),
            "strategy": badges.name(run["strategy_name"]),
            "symbol": run["symbol"],
            "timeframe": run["timeframe"],
            "pnl": badges.profit(run["realized_pnl"], run["currency"]),
            "dd": text.percent(run["drawdown"]),
            "maxdd": text.percent(run["max_drawdown"]),
            "return": text.gain(run["gain"]),
            "beside": h("a", _("compare"), href=self.links.compare(runs=name)),
        }


def tiles(watch: WatchPayload) -> list[Tile]:
    """Return health and metrics."""
    health = watch["health"]
    moment = datetime.fromisoformat(health["server_time"])
    return [
        Tile(_("Health"), health["status"], _("the service answers")),
        Tile(_("Contract"), health["contract_version"], _("version of the JSON routes")),
        Tile(_("Server time"), badges.moment(moment), _("at the last change")),
        Tile(_("Active strategy"), watch["active_strategy"], title=watch["active_strategy"]),
        Tile(_("Active runs"), text.count(watch["active"]), _("data within 10 min")),
        Tile(_("Runs"), text.count(watch["total"]), _("usable directories")),
    ]
