"""Equity as a line with its start value, drawdown as an area below it, on one axis of time.

Points are sampled on the server for the window that is shown, extremes kept; the line below says
so. Only new points are sent while the known ones stay the same.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import panel as pn
from bokeh.models import ColumnDataSource, Line, Scatter, VArea
from bokeh.models.annotations import Span
from panel.viewable import Viewer

from peak_trade.contract.pages.run_chart import PriceChart
from peak_trade.derive.curve import Curve
from peak_trade.derive.gaps import Gaps, broken
from peak_trade.i18n import _
from peak_trade.views.charts.away import Image, Table, caption
from peak_trade.views.charts.figures import (
    CENTS,
    NO_GAPS,
    Data,
    GapLabels,
    LastValue,
    between,
    draw,
    empty_source,
    entitle,
    fit,
    milliseconds,
    number_axis,
    send,
    strips,
    time_figure,
)
from peak_trade.views.charts.follow import FollowRange
from peak_trade.views.charts.price import SEPARATOR
from peak_trade.views.charts.price import drawn as drawn_of_price
from peak_trade.views.kit import text
from peak_trade.views.kit.cache import Cache
from peak_trade.views.kit.elements import Component
from peak_trade.views.kit.states import empty
from peak_trade.views.kit.theme import CAPTION, tokens

Ends = tuple[np.datetime64 | None, np.datetime64 | None]
"""Times of the first and of the last point."""

HEIGHTS: Final = {"equity": 128, "drawdown": 104}

DRAWN: Final[Cache[Data]] = Cache(32)
"""What is drawn, by the address that gives it as data: pages that show the same share it."""


class EquityChart(Viewer):  # type: ignore[misc]  # panel is untyped
    """Two linked charts of one run."""

    def __init__(self) -> None:
        super().__init__()
        self.follow = FollowRange()
        self.caption = Component()
        columns: dict[str, Any] = {"time": [], "equity": [], "drawdown": []}
        self._source: Any = ColumnDataSource(columns, name="curve")
        self._gaps: Any = empty_source("gaps", "first", "last", "begin", "end")
        self._start: Any = Span(dimension="width", line_dash="dashed", level="underlay")
        self._equity, self._drawdown = (
            time_figure(self.follow, height, name) for name, height in HEIGHTS.items()
        )
        self._last = {
            "equity": LastValue(self._equity),
            "drawdown": LastValue(self._drawdown, CENTS),
        }
        self._dot: Any = None
        self._labels = GapLabels(self._equity)
        self._draw()

    def __panel__(self) -> Any:
        charts = (self._equity, self._drawdown)
        panes = (pn.pane.Bokeh(chart, sizing_mode="stretch_width") for chart in charts)
        height = sum(HEIGHTS.values()) + CAPTION
        return pn.Column(
            *panes, self.caption, sizing_mode="stretch_width", min_height=height, margin=0
        )

    def pane(self, name: str) -> Any:
        """Return one of the charts by itself: `equity` or `drawdown`."""
        chart = {"equity": self._equity, "drawdown": self._drawdown}[name]
        self.follow.label(chart)
        return pn.pane.Bokeh(chart, sizing_mode="stretch_width")

    def clear(self) -> None:
        """Draw nothing, no axes either."""
        send(self._source, {name: np.array([]) for name in ("time", "equity", "drawdown")})
        for label in self._last.values():
            label.show(np.array([]))
        self._show_gaps(NO_GAPS, 0.0, labelled=False)
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
        *others: Table,
        image: Image,
        gaps: Gaps,
        beside: PriceChart | None = None,
    ) -> None:
        """Draw this curve, which `address` gives as data.

        `start_equity` is the hairline, `ends` are those of other charts, `currency` is the unit,
        `others` is what else can be taken away, as this `image` or as tables. The curve is broken
        by `gaps`. `beside` is the price on the same axis of time: it says the gaps, and there is
        room for its candles.
        """
        first, last = ends or (curve["begin"], curve["end"])
        if first is None or last is None:
            self.clear()
            why = _("No event with a time has been written yet.")
            self.caption.show(empty(_("Nothing to draw"), why))
            return
        entitle(self._equity, _("Equity"), currency)
        entitle(self._drawdown, _("Drawdown"))
        data = DRAWN.get(address, curve, lambda: prepared(curve, gaps))
        times = milliseconds(curve["times"])
        send(self._source, data)
        self._last["equity"].show(data["equity"], currency)
        self._last["drawdown"].show(data["drawdown"])
        self._start.location = start_equity
        self._dot.visible = times.size == 1  # a line of one point is no line
        lines = [drawn(curve["points"], curve["drawn"])]
        if beside:
            lines.insert(0, drawn_of_price(beside))
        points = _("equity and drawdown, drawn points (%s)") % text.count(curve["drawn"])
        self.caption.show_of(
            curve,
            ("curve caption", address, image, others),
            lambda: [caption(SEPARATOR.join(lines), image, Table(points, address), *others)],
        )
        begin, end = milliseconds(np.array([first, last]))
        room = beside["seconds"] * 500 if beside and beside["candles"].size else 0.0
        self._show_gaps(gaps, room, labelled=beside is None)
        self.follow.extend(float(begin), float(end), room)
        seen = (times >= self.follow.range.start) & (times <= self.follow.range.end)
        if seen.any():
            fit(self._equity, curve["equity"][seen])
            fallen = curve["drawdown"][seen]
            fit(self._drawdown, np.append(fallen, 0.0) if fallen.any() else fallen, top=0.0)

    def _show_gaps(self, gaps: Gaps, room: float, *, labelled: bool) -> None:
        data = between(gaps, room)
        send(self._gaps, data)
        shown = data if labelled else between(NO_GAPS, room)
        self._labels.show(shown["first"], shown["last"])

    def _draw(self) -> None:
        color, source = tokens("dark"), self._source
        line = draw(self._equity, Line, source, x="time", y="equity", line_width=2)
        self._dot = draw(self._equity, Scatter, source, x="time", y="equity", size=6)
        below = {"y1": 0, "y2": "drawdown", "fill_alpha": 0.35}
        area = draw(self._drawdown, VArea, source, x="time", **below)
        edge = draw(self._drawdown, Line, source, x="time", y="drawdown")
        # The browser takes the colours from its stylesheet, by these tags.
        line.glyph.update(line_color=color["accent"], tags=["accent"])
        self._dot.update(visible=False)
        self._dot.glyph.update(
            line_color=color["accent"], fill_color=color["accent"], tags=["accent"]
        )
        area.glyph.update(fill_color=color["loss"], tags=["loss"])
        edge.glyph.update(line_color=color["loss"], tags=["loss"])
        for shown in (self._equity, self._drawdown):
            strips(shown, self._gaps)
        self._equity.add_layout(self._start)
        self.follow.label(self._drawdown)
        number_axis(self._equity)
        number_axis(self._drawdown, "%")
        self._drawdown.left[0].ticker.desired_num_ticks = 3


def prepared(curve: Curve, found: Gaps) -> Data:
    """Return what the source holds of a curve: NaN where the line is broken by a gap."""
    times = milliseconds(curve["times"])
    data = {"time": times, "equity": curve["equity"], "drawdown": curve["drawdown"]}
    return broken(curve["times"], found, data)


def drawn(points: int, drawn_points: int) -> str:
    """Return the line that says what of the data is drawn."""
    if not points:
        return _("no event has an equity")
    shown = text.count(min(points, drawn_points))
    return _("%(points)s, %(drawn)s drawn, extremes kept; time of the candles") % {
        "points": text.plural(points, "%s point", "%s points"),
        "drawn": shown,
    }
