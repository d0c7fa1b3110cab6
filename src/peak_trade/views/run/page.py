"""The live dashboard: the list of runs, and one run as it goes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

import numpy as np
import panel as pn

from peak_trade.contract.pages.run import RunPayload
from peak_trade.contract.pages.run_chart import RANGES, RunChart
from peak_trade.contract.runs.schema import RunEntry
from peak_trade.derive.gaps import Gaps
from peak_trade.i18n import _
from peak_trade.models import window
from peak_trade.models.address import Query, View
from peak_trade.models.run import RunModel
from peak_trade.models.window import Window
from peak_trade.views.charts.away import Image, Table
from peak_trade.views.charts.equity import EquityChart
from peak_trade.views.charts.price import FIGURES, SEPARATOR, TABLES, PricePanel
from peak_trade.views.kit import badges, text
from peak_trade.views.kit.elements import Component, Node, h
from peak_trade.views.kit.page import Page
from peak_trade.views.kit.run_choice import RunChoice
from peak_trade.views.kit.states import empty, problem
from peak_trade.views.kit.tiles import tile_row
from peak_trade.views.run.address import RunAddress
from peak_trade.views.run.indicators import indicator_menu, names, switched
from peak_trade.views.run.metrics import heading, tiles
from peak_trade.views.run.moment import moment_line
from peak_trade.views.run.own import OwnCharts
from peak_trade.views.run.tabs import RunTabs


class RunPage(Page):
    """The page at `/dashboard` and, with the id in the path, at the addresses of one run."""

    charted = "chart"

    def __init__(self, model: RunModel) -> None:
        super().__init__(model)
        self.model = model
        self._in_path = bool(model.run_id)
        self.runs = RunChoice(self.links, model.settings.runs_path)
        self.heading, self.tiles, self.range = Component(), Component(), Component()
        self.moment = Component()
        self.own = OwnCharts()
        self.tabs = RunTabs(self.links)
        self.rows = pn.Column(
            self.tabs.controls, self.tabs.body, sizing_mode="stretch_width", margin=0
        )
        self.runs.on_choose(lambda name: self._change({"run": name}))
        self.runs.on_search(self._search)
        self.range.elements.on_send(self._choose)
        self.tabs.on_choose(self._choose)
        self.tiles.elements.on_send(self._choose)
        self.heading.elements.on_send(self._choose)
        self.tabs.on_search(self._find)

    @cached_property
    def chart(self) -> EquityChart:
        """Equity and drawdown, with the range of time of all charts."""
        chart = EquityChart()
        chart.follow.on_window(self._draw)
        return chart

    @cached_property
    def price(self) -> PricePanel:
        """Price, volume and position."""
        return PricePanel(self.chart.follow)

    @cached_property
    def charts(self) -> Any:
        """All charts, one below the other."""
        return pn.Column(self.moment, self.price, self.chart, sizing_mode="stretch_width", margin=0)

    def prepare(self) -> Iterator[object]:
        """Make the charts."""
        yield self.chart
        yield self.price

    def areas(self) -> dict[str, Any]:
        """Return the parts by the place they have on the page."""
        return {
            "search": self.runs.search,
            "runs": self.runs,
            "heading": self.heading,
            "range": self.range,
            "follow": self.chart.follow.switch,
            "tiles": self.tiles,
            "chart": self.charts,
            **({"own": self.own} if self.own.charts else {}),
            "tabs": self.tabs.names,
            "find": self.tabs.search,
            "panel": self.rows,
        }

    def read(self, query: Query) -> None:
        """Take the view of a query; the charts go where it says."""
        model, follow = self.model, self.chart.follow
        before, shown = (model.run_id, model.span), model.window
        # Without a name the page is about the newest run, also after another one was shown.
        super().read(query if self._in_path else {"run": "", **query})
        if (model.run_id, model.span) != before:
            seconds, shown = RANGES.get(model.span), None
            follow.reset(seconds * 1000 if seconds else None)
        if model.window is not None and model.window != shown:
            follow.show(*model.window)
        elif model.window != shown:
            follow.reset()

    def url(self) -> str:
        """Return the URL of the view."""
        return self._address({})

    @property
    def _address(self) -> RunAddress:
        return RunAddress(tuple(self.model.view.items()), self._in_path)

    def subject(self) -> str:
        """Return the strategy and the symbol of the run."""
        run = self.model.payload
        return f"{run['snapshot']['strategy_name']} {run['snapshot']['symbol']}" if run else ""

    def render(self) -> None:
        """Show the payloads."""
        model = self.model
        if model.runs is not None:
            self.runs.update(
                model.runs, self._run_link, model.search, model.fault, chosen=model.run_id
            )
        if model.problem or model.payload is None or model.chart is None:
            self._show_none(model.problem)
            return
        run, chart, url = model.payload, model.chart, self._address
        view = RunAddress((("run", model.run_id),), self._in_path)
        books, labels = view({"tab": "books"}), model.settings.root_labels
        name = ("heading", self.links, books)
        self.heading.show_of(run, name, lambda: [heading(run, self.links, books, labels)])
        self.status.show_of(run, "status", lambda: [badges.data_age(run["freshness"])])
        self.tiles.show_of(
            run, ("tiles", view), lambda: [tile_row(tiles(run, view), run["freshness"])]
        )
        self._show_choices(chart, url)
        found = chart["moment"]
        self.moment.show(moment_line(found) if found else None)
        self.chart.follow.go_to(model.run_id, found, around=model.is_around)
        self._draw_charts(run, chart)
        self.own.update(model)
        rows = model.rows, model.rows_problem
        self.tabs.update(model.run_id, run["currency"], *rows, model.rows_wanted, url)

    def _show_choices(self, chart: RunChart, url: RunAddress) -> None:
        """Show which ranges and which indicators can be drawn."""
        # Of a view that was zoomed, each range is a way out, also where there is one alone.
        span = "" if self.model.window else self.model.span
        at, found = self.model.at is not None, chart["indicators"]
        offered = offers(chart)
        key = ("ranges", span, at, url, offered, *names(found), *found["offered"], found["count"])
        self.range.show_of(
            None,
            key,
            lambda: [
                h(
                    "div",
                    ranges(span, url, offered, at=at),
                    indicator_menu(found, url),
                    class_="line",
                )
            ],
        )

    def _draw_charts(self, run: RunPayload, chart: RunChart) -> None:
        """Draw what is in the window, and offer it to take away."""
        model, price = self.model, chart["price"]
        shown = window.view_of(model.window, model.at)
        if not shown and RANGES.get(model.span):
            shown = {"range": model.span}
        curve = self.links.curve(model.run_id, shown)
        drawn = names(chart["indicators"])
        address = self.links.price(model.run_id, {**shown, "indicator": drawn} if drawn else shown)
        gaps = Gaps(price["gaps_first"], price["gaps_last"])
        tables = TABLES if drawn else TABLES[:-1]
        currency = run["currency"]
        self.chart.update(
            chart["curve"],
            run["start_equity"],
            (price["begin"], price["end"]),
            curve,
            currency,
            *(Table(_("%s, drawn") % _(name), address, name) for name in tables),
            Table(
                _("all rows (%s)") % text.count(run["snapshot"]["total_steps"]),
                self.links.run_events(model.run_id),
                forms=("parquet",),
            ),
            image=image(run),
            gaps=gaps,
            beside=price,
        )
        self.price.update(price, address, currency, run["asset"])
        if self.price.indicators.update(chart["indicators"], gaps):
            self.browser.charted += 1

    def _run_link(self, run: RunEntry) -> Node:
        name = run["run_id"]
        return h(
            "a",
            h("span", h("strong", run["strategy_name"]), badges.freshness_chip(run["freshness"])),
            h(
                "span",
                badges.mode_badge(run["mode"]),
                badges.root(run["root"], self.model.settings.root_labels)
                if "root" in run
                else None,
                h("span", f"{run['symbol']} {run['timeframe']}"),
            ),
            badges.identifier(name),
            href=self.links.run(name),
            aria_current="true" if name == self.model.run_id else None,
            data_send=name,
        )

    def _show_none(self, why: str) -> None:
        """Show no run, rather than metrics of another one."""
        if why:
            self.heading.show(problem(_("This run cannot be shown"), why))
        else:
            soon = _("The newest run is selected as soon as there is one.")
            self.heading.show(
                empty(_("No run to show"), soon, "make demo", self.model.settings.runs_path)
            )
        for part in (self.status, self.tiles, self.range, self.moment):
            part.show()
        self.chart.clear()
        self.price.clear()
        self.own.clear()
        self.tabs.clear()

    def _choose(self, chosen: str) -> None:
        changes = dict(parse_qsl(chosen, keep_blank_values=True))
        if "pause" in changes:
            self.model.pause(paused=bool(changes["pause"]))
        elif "indicator" in changes:
            chart = self.model.chart
            drawn = names(chart["indicators"]) if chart else ()
            self._change({"indicator": switched(drawn, changes["indicator"])})
        else:
            self._change(changes)

    def _change(self, changes: View) -> None:
        if "range" in changes:  # also after a zoom, when the same range is chosen again
            self.model.span = ""
        self.go_to(self._address.changed(changes))

    def _search(self, search: str) -> None:
        self.model.search = search

    def _find(self, words: str) -> None:
        if words != self.model.tab.q:
            self._change({"q": words})

    def _draw(self, shown: Window) -> None:
        if shown is not None:
            self.model.span = ""
        self.choose(window=shown)


def image(run: RunPayload) -> Image:
    """Return what an image of the charts says: the run, how it trades, and of what."""
    about = run["snapshot"]
    parts = (about["strategy_name"], about["mode"].upper(), about["symbol"], about["run_id"])
    return Image(FIGURES, SEPARATOR.join(parts), about["run_id"])


def offers(chart: RunChart) -> tuple[str, ...]:
    """Return the ranges that show something else than all of the run."""
    begin, end = chart["price"]["begin"], chart["price"]["end"]
    length = 0.0 if begin is None or end is None else (end - begin) / np.timedelta64(1, "s")
    return tuple(name for name, seconds in RANGES.items() if not seconds or seconds < length)


def ranges(span: str, url: RunAddress, offered: Sequence[str], *, at: bool) -> Node:
    """Return the choice of a range among those that are `offered`, `span` being the one in force.

    One alone is no choice. While the charts are `at` a moment that a row led to, there is a way
    back to the rows.
    """
    back = h("a", _("back to the rows"), href=url({"at": ""}), data_send="at=", data_to="panel")
    shown = [name for name in RANGES if name in offered or name == span]
    links = (
        h(
            "a",
            _(name),
            href=url({"range": name}),
            aria_current="true" if name == span else None,
            data_send=f"range={name}",
        )
        for name in ([] if shown == [span] else shown)
    )
    return h("nav", back if at else None, *links, class_="filter", aria_label=_("Range"))
