"""What small charts have in common: fixed ranges, quiet axes, colours from the stylesheet."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import panel as pn
from bokeh.models import Range1d
from bokeh.plotting import figure
from panel.viewable import Viewer

from peak_trade.views.kit.elements import Component
from peak_trade.views.kit.theme import CAPTION, tokens
from peak_trade.views.kit.time_axis import labels


class SmallChart(Viewer):  # type: ignore[misc]  # panel is untyped
    """One figure over time with a line of text below. Times are milliseconds since 1970, UTC.

    `name` is what its image is called.
    """

    def __init__(self, name: str, height: int) -> None:
        super().__init__()
        self.caption = Component()
        shown: Any = figure(
            name=name,
            height=height,
            sizing_mode="stretch_width",
            visible=False,
            x_axis_type="datetime",
            x_range=Range1d(start=0, end=1),
            y_range=Range1d(start=0, end=1),
            tools="",
            toolbar_location=None,
            min_border_left=48,
            min_border_right=32,
            min_border_top=8,
            min_border_bottom=8,
        )
        shown.xgrid.visible = False
        shown.xaxis[0].update(**labels())
        shown.yaxis.ticker.desired_num_ticks = 3
        self.figure = shown

    def __panel__(self) -> Any:
        pane = pn.pane.Bokeh(self.figure, sizing_mode="stretch_width")
        height = self.figure.height + CAPTION
        return pn.Column(
            pane, self.caption, sizing_mode="stretch_width", min_height=height, margin=0
        )

    def place(self, start: float, end: float, top: float) -> None:
        """Show this range of time, and values from 0 to `top`; what is shown already stays."""
        self.figure.visible = True
        move(self.figure.x_range, start, end)
        move(self.figure.y_range, 0.0, top)


def move(shown: Any, start: float, end: float) -> None:
    """Make a range what it should be, without sending anything if it is."""
    if (shown.start, shown.end) != (start, end):
        shown.update(start=start, end=end)


def paint(glyph: Any, token: str, *names: str) -> None:
    """Give parts of a glyph the colour of a token; the browser follows its theme, by the tag."""
    glyph.update(tags=[token], **dict.fromkeys(names, tokens("dark")[token]))


def milliseconds(moment: datetime) -> float:
    """Return an instant as milliseconds since 1970."""
    return moment.timestamp() * 1000
