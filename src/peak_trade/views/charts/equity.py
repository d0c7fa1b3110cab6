"""Equity as a line with its start value, drawdown as an area below it, on one axis of time.

Points are sampled on the server for the window that is shown, extremes kept; the line below says
so. Only new points are sent while the known ones stay the same.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import panel as pn
from bokeh.models import ColumnDataSource
from bokeh.models.annotations import Span
from panel.viewable import Viewer

from peak_trade.derive.curve import Curve
from peak_trade.i18n import _, mark
from peak_trade.views.charts.figures import (
    Data,
    bare,
    caption,
    entitle,
    fit,
    milliseconds,
    number_axis,
    send,
    time_figure,
)
from peak_trade.views.charts.follow import FollowRange
from peak_trade.views.kit import text
from peak_trade.views.kit.cache import Cache
from peak_trade.views.kit.elements import Component
from peak_trade.views.kit.states import empty
from peak_trade.views.kit.theme import CAPTION, tokens
from peak_trade.views.kit.time_axis import SECOND, hover

Ends = tuple[np.datetime64 | None, np.datetime64 | None]
"""Times of the first and of the last point."""

HOVER: Final = [
    (mark("candle"), f"@time{SECOND}"),
    (mark("equity"), "@equity{money}"),
    (mark("drawdown"), "@drawdown{0.00 %}"),
]


DRAWN: Final[Cache[Data]] = Cache(32)
"""What is drawn, by the address that gives it as data: pages that show the same share it."""


class EquityChart(Viewer):  # type: ignore[misc]  # panel is untyped
    """Two linked charts of one run."""

    def __init__(self) -> None:
        super().__init__()
        self.follow = FollowRange()
        self.caption = Component()
        self._source: Any = ColumnDataSource({"time": [], "equity": [], "drawdown": []})
        self._start: Any = Span(dimension="width", line_dash="dashed", level="underlay")
        self._equity, self._drawdown = (
            time_figure(self.follow, height, name)
            for height, name in ((212, "equity"), (132, "drawdown"))
        )
        self._dot: Any = None
        self._draw()

    def __panel__(self) -> Any:
        charts = (self._equity, self._drawdown)
        panes = (pn.pane.Bokeh(chart, sizing_mode="stretch_width") for chart in charts)
        height = sum(chart.height for chart in charts) + CAPTION
        return pn.Column(
            *panes, self.caption, sizing_mode="stretch_width", min_height=height, margin=0
        )

    def clear(self) -> None:
        """Draw nothing, no axes either."""
        send(self._source, {name: np.array([]) for name in ("time", "equity", "drawdown")})
        self._start.location = None
        self._equity.visible = self._drawdown.visible = False
        self.caption.show()

    def update(
        self,
        curve: Curve,
        start_equity: float | None,
        ends: Ends | None,
        address: str,
        currency: str,
    ) -> None:
        """Draw this curve, which `address` gives as data.

        `start_equity` is the hairline, `ends` are those of other charts, `currency` is the unit.
        """
        first, last = ends or (curve["begin"], curve["end"])
        if first is None or last is None:
            self.clear()
            why = _("No event with a time has been written yet.")
            self.caption.show(empty(_("Nothing to draw"), why))
            return
        entitle(self._equity, _("Equity"), currency)
        entitle(self._drawdown, _("Drawdown"))
        data = DRAWN.get(address, curve, lambda: prepared(curve))
        times = data["time"]
        send(self._source, data)
        self._start.location = start_equity
        self._dot.visible = times.size == 1  # a line of one point is no line
        line = drawn(curve["points"], curve["drawn"])
        self.caption.show_of(
            curve,
            ("curve caption", address),
            lambda: [caption(line, "equity", "drawdown", data=address)],
        )
        begin, end = milliseconds(np.array([first, last]))
        self.follow.extend(float(begin), float(end))
        seen = (times >= self.follow.range.start) & (times <= self.follow.range.end)
        if seen.any():
            fit(self._equity.y_range, curve["equity"][seen])
            fit(self._drawdown.y_range, np.append(curve["drawdown"][seen], 0.0), top=0.0)

    def _draw(self) -> None:
        color, source = tokens("dark"), self._source
        line = bare(self._equity.line("time", "equity", source=source, line_width=2))
        self._dot = bare(self._equity.scatter("time", "equity", source=source, size=6))
        area = bare(self._drawdown.varea("time", 0, "drawdown", source=source, fill_alpha=0.35))
        edge = bare(self._drawdown.line("time", "drawdown", source=source))
        # The browser takes the colours from its stylesheet, by these tags.
        line.glyph.update(line_color=color["accent"], tags=["accent"])
        self._dot.update(visible=False)
        self._dot.glyph.update(
            line_color=color["accent"], fill_color=color["accent"], tags=["accent"]
        )
        area.glyph.update(fill_color=color["loss"], tags=["loss"])
        edge.glyph.update(line_color=color["loss"], tags=["loss"])
        self._equity.add_layout(self._start)
        self._equity.xaxis.visible = False
        number_axis(self._equity)
        number_axis(self._drawdown, "%")
        for shown, renderer in ((self._equity, line), (self._drawdown, edge)):
            shown.add_tools(hover(HOVER, [renderer], "vline"))


def prepared(curve: Curve) -> Data:
    """Return what the source holds of a curve."""
    times = milliseconds(curve["times"])
    return {"time": times, "equity": curve["equity"], "drawdown": curve["drawdown"]}


def drawn(points: int, drawn_points: int) -> str:
    """Return the line that says what of the data is drawn."""
    if not points:
        return _("no event has an equity")
    shown = text.count(min(points, drawn_points))
    return _("%(points)s, %(drawn)s drawn, extremes kept; time of the candles") % {
        "points": text.plural(points, "%s point", "%s points"),
        "drawn": shown,
    }
