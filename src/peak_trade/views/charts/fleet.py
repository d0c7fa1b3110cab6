"""Many runs by return over drawdown: one by one, or how many there are where they are too many."""

from __future__ import annotations

from collections.abc import Sequence
from math import log1p, sqrt
from typing import Any, Final

import numpy as np
import panel as pn
from bokeh.models import ColumnDataSource, NumeralTickFormatter, Quad, Range1d, Scatter
from bokeh.plotting import figure
from panel.viewable import Viewer

from peak_trade.contract.fleet.summary import FleetDensity, FleetPoint, FleetSummary
from peak_trade.i18n import _, mark
from peak_trade.views.charts.away import Image, Table, caption
from peak_trade.views.charts.figures import LEFT, draw, drawable
from peak_trade.views.charts.small import move, paint
from peak_trade.views.kit import text
from peak_trade.views.kit.elements import Component, Node, h
from peak_trade.views.kit.states import empty
from peak_trade.views.kit.theme import CAPTION
from peak_trade.views.kit.time_axis import hover

TONES: Final = {
    "accent": ("circle", "\N{BLACK CIRCLE}"),
    "shadow": ("square", "\N{BLACK SQUARE}"),
    "warn": ("triangle", "\N{BLACK UP-POINTING TRIANGLE}"),
    "gain": ("diamond", "\N{BLACK DIAMOND}"),
    "loss": ("inverted_triangle", "\N{BLACK DOWN-POINTING TRIANGLE}"),
    "muted": ("x", "\N{MULTIPLICATION X}"),
}
"""Colour and shape of a strategy, and the sign of that shape; all but the first five share one."""

LEAST, MOST = 5.0, 18.0
"""Size of a mark in pixels, by the number of trades."""

FAINT: Final = 0.12
HEIGHT: Final = 320
ROOM: Final = 0.04
POINT: Final = [
    (mark("run"), "@run"),
    (mark("strategy"), "@strategy"),
    (mark("return"), "@return{0.00%}"),
    (mark("max drawdown"), "@drawdown{0.00%}"),
    (mark("trades"), "@trades{0,0}"),
]
CELL: Final = [
    (mark("runs"), "@runs{0,0}"),
    (mark("return"), "@bottom{0.0%} … @top{0.0%}"),
    (mark("max drawdown"), "@left{0.0%} … @right{0.0%}"),
]
Columns = dict[str, Any]


