"""One session: does it run, did it go well, and everything its record holds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from peak_trade.contract.pages.session import Life, SessionPayload
from peak_trade.contract.sessions.records import is_live
from peak_trade.contract.sessions.schema import SessionDetail
from peak_trade.i18n import _
from peak_trade.models import window
from peak_trade.models.address import Query
from peak_trade.models.session import SessionModel
from peak_trade.models.window import Window
from peak_trade.views.judged.books import wrong_chip
from peak_trade.views.kit import badges, text
from peak_trade.views.kit.command_line import CommandLine
from peak_trade.views.kit.data_tree import DataTree
from peak_trade.views.kit.elements import Component, Node, h
from peak_trade.views.kit.links import Links
from peak_trade.views.kit.page import Page
from peak_trade.views.kit.states import problem
from peak_trade.views.kit.tiles import Tile, Tiles, profits
from peak_trade.views.session.alerts import SessionAlerts
from peak_trade.views.session.execution import SessionExecution
from peak_trade.views.session.facts import SessionFacts
from peak_trade.views.session.linked_run import LinkedRunChart
from peak_trade.views.session.risk_limits import RiskLimits
from peak_trade.views.session.statistics import SessionStatistics


class SessionPage(Page):
    """The page at `/session/{session_id}`; the id is its whole view."""

    charted = "equity"

    def __init__(self, model: SessionModel) -> None:
        super().__init__(model)
        self.model = model
        self.heading, self.banner, self.tiles = Component(), Component(), Tiles()
        self.run, self.risk = LinkedRunChart(self.links), RiskLimits(self.links)
        self.alerts, self.execution = SessionAlerts(self.links), SessionExecution(self.links)
        self.statistics = SessionStatistics(self.links)
        self.facts, self.command = SessionFacts(self.links), CommandLine()
        self.config = DataTree(_("Configuration"), _("No configuration"), "config")
        self.metrics = DataTree(_("Metrics"), _("No metrics"), "metrics")
        self.run.chart.follow.on_window(self._draw)

    def areas(self) -> dict[str, Any]:
        """Return the parts by the place they have on the page."""
        return {
            "heading": self.heading,
            "banner": self.banner,
            "follow": self.run.chart.follow.switch,
            "tiles": self.tiles,
            "equity": self.run,
            "risk": self.risk,
            "statistics": self.statistics,
            "alerts": self.alerts,
            "execution": self.execution,
            "facts": self.facts,
            "config": self.config,
            "metrics": self.metrics,
            "command": self.command,
        }

    def read(self, query: Query) -> None:
        """Take the view of a query."""
        before = self.model.window
        super().read(query)
        if self.model.window != before:
            self.run.chart.follow.show(*(self.model.window or (None, None)))

    def subject(self) -> str:
        """Return the strategy and the symbol of the session, else its id."""
        session = self.model.payload
        strategy = strategy_of(session["detail"]) if session else ""
        if not session or not strategy:
            return self.model.session_id
        return f"{strategy} {session['detail']['symbol']}".strip()

    def render(self) -> None:
        """Show the payload."""
        session = self.model.payload
        if session is None or self.model.problem:
            self.heading.show(problem(_("This session cannot be shown"), self.model.problem))
            return
        chip = badges.freshness_chip(session["life"]["freshness"])
        self.status.show(badges.status_of(_("session "), chip))
        self.heading.show(heading(session, self.links))
        self.banner.show(*warnings(session["detail"]))
        self.tiles.update(tiles(session, self.links), session["life"]["freshness"])
        run, shown = session["run"], window.view_of(self.model.window, self.model.at)
        if run is not None:
            self.run.chart.follow.go_to(run["run_id"], run["moment"], around=self.model.is_around)
        self.run.update(session, shown)
        self.risk.update(session["detail"])
        self.statistics.update(self.model.statistics)
        self.alerts.update(session)
        self.execution.update(session["execution"])
        self.facts.update(session)
        tables = self.links.session_table(session["detail"]["session_id"])
        self.config.update(session["detail"]["config"], tables)
        self.metrics.update(session["detail"]["metrics"], tables)
        self.command.update(session["command"])

    def _draw(self, shown: Window) -> None:
        self.choose(window=shown)


def strategy_of(detail: SessionDetail) -> str:
    """Return the strategy that a session's configuration names; empty without one."""
    strategy = detail["config"].get("strategy_name")
    return strategy if isinstance(strategy, str) else ""


def heading(session: SessionPayload, links: Links) -> Node:
    """Return the name and state of a session, and whether the books of its run add up."""
    detail, run = session["detail"], session["run"]
    books = links.run(run["run_id"], tab="books") if run else ""
    name = detail["session_id"]
    return h(
        "div",
        badges.mode_badge(detail["mode"]),
        h("h1", strategy_of(detail) or _("Session")),
        badges.session_status(detail["status"], session["life"]["freshness"]),
        h("span", detail["environment"] or text.NONE, class_="soft"),
        h("a", _("report"), class_="leads", href=links.session_report(name)),
        badges.named(name),
        wrong_chip(session["wrong"], session["currency"], books),
        class_="heading",
    )


def warnings(session: SessionDetail) -> list[Node]:
    """Return the banners: a live account, and what the session says went wrong."""
    found: list[Node] = []
    if is_live(session["mode"]):
        found.append(h("p", badges.mode_badge("live"), _(badges.LIVE_WARNING), class_="banner"))
    if session["notes"]:
        failed = session["status"] == "failed"
        word, kind = (_("error"), "banner") if failed else (_("note"), "banner note")
        found.append(h("p", h("strong", word), h("span", session["notes"]), class_=kind))
    return found


def tiles(session: SessionPayload, links: Links) -> list[Tile]:
    """Return the metrics of a session; each opens what it sums up."""
    detail, unit = session["detail"], session["currency"]
    here = links.session(detail["session_id"])
    run = session["run"]

    def opened(tile: Tile, tab: str, place: str) -> Tile:
        """Let a tile open these rows of the run, or without a run a part of this page."""
        if run and tab:
            return replace(tile, href=links.run(run["run_id"], tab=tab))
        return replace(tile, href=here, send=place, to=place)

    realized, unrealized = profits(detail["realized_pnl"], session["unrealized_pnl"], unit)
    deepest = Tile(_("Max drawdown"), text.percent(session["max_drawdown"]))
    orders = Tile(_("Orders"), text.count(detail["num_orders"]), _("executed, else trades"))
    severity, light = detail["risk_severity"], detail["risk_status"]
    level = badges.RISKS[severity][0]
    return [
        opened(duration(session["life"]), "", "facts"),
        opened(realized, "closed", "metrics"),
        opened(unrealized, "positions", "metrics"),
        opened(deepest, "statistics", "metrics"),
        opened(orders, "orders", "execution"),
        opened(
            Tile(
                _("Risk"),
                severity,
                _("%s light") % _(light),
                level if level in {"warn", "error"} else None,
            ),
            "",
            "risk",
        ),
    ]


def duration(life: Life) -> Tile:
    """Return how long a session ran; it counts in the browser while the session goes on."""
    if life["goes_on"]:
        since = h("span", _("since "), badges.moment(life["started"]))
        return Tile(_("Duration"), badges.age(life["started"]), since)
    newest = life["freshness"]["as_of"]
    ending = h("span", _("ended "), badges.moment(life["ended"])) if life["ended"] else None
    silent = h("span", _("silent since "), badges.moment(newest)) if newest else None
    return Tile(_("Duration"), text.duration(life["duration_seconds"]), ending or silent or "")
