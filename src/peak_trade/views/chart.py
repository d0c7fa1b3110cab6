"""Equity as a line with its start value, drawdown as an area below it, on one axis of time.

Points are sampled on the server for the window that is shown, extremes kept; the line below says
so. Only new points are sent while the known ones stay the same.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import panel as pn
from bokeh.models import (
    ColumnDataSource,
    CrosshairTool,
    HoverTool,
    NumeralTickFormatter,
    Range1d,
)
from bokeh.models.annotations import Span
from bokeh.plotting import figure
from panel.viewable import Viewer

from peak_trade.contract.pages import Curve
from peak_trade.views import text
from peak_trade.views.elements import Part, h
from peak_trade.views.follow import FollowRange
from peak_trade.views.theme import tokens

Floats = npt.NDArray[np.float64]

HEADROOM: Final = 0.08
"""Free part of the vertical range above and below the line."""

HOVER: Final = [
    ("candle", "@time{%F %T} UTC"),
    ("equity", "@equity{0,0.00}"),
    ("drawdown", "@drawdown{0.00 %}"),
]


class EquityChart(Viewer):  # type: ignore[misc]  # panel is untyped
    """Two linked charts of one run."""

    def __init__(self) -> None:
        super().__init__()
        self.follow = FollowRange()
        self.caption = Part()
        self._source: Any = ColumnDataSource({"time": [], "equity": [], "drawdown": []})
        self._start: Any = Span(dimension="width", line_dash="dashed", level="underlay")
        self._equity, self._drawdown = self._figure(196), self._figure(112)
        self._draw()

    def __panel__(self) -> Any:
        charts = (self._equity, self._drawdown)
        panes = (pn.pane.Bokeh(chart, sizing_mode="stretch_width") for chart in charts)
        return pn.Column(*panes, self.caption, sizing_mode="stretch_width", margin=0)

    def clear(self) -> None:
        """Draw nothing."""
        self._replace({name: np.array([]) for name in ("time", "equity", "drawdown")})
        self._start.location = None
        self.caption.show()

    def update(self, curve: Curve, start_equity: float | None) -> None:
        """Draw this curve; `start_equity` is the hairline."""
        times = milliseconds(curve["times"])
        data = {"time": times, "equity": curve["equity"], "drawdown": curve["drawdown"]}
        self._replace(data)
        self._start.location = start_equity
        self.caption.show(h("p", drawn(curve["points"], curve["drawn"]), class_="caption"))
        if curve["begin"] is None or curve["end"] is None:
            return
        begin, end = milliseconds(np.array([curve["begin"], curve["end"]]))
        self.follow.extend(float(begin), float(end))
        seen = (times >= self.follow.range.start) & (times <= self.follow.range.end)
        if seen.any():
            fit(self._equity.y_range, curve["equity"][seen])
            fit(self._drawdown.y_range, np.append(curve["drawdown"][seen], 0.0), top=0.0)

    def _figure(self, height: int) -> Any:
        shown: Any = figure(
            height=height,
            sizing_mode="stretch_width",
            x_axis_type="datetime",
            x_range=self.follow.range,
            y_range=Range1d(start=0, end=1),
            tools="xpan,xwheel_zoom",
            active_drag="xpan",
            active_scroll="xwheel_zoom",
            toolbar_location=None,
            min_border_left=84,
            min_border_right=16,
            min_border_top=8,
            min_border_bottom=8,
        )
        shown.xgrid.visible = False
        shown.yaxis.ticker.desired_num_ticks = 4
        self.follow.attach(shown)
        return shown

    def _draw(self) -> None:
        color, source = tokens("dark"), self._source
        line = self._equity.line("time", "equity", source=source, line_width=2)
        area = self._drawdown.varea("time", 0, "drawdown", source=source, fill_alpha=0.35)
        edge = self._drawdown.line("time", "drawdown", source=source)
        # The browser takes the colours from its stylesheet, by these tags.
        line.glyph.update(line_color=color["accent"], tags=["accent"])
        area.glyph.update(fill_color=color["loss"], tags=["loss"])
        edge.glyph.update(line_color=color["loss"], tags=["loss"])
        self._equity.add_layout(self._start)
        self._equity.xaxis.visible = False
        self._equity.yaxis.formatter = NumeralTickFormatter(format="0,0.[00]")
        self._drawdown.yaxis.formatter = NumeralTickFormatter(format="0.[00] %")
        crosshair = Span(dimension="height")
        for shown, renderer in ((self._equity, line), (self._drawdown, edge)):
            hover = HoverTool(
                tooltips=HOVER,
                formatters={"@time": "datetime"},
                mode="vline",
                renderers=[renderer],
                line_policy="nearest",
            )
            shown.add_tools(hover, CrosshairTool(overlay=crosshair))

    def _replace(self, data: dict[str, Floats]) -> None:
        """Send only the new points if the known ones are still the first."""
        known = self._source.data
        count = len(known["time"])
        grown = 0 < count <= len(data["time"]) and all(
            np.array_equal(known[name], values[:count], equal_nan=True)
            for name, values in data.items()
        )
        if not grown:
            self._source.data = data
        elif count < len(data["time"]):
            self._source.stream({name: values[count:] for name, values in data.items()})


def milliseconds(times: npt.NDArray[np.datetime64]) -> Floats:
    """Return instants as milliseconds since 1970."""
    return times.astype("datetime64[us]").astype(np.int64) / 1000.0


def fit(shown: Any, values: Floats, top: float | None = None) -> None:
    """Make a vertical range show `values`; one that fits about well stays as it is."""
    values = values[~np.isnan(values)]
    if not values.size:
        return
    low, high = float(values.min()), float(values.max())
    space = (high - low) * HEADROOM or abs(high) * 0.001 or 0.001
    wanted = (low - space, high + space if top is None else top)
    covered = shown.start <= low and high <= shown.end
    if not covered or shown.end - shown.start > 2 * (wanted[1] - wanted[0]):
        shown.update(start=wanted[0], end=wanted[1])


def drawn(points: int, drawn_points: int) -> str:
    """Return the line that says what of the data is drawn."""
    if not points:
        return "no event has an equity"
    shown = text.count(min(points, drawn_points))
    return f"{text.count(points)} points, {shown} drawn, extremes kept; time of the candles, UTC"