class FleetChart(Viewer):  # type: ignore[misc]  # panel is untyped
    """Return over the deepest drawdown."""

    def __init__(self) -> None:
        super().__init__()
        self.legend, self.caption = Component(), Component()
        shown: Any = figure(
            name="fleet",
            height=HEIGHT,
            sizing_mode="stretch_width",
            visible=False,
            x_range=Range1d(start=-1, end=0),
            y_range=Range1d(start=-1, end=1),
            tools="",
            toolbar_location=None,
            min_border_left=LEFT,
            min_border_right=32,
            min_border_top=8,
            min_border_bottom=8,
        )
        for axis, label in ((shown.xaxis, _("max drawdown")), (shown.yaxis, _("return"))):
            axis.update(formatter=NumeralTickFormatter(format="0,0 %"), axis_label=label)
            # On a phone labels would stand on the cells.
            tags = ["axis_label_text_color:muted", "outside"]
            axis.update(axis_label_text_font_style="normal", tags=tags)
        self._points = [ColumnDataSource(point_columns([])) for _tone in TONES]
        self._cells = ColumnDataSource(cell_columns(None))
        marks = []
        for source, (tone, (shape, _sign)) in zip(self._points, TONES.items(), strict=True):
            at = {"x": "drawdown", "y": "return", "size": "size"}
            drawn = draw(shown, Scatter, source, **at, marker=shape, fill_alpha=0.45)
            paint(drawn.glyph, tone, "fill_color", "line_color")
            marks.append(drawn)
        sides = {side: side for side in ("left", "right", "bottom", "top")}
        cells = draw(shown, Quad, self._cells, **sides, fill_alpha="share", line_width=0)
        paint(cells.glyph, "accent", "fill_color", "line_color")
        shown.add_tools(hover(POINT, marks), hover(CELL, [cells]))
        self.figure = shown

    def __panel__(self) -> Any:
        pane = pn.pane.Bokeh(self.figure, sizing_mode="stretch_width")
        return pn.Column(
            self.legend,
            pane,
            self.caption,
            sizing_mode="stretch_width",
            min_height=HEIGHT + CAPTION,
            margin=0,
        )

    def update(self, found: FleetSummary, address: str) -> None:
        """Draw the runs that match; `address` is where they are as data."""
        names = [group["name"] for group in found["by_strategy"]][: len(TONES) - 1]
        kinds: list[list[FleetPoint]] = [[] for _tone in TONES]
        for point in found["points"]:
            name = point["strategy"]
            kinds[names.index(name) if name in names else len(names)].append(point)
        for source, points in zip(self._points, kinds, strict=True):
            _send(source, point_columns(points))
        density = found["density"]
        _send(self._cells, cell_columns(density))
        self.figure.visible = bool(found["points"] or density)
        if not self.figure.visible:
            self.legend.show()
            why = _("None of these runs has a return and a drawdown.")
            self.caption.show(empty(_("Nothing to draw"), why))
            return
        self._fit(found)
        self.legend.show(_scale() if density else _legend(names, kinds))
        runs = sum(map(sum, density["counts"])) if density is not None else len(found["points"])
        line = text.plural(runs, "%s run", "%s runs")
        more = (
            _("%s: too many for points; the fuller a cell, the more; outliers at the edges")
            if density
            else _("%s: return over the deepest drawdown, size by trades")
        )
        table = Table(_("runs"), address, "density" if density else "points")
        self.caption.show(caption(more % line, Image(("fleet",)), table))

    def _fit(self, found: FleetSummary) -> None:
        density, points = found["density"], found["points"]
        if density is not None:
            across, down = density["drawdowns"], density["returns"]
        else:
            across = [point["max_drawdown"] for point in points]
            down = [point["total_return"] for point in points]
        for shown, values in ((self.figure.x_range, across), (self.figure.y_range, down)):
            low, high = drawable(min(values)), drawable(max(values))
            room = (high - low) * ROOM or 0.01
            move(shown, low - room, high + room)


def point_columns(points: Sequence[FleetPoint]) -> Columns:
    """Return runs as columns for drawing."""
    most = max((point["trades"] for point in points), default=0) or 1
    return {
        "run": [point["run_id"] for point in points],
        "strategy": [point["strategy"] for point in points],
        "return": [point["total_return"] for point in points],
        "drawdown": [point["max_drawdown"] for point in points],
        "trades": [point["trades"] for point in points],
        "size": [LEAST + (MOST - LEAST) * sqrt(max(p["trades"], 0) / most) for p in points],
    }


def cell_columns(density: FleetDensity | None) -> Columns:
    """Return the cells of a density that have a run as columns for drawing."""
    names = ("left", "right", "bottom", "top", "runs", "share")
    if density is None:
        return {name: [] for name in names}
    counts = np.array(density["counts"])
    x, y = np.nonzero(counts)
    across, down = np.array(density["drawdowns"]), np.array(density["returns"])
    runs = counts[x, y]
    share = FAINT + (1 - FAINT) * np.log1p(runs) / log1p(int(runs.max()))
    values = (across[x], across[x + 1], down[y], down[y + 1], runs, share)
    return {name: column.tolist() for name, column in zip(names, values, strict=True)}


def _send(source: Any, columns: Columns) -> None:
    if source.data != columns:
        source.data = columns


def _scale() -> Node:
    return h("p", _("Each cell: runs with this return and drawdown"), class_="caption line")


def _legend(names: Sequence[str], kinds: Sequence[Sequence[FleetPoint]]) -> Node:
    """Return which sign is which strategy."""
    labels = [*names, _("all others")]
    signs = (
        h(
            "span",
            h("i", sign, aria_hidden="true", data_tone=tone),
            f" {name or text.NONE}",
            class_="strategy",
            key=name,
        )
        for name, points, (tone, (_shape, sign)) in zip(labels, kinds, TONES.items(), strict=False)
        if points
    )
    return h("p", *signs, class_="caption line fleet-legend")
