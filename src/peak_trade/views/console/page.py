"""The console: is anything wrong, what runs, and all sessions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl, urlencode

from peak_trade.contract.pages.console import ActiveRun, ConsolePayload
from peak_trade.i18n import _
from peak_trade.models.console import ConsoleModel
from peak_trade.views.console.active_runs import ActiveRuns
from peak_trade.views.console.newest_session import NewestSession
from peak_trade.views.console.panels import MAX_CURRENCIES, PanelRow
from peak_trade.views.console.sessions import SessionTable
from peak_trade.views.kit import badges, text
from peak_trade.views.kit.coverage import unfinished
from peak_trade.views.kit.elements import Component, h
from peak_trade.views.kit.links import Links
from peak_trade.views.kit.page import Page
from peak_trade.views.kit.search import QueryBox
from peak_trade.views.kit.states import problem
from peak_trade.views.kit.tiles import Tile, Tiles, fit


class ConsolePage(Page):
    """The page at `/`; its filters are in the URL."""

    def __init__(self, model: ConsoleModel) -> None:
        super().__init__(model)
        self.model = model
        self.banner, self.tiles = Component(), Tiles()
        self.panels, self.active = (
            PanelRow(self.links),
            ActiveRuns(self.links, model.settings.root_labels),
        )
        self.newest = NewestSession(self.links)
        self.sessions = SessionTable(
            self.links, model.settings.sessions_path, model.settings.root_labels
        )
        self.query = QueryBox(_("Search sessions"), "mode:shadow (state:crashed OR pnl<0)")
        for part in (self.tiles, self.sessions):
            part.elements.on_send(lambda chosen: self.go_to(dict(parse_qsl(chosen))))
        self.query.on_query(lambda query: self.go_to({**self.model.chosen, "q": query}))

    def areas(self) -> dict[str, Any]:
        """Return the parts by the place they have on the page."""
        return {
            "banner": self.banner,
            "tiles": self.tiles,
            "panels": self.panels,
            "active": self.active,
            "newest": self.newest,
            "query": self.query,
            "sessions": self.sessions,
        }

    def render(self) -> None:
        """Show the payload."""
        console = self.model.payload
        if console is None:
            self.banner.show(problem(_("Nothing can be shown now"), self.model.problem))
            return
        self._banner(console)
        self.status.show(badges.data_age(console["newest"]))
        self.tiles.update(tiles(console, self.links), console["newest"])
        self.panels.update(self.model.panels, console["holding"])
        self.active.update(console["active_runs"], console["active"], console["older_runs"])
        self.newest.update(console["newest_session"])
        self.query.update(self.model.chosen.get("q", ""))
        self.sessions.update(console, self.model.chosen, self.model.table, self.model.fault)

    def _banner(self, console: ConsolePayload) -> None:
        """Show what must not be overlooked."""
        live = console["live_accounts"]
        missing = [
            problem(_("The directory %s cannot be listed") % directory, reason)
            for directory, reason in dict.fromkeys(
                (fault["directory"], fault["reason"]) for fault in console["directories"]
            )
        ]
        if live:
            what = text.plural(
                live,
                "%s session on a live account: watch only",
                "%s sessions on a live account: watch only",
            )
            missing.insert(0, h("p", badges.mode_badge("live"), what, class_="banner"))
        self.banner.show(*missing)


def tiles(console: ConsolePayload, links: Links) -> list[Tile]:
    """Return the console's metrics."""
    critical, read_errors = console["critical_alerts"], console["read_errors"]
    crashed = console["crashed_sessions"]
    return [
        Tile(
            _("Sessions"),
            text.count(console["total_sessions"]),
            _("in the registry"),
            **listed(links),
        ),
        Tile(
            _("Active sessions"),
            text.count(console["active_sessions"]),
            text.plural(crashed, "and %s crashed", "and %s crashed")
            if crashed
            else _("started, not ended"),
            "error" if crashed else None,
            **listed(links, q="state:crashed" if crashed else "status:started"),
        ),
        open_runs(console, links),
        drawdown_now(console["active_runs"], links),
        pnl(console["pnl"], links),
        Tile(
            _("Mean max DD"),
            text.percent(console["avg_drawdown"]),
            text.plural(console["drawdowns"], "of %s session", "of %s sessions"),
            **listed(links, sort="dd"),
        ),
        Tile(
            _("Critical alerts"),
            text.count(critical),
            _("\N{BLACK UP-POINTING TRIANGLE} look now") if critical else _("none in 24 h"),
            "error" if critical else None,
            links.alerts({"severity": "CRITICAL"}),
        ),
        Tile(
            _("Read errors"),
            text.count(read_errors),
            fit(*unfinished(console["read_error_coverage"]))
            or (_("not readable") if read_errors else _("all was readable")),
            "warn" if read_errors else None,
            links.quality(),
        ),
    ]


def open_runs(console: ConsolePayload, links: Links) -> Tile:
    """Return how many runs have not ended, and in which states they are."""
    states = console["run_states"]
    context = ", ".join(f"{text.count(count)} {_(state)}" for state, count in states.items())
    tone = "error" if "crashed" in states else "warn" if "stale" in states else None
    worst = next(iter(states), "")
    address = links.watch(q=f"state:{worst}") if tone else links.watch(q="-state:ended")
    if not states:
        older = console["older_runs"]
        never = text.plural(older, "%s run never ended", "%s runs never ended")
        context = never if older else _("all have ended")
    return Tile(_("Open runs"), text.count(console["active"]), context, tone, address)


def listed(links: Links, **view: str) -> dict[str, str]:
    """Return what makes a tile open the table of sessions in this view."""
    return {"href": links.console(**view), "send": urlencode(view)}


def drawdown_now(runs: Sequence[ActiveRun], links: Links) -> Tile:
    """Return the deepest drawdown that a running run is in; the tile leads to that run."""
    known = [(run["drawdown"], run["run_id"]) for run in runs if run["drawdown"] is not None]
    if not known:
        why = _("none has an equity") if runs else _("no run is active")
        return Tile(_("Drawdown now"), text.NONE, why)
    value, run_id = min(known)
    context = text.plural(len(known), "deepest of %s run", "deepest of %s runs")
    return Tile(_("Drawdown now"), text.percent(value), context, href=links.run(run_id))


def pnl(sums: Mapping[str, float], links: Links) -> Tile:
    """Return the sum of realized PnL; currencies are not added up, each has its own."""
    if not sums:
        return Tile(_("Realized PnL"), text.NONE, _("no session has one"))
    worst_first = listed(links, sort="pnl")
    (currency, value), *others = sums.items()
    context = _("sum of all sessions")
    if others:
        unknown = _("without currency")
        rest = (f"{text.signed(sum_, name)} {name or unknown}" for name, sum_ in others)
        context = _("and %s") % ", ".join(islice(rest, MAX_CURRENCIES))
    shown = text.signed(value, currency)
    return Tile(
        *(_("Realized PnL"), shown, context, text.tone(shown)),
        unit=currency,
        title=context,
        **worst_first,
    )
