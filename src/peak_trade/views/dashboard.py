"""The live dashboard: the list of runs, and one run as it goes."""

from __future__ import annotations

from typing import Any

from peak_trade.contract.pages import LiveRun
from peak_trade.models.dashboard import DashboardModel, Window
from peak_trade.views import marks, text
from peak_trade.views.chart import EquityChart
from peak_trade.views.elements import Node, Part, h
from peak_trade.views.events import Events
from peak_trade.views.links import component, query
from peak_trade.views.page import Page
from peak_trade.views.run_alerts import RunAlerts
from peak_trade.views.run_list import RunChoice
from peak_trade.views.states import empty, problem
from peak_trade.views.tiles import Tile, Tiles


class DashboardPage(Page):
    """The page at `/dashboard` and, with the id in the path, at `/watch/runs/{run_id}`."""

    title = "Live"
    path = "dashboard"

    def __init__(self, model: DashboardModel, run_id: str = "") -> None:
        super().__init__(model)
        self.model = model
        self._in_path = bool(run_id)
        model.choose(run_id)
        self.runs = RunChoice(self.links)
        self.heading, self.tiles = Part(), Tiles()
        self.chart = EquityChart()
        self.events, self.alerts = Events(), RunAlerts()
        self.runs.on_choose(self._choose)
        self.runs.on_search(self._search)
        self.chart.follow.on_window(self._draw)

    def areas(self) -> dict[str, Any]:
        """Return the parts by the place they have on the page."""
        return {
            "search": self.runs.search,
            "runs": self.runs,
            "heading": self.heading,
            "follow": self.chart.follow.switch,
            "tiles": self.tiles,
            "chart": self.chart,
            "events": self.events,
            "alerts": self.alerts,
        }

    def read(self, arguments: dict[str, str]) -> None:
        """Take the run from the URL."""
        if "run" in arguments:
            self.model.choose(arguments["run"])
            self.chart.follow.reset()

    def view(self) -> dict[str, str]:
        """Return the selected run."""
        return {"run": self.model.run_id}

    def url(self) -> str:
        """Return the URL of the selected run."""
        name = self.model.run_id
        if self._in_path:
            return f"./{component(name)}"
        return query({"run": name}) if name else "./dashboard"

    def render(self) -> None:
        """Show the payloads."""
        model = self.model
        if model.runs is not None:
            self.runs.update(model.runs, model.run_id)
        if model.problem or model.payload is None or model.curve is None:
            self._show_none(model.problem)
            return
        run, curve = model.payload, model.curve
        self.heading.show(heading(run))
        self.status.show(h("small", "data ", marks.freshness_chip(run["freshness"])))
        self.tiles.update(tiles(run), marks.freshness_chip(run["freshness"]))
        self.chart.update(curve, run["start_equity"])
        self.events.update(run)
        self.alerts.update(run)

    def _show_none(self, why: str) -> None:
        """Show no run, rather than figures of another one."""
        if why:
            self.heading.show(problem("This run cannot be shown", why))
        else:
            soon = "The newest run is selected as soon as there is one."
            self.heading.show(empty("No run to show", soon, "make demo"))
        for part in (self.status, self.tiles, self.events, self.alerts):
            part.show()
        self.chart.clear()

    def _choose(self, run_id: str) -> None:
        self.read({"run": run_id})
        self.enter()

    def _search(self, search: str) -> None:
        self.model.search = search
        self.wake()

    def _draw(self, window: Window) -> None:
        self.model.window = window
        self.wake()


def heading(run: LiveRun) -> Node:
    """Return the name of a run."""
    snapshot, started = run["snapshot"], run["started_at"]
    since = f"since {text.day_time(started)}" if started else "start unknown"
    facts = (snapshot["symbol"], snapshot["timeframe"], since)
    return h(
        "div",
        marks.mode_badge(snapshot["mode"]),
        h("h1", snapshot["strategy_name"]),
        h("span", " \N{MIDDLE DOT} ".join(facts), class_="soft"),
        h("span", snapshot["run_id"], class_="id", title=snapshot["run_id"]),
        class_="heading",
    )


def tiles(run: LiveRun) -> list[Tile]:
    """Return the figures of a run at its last event."""
    snapshot, unit = run["snapshot"], run["currency"]
    realized, unrealized = snapshot["realized_pnl"], snapshot["unrealized_pnl"]
    base = snapshot["symbol"].partition("/")[0] if unit else ""
    blocked = snapshot["total_blocked_orders"]
    return [
        Tile(
            "Equity",
            text.amount(snapshot["equity"]),
            f"start {text.amount(run['start_equity'])}",
            unit=unit,
        ),
        Tile("Realized PnL", text.signed(realized), tone=text.tone(realized), unit=unit),
        Tile("Unrealized PnL", text.signed(unrealized), tone=text.tone(unrealized), unit=unit),
        Tile(
            "Drawdown",
            text.percent(snapshot["drawdown"]),
            f"max {text.percent(run['max_drawdown'])}",
        ),
        Tile("Position", text.size(run["position_size"]), unit=base),
        Tile("Steps", text.count(snapshot["total_steps"])),
        Tile("Orders", text.count(snapshot["total_orders"])),
        Tile("Blocked", text.count(blocked), "by risk", "warn" if blocked else None),
    ]
