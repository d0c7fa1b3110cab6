"""What every page is: parts in the frame, a view that the URL holds, and updates."""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Iterator
from typing import Any

import panel as pn
from panel.viewable import Viewer

from peak_trade import clock, i18n
from peak_trade.contract.registry.pages import page_of
from peak_trade.i18n import _
from peak_trade.models.address import Query, View
from peak_trade.models.base import BROKEN, ViewModel
from peak_trade.views.kit.elements import Component, Node, html
from peak_trade.views.kit.history import Browser
from peak_trade.views.kit.layout import frame, language, root_path, title
from peak_trade.views.kit.links import Links, component
from peak_trade.views.kit.links import query as query_string
from peak_trade.views.kit.live import Live
from peak_trade.views.kit.states import problem
from peak_trade.views.kit.verdict import VerdictLine

logger = logging.getLogger(__name__)


class Page(Viewer):  # type: ignore[misc]  # panel is untyped
    """One page; what is said of it elsewhere is in its row of the table of pages."""

    charted = ""
    """The area whose charts have a readout (readout.js)."""

    def __init__(self, model: ViewModel) -> None:
        super().__init__()
        self.language = language()
        i18n.use(self.language)
        self.row = page_of(type(self))
        self.links = Links(root_path())
        self.status, self.fault = Component(), Component()
        self.verdict = VerdictLine(self.links)
        self.browser = Browser()
        self._model = model
        self._live: Live | None = None
        self._is_broken = False

    @abstractmethod
    def areas(self) -> dict[str, Any]:
        """Return the parts by the place they have on the page."""

    def prepare(self) -> Iterator[object]:
        """Make the parts that take long, each in a step; else they are made when first used."""
        yield from ()

    def read(self, query: Query) -> None:
        """Take the view of a query; a ValueError if it stands for none."""
        self._model.go_to(query)

    def url(self) -> str:
        """Return the URL of the view, relative to the page."""
        name = self.row.id_name
        place = component(getattr(self._model, name)) if name else self.row.path.rpartition("/")[2]
        return f"./{place}{query_string(self._model.view)}"

    def first(self) -> dict[str, Node]:
        """Return what the document itself has of some areas, by what is known already."""
        return {}

    def subject(self) -> str:
        """Return the name of what the page shows, for its title; empty without one."""
        return ""

    @abstractmethod
    def render(self) -> None:
        """Show what the model holds."""

    def build(self) -> Iterator[object]:
        """Build the page in the current document, in steps, and keep it up to date."""
        yield from self.prepare()
        doc = pn.state.curdoc
        arguments = {
            name: [value.decode("utf-8", "replace") for value in values]
            for name, values in pn.state.session_args.items()
        }
        self.read(arguments)
        self._live = live = Live(doc, self._model, self.show, self._show_verdict)
        doc.on_session_destroyed(lambda _: self._end(live))
        self.browser.enter(self.url(), self._model.view)
        self.browser.on_view(self.come_to)
        self.browser.on_visible(self._live.see)
        parts = {"fault": self.fault, **self.areas(), "browser": self.browser}
        first = {name: html(node) for name, node in self.first().items()}
        head = (self.status, self.verdict)
        live.start()
        yield from frame(doc, self.language, self.row, head, parts, first, self.charted)
        yield live.fill()

    def _end(self, live: Live) -> None:
        """Leave nothing that refers to itself: who looks for that stops everything meanwhile."""
        model = self._model
        live.end()
        self.__dict__.clear()
        if model.rests:
            model.__dict__.clear()

    def choose(self, **values: Any) -> None:
        """Set parameters of the model that the person chose, and show them in the URL.

        The model's address says whether that is a step of the browser's history.
        """
        self._model.param.update(**values)
        self._enter(step=self._model.address.is_step(values))

    def go_to(self, query: Query) -> None:
        """Show the view of a query that the person chose; a step of the browser's history."""
        self.read(query)
        self._enter()

    def come_to(self, view: View) -> None:
        """Show the view that the person went back or forward to; its address is shown already."""
        self.read(view)
        self.browser.enter(self.url(), self._model.view, is_shown=bool(view))

    def _enter(self, *, step: bool = True) -> None:
        self.browser.enter(self.url(), self._model.view, step=step)

    def _show_verdict(self) -> None:
        i18n.use(self.language)
        name = title(self.language, self.row, self.subject())
        self.verdict.update(self._model.verdict, clock.now(), name)

    def show(self) -> None:
        """Show what the model holds, or that it cannot be shown; that is logged once."""
        i18n.use(self.language)
        try:
            self.render()
        except Exception:
            if not self._is_broken:
                logger.exception("Page %s", self.row.name)
            self._is_broken = True
            self.fault.show(problem(_("Nothing can be shown now"), BROKEN))
        else:
            self._is_broken = False
            self.fault.show()
            self._show_verdict()
        self.browser.filled = True

    def __panel__(self) -> Any:
        return pn.Column(*self.areas().values(), sizing_mode="stretch_width")
