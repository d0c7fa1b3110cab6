"""Charts of the user's own on the page of a run: each in a card, with its failures."""

from __future__ import annotations

import logging
from typing import Any, Final

import panel as pn
from bokeh.core.property.validation import validate
from bokeh.model import Model
from panel.viewable import Viewable, Viewer

from peak_trade.i18n import _, mark
from peak_trade.models.run import RunModel
from peak_trade.views.kit.elements import Component, h
from peak_trade.views.kit.registered import Draw, registered
from peak_trade.views.kit.states import problem
from peak_trade.views.kit.theme import CARD

WHY: Final = mark("Its function raised an error; the rest of the page is not touched by it.")
LONGEST: Final = 1000
"""Characters of an error that are shown; the log of the server has all of it."""

log = logging.getLogger(__name__)


class OwnCharts(Viewer):  # type: ignore[misc]  # panel is untyped
    """The charts that are registered when the page is built."""

    def __init__(self) -> None:
        super().__init__()
        self.charts = [OwnChart(title, draw) for title, draw in registered()]
        self._is_placed = False

    def __panel__(self) -> Any:
        self._is_placed = True
        return pn.Column(*self.charts, sizing_mode="stretch_width", margin=0)

    def update(self, run: RunModel) -> None:
        """Draw what is new of the run, if anybody sees it."""
        if self._is_placed:
            for chart in self.charts:
                chart.update(run)

    def clear(self) -> None:
        """Draw nothing."""
        for chart in self.charts:
            chart.clear()


class OwnChart(Viewer):  # type: ignore[misc]  # panel is untyped
    """What one function gives, below its title."""

    def __init__(self, title: str, draw: Draw) -> None:
        super().__init__()
        self._title, self._draw = title, draw
        self._head, self._fault = Component(), Component()
        self._body: Any = pn.Column(margin=0, sizing_mode="stretch_width")
        self._drawn: object = None
        self._why = ""
        self._card = pn.Column(
            self._head,
            self._body,
            self._fault,
            sizing_mode="stretch_width",
            margin=(0, 0, 16, 0),
            styles=CARD,
        )

    def __panel__(self) -> Any:
        return self._card

    def update(self, run: RunModel) -> None:
        """Draw the run again if what is drawn of it is new; a failure takes the place of it."""
        if run.chart is self._drawn:
            return
        self._drawn = run.chart
        self._head.show(h("h2", self._title, class_="own"))
        try:
            with validate(True):  # pages leave it out for what is theirs
                self._body.objects = [pn.panel(_shown(self._draw(run)))]
        except Exception as error:
            why = f"{type(error).__name__}: {error}"
            if why != self._why:  # the same failure is logged once
                log.exception("Chart %r", self._title)
            self._fail(why)
        else:
            self._why = ""
            self._fault.show()

    def clear(self) -> None:
        """Draw nothing."""
        self._drawn = None
        self._body.objects = []
        self._head.show()
        self._fault.show()

    def _fail(self, why: str) -> None:
        """Show why there is no chart."""
        self._why = why
        self._body.objects = []
        told = problem(_("This chart cannot be shown"), WHY)
        self._fault.show(told, h("pre", why[:LONGEST], class_="own"))


def _shown(given: object) -> Any:
    """Return what a function gave, if it can hold no markup by accident.

    Raises
    ------
    TypeError
        If it is neither of Bokeh nor of Panel: Panel would take a text for markup.
    """
    if isinstance(given, (Model, Viewable, Viewer)):
        return given
    raise TypeError(f"a chart is a Bokeh figure or an object of Panel, not {type(given).__name__}")
