"""Pages and charts for a cell: the same views as on the server, over a live model.

A `Cell` is made into a `Board` each time it is displayed, so that it can stand in several cells
and beside other Panel objects. A board shows each new edition of its model and tells the browser
over the kernel's own channel; who holds it is its output, so that it ends with it.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final

import panel as pn
from panel.io.notebook import push_notebook
from panel.io.state import set_curdoc, state
from panel.viewable import Viewer

from peak_trade.contract.pages.indicators import MAX_DRAWN
from peak_trade.models.alerts import AlertsModel
from peak_trade.models.base import ViewModel
from peak_trade.models.compare import CompareModel
from peak_trade.models.console import ConsoleModel
from peak_trade.models.fleet import FleetModel
from peak_trade.models.run import RunModel
from peak_trade.models.session import SessionModel
from peak_trade.plain import escaped
from peak_trade.views.alerts.page import AlertsPage
from peak_trade.views.compare.page import ComparePage
from peak_trade.views.console.page import ConsolePage
from peak_trade.views.fleet.page import FleetPage
from peak_trade.views.kit.elements import Component, h
from peak_trade.views.kit.page import Page
from peak_trade.views.kit.theme import CARD
from peak_trade.views.notebook.resources import chart_styles, ensure
from peak_trade.views.run.page import RunPage
from peak_trade.views.session.page import SessionPage

Parts = list[Any]
CHARTS: Final = ("price", "equity", "drawdown")


class Cell(Viewer):  # type: ignore[misc]  # panel is untyped
    """A page, or one chart, that goes on as its artifact does; `model` is what it shows.

    It can stand in a cell by itself, or in a layout of Panel. `close` lets it stay as it is.
    """

    def __init__(
        self, model: ViewModel, page: Callable[[], Page], arrange: Callable[[Any], Parts]
    ) -> None:
        super().__init__()
        self.model = model
        self._page = page
        self._arrange = arrange
        ensure()

    def close(self) -> None:
        """Follow the artifacts no longer."""
        self.model.stop()

    def __panel__(self) -> Board:
        page = self._page()
        return Board(page, self.model, self._arrange(page))

    def __repr__(self) -> str:
        return f"{self._page.func.__name__} of a notebook"  # type: ignore[attr-defined]

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        # a terminal has nothing to show it with
        shown, metadata = super()._repr_mimebundle_(include, exclude) or ({}, {})
        return {**shown, "text/plain": repr(self)}, metadata


class Board(pn.Column):  # type: ignore[misc]  # panel is untyped
    """The parts of a page, one below the other, and their updates."""

    def __init__(self, page: Page, model: ViewModel, parts: Parts) -> None:
        super().__init__(
            *parts, page.browser, sizing_mode="stretch_width", stylesheets=[chart_styles()]
        )
        self._page = page
        made_in = state.curdoc
        self._made_in = weakref.ref(made_in) if made_in and made_in.session_context else None
        page.show()
        follow(model, weakref.WeakMethod(self.refresh))

    def refresh(self) -> None:
        """Show what the model holds, in each document that this is a part of."""
        if self._has_ended():
            return
        # Panel has no other name for the documents of a view.
        docs = [state._views[ref][2] for ref in self._models if ref in state._views]  # noqa: SLF001
        served = [doc for doc in docs if doc.session_context]
        for doc in served:
            doc.add_next_tick_callback(partial(self._show_in, doc))
        if not served:
            self._page.show()
            push_notebook(self)

    def _has_ended(self) -> bool:
        """Tell whether the page that it was made in has ended: its models are empty then."""
        if self._made_in is None:
            return False
        doc = self._made_in()
        return doc is None or doc.session_context is None

    def _show_in(self, doc: Any) -> None:
        with set_curdoc(doc), pn.io.hold(doc):
            self._page.show()


def follow(model: ViewModel, refresh: weakref.WeakMethod[Callable[[], None]]) -> None:
    """Call `refresh` with each new edition of the model, for as long as it is there."""

    def tell(_: object) -> None:
        shown = refresh()
        if shown is None:
            model.param.unwatch(watcher)
        else:
            shown()

    watcher = model.param.watch(tell, "edition")


def _areas(page: Page, names: Iterable[str]) -> Parts:
    """Return the verdict and these areas; that of the charts has its readout."""
    areas = page.areas()
    if page.charted:
        areas[page.charted] = read_out(areas[page.charted], page.row.title.lower())
    return [page.verdict, *(areas[name] for name in names)]


def read_out(charts: Any, of: str = "") -> Any:
    """Return charts with the values at the crosshair above them, those of this kind of page."""
    readout = Component()
    readout.show(h("peak-readout", data_charts=of))
    return pn.Column(readout, charts, styles=dict(CARD), sizing_mode="stretch_width", margin=0)


def run_cell(model: RunModel) -> Cell:
    """Return the page of a run."""

    def arrange(page: RunPage) -> Parts:
        own = ("own",) if page.own.charts else ()
        names = ("heading", "range", "follow", "tiles", "chart", *own, "tabs", "find", "panel")
        return _areas(page, names)

    return Cell(model, partial(RunPage, model), arrange)


def chart_cell(model: RunModel, name: str) -> Cell:
    """Return one chart of a run.

    Raises
    ------
    ValueError
        If there is no chart of this name, or it has not the indicators that the model asks for.
    """
    if name not in CHARTS:
        raise ValueError(f"no chart {name!r}; there are {', '.join(CHARTS)}")
    if model.indicators and name != "price":
        raise ValueError(f"indicators are drawn with the price, not with the chart {name!r}")
    found = model.chart["indicators"] if model.chart else None
    drawn = [one["name"] for one in found["drawn"]] if found else []
    if found and (missing := [one for one in model.indicators if one not in drawn]):
        offered = ", ".join(found["offered"]) or "none"
        told = (
            f"cannot draw {', '.join(missing)}; at most {MAX_DRAWN} are drawn of these: {offered}"
        )
        raise ValueError(escaped(told))

    def arrange(page: RunPage) -> Parts:
        shown = page.price.pane() if name == "price" else page.chart.pane(name)
        return [read_out(shown)]

    return Cell(model, partial(RunPage, model), arrange)


def session_cell(model: SessionModel) -> Cell:
    """Return the page of a session."""

    def arrange(page: SessionPage) -> Parts:
        names = (
            "heading",
            "banner",
            "tiles",
            "equity",
            "risk",
            "statistics",
            "alerts",
            "execution",
        )
        return _areas(page, (*names, "facts", "config", "metrics"))

    return Cell(model, partial(SessionPage, model), arrange)


def compare_cell(model: CompareModel) -> Cell:
    """Return a comparison."""
    names = ("banner", "legend", "curves", "metrics", "drift", "differences")
    return Cell(model, partial(ComparePage, model), lambda page: _areas(page, names))


def console_cell(model: ConsoleModel) -> Cell:
    """Return the overview of sessions and active runs."""
    names = ("banner", "tiles", "panels", "active", "newest", "query", "sessions")
    return Cell(model, partial(ConsolePage, model), lambda page: _areas(page, names))


def alerts_cell(model: AlertsModel) -> Cell:
    """Return the page of the alerts."""
    names = ("banner", "tiles", "chart", "filters", "session", "groups")
    return Cell(model, partial(AlertsPage, model), lambda page: _areas(page, names))


def fleet_cell(model: FleetModel) -> Cell:
    """Return the page of a fleet."""
    return Cell(
        model, partial(FleetPage, model), lambda page: [page.verdict, *page.areas().values()]
    )
