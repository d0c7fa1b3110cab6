"""Curves of several runs over each other, along time or along the number of the bar."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Literal

import numpy as np
import panel as pn
from bokeh.models import ColumnDataSource, Range1d
from bokeh.plotting import figure
from panel.viewable import Viewer

from peak_trade.contract.pages.compare import MAX_RUNS, ComparePayload
from peak_trade.i18n import _, mark
from peak_trade.views.charts.away import Image, Table, caption
from peak_trade.views.charts.figures import (
    HEADROOM,
    UNTITLED,
    bare,
    entitle,
    fit,
    number_axis,
    send,
)
from peak_trade.views.kit import text
from peak_trade.views.kit.elements import Component
from peak_trade.views.kit.theme import CARD, tokens
from peak_trade.views.kit.time_axis import SECOND, hover, labels

LETTERS: Final = "ABCDEF"
TONES: Final = ("accent", "loss", "gain", "shadow", "warn", "muted")
DASHES: Final = ("solid", "dashed", "dotted", "dotdash", "dashdot", "solid")
COLUMNS: Final = ("time", "bar", "value")


class Curves(Viewer):  # type: ignore[misc]  # panel is untyped
    """One line a run, each with its letter, colour and dashes."""

    def __init__(self) -> None:
        super().__init__()
        self.caption = Component()
        self._sources: list[Any] = [
            ColumnDataSource({name: [] for name in COLUMNS}) for _ in range(MAX_RUNS)
        ]
        self._figures = {"time": self._figure("time", "datetime"), "bar": self._figure("bar")}
        self._fitted: object = None
        panes = (
            pn.pane.Bokeh(shown, sizing_mode="stretch_width") for shown in self._figures.values()
        )
        self._card = pn.Column(
            *panes, self.caption, sizing_mode="stretch_width", margin=0, styles=CARD
        )

    def __panel__(self) -> Any:
        return self._card

    def update(self, comparison: ComparePayload, by: str, scale: str, address: str) -> None:
        """Draw the curves of these runs, which `address` gives as data; without any, nothing."""
        curves = comparison["curves"]
        self._card.visible = bool(curves)
        for name, shown in self._figures.items():
            shown.visible = name == by
        for place, source in enumerate(self._sources):
            send(source, points(curves[place]) if place < len(curves) else NO_POINTS)
        self._fit([run["run_id"] for run in comparison["runs"]], by, scale)
        drawn = sum(len(curve["values"]) for curve in curves)
        total = sum(run["points"] for run in comparison["runs"])
        currencies = {run["currency"] for run in comparison["runs"]}
        common = currencies.pop() if scale != "start" and len(currencies) == 1 else ""
        entitle(self._figures[by], _("Equity"), common)
        unit = _("each run begins at 100") if scale == "start" else _("as stored")
        along = _("time of the candles") if by == "time" else _("number of the bar")
        counts = _("%(points)s, %(drawn)s drawn, extremes kept") % {
            "points": text.plural(total, "%s point", "%s points"),
            "drawn": text.count(drawn),
        }
        line = f"{counts}; {unit}; {along}"
        image = Image((f"compare by {by}",), _("Equity"), "compare")
        label = _("curves, drawn points (%s)") % text.count(drawn)
        self.caption.show(caption(line, image, Table(label, address)))

    def _fit(self, names: list[str], by: str, scale: str) -> None:
        """Show all of a new choice; the range of a known one stays as the person put it."""
        if self._fitted == (names, by, scale):
            return
        self._fitted = (names, by, scale)
        shown = self._figures[by]
        along, values = (
            np.concatenate([source.data[column] for source in self._sources])
            for column in (by, "value")
        )
        fit(shown, values)
        known = along[~np.isnan(along)]
        if known.size:
            room = (known.max() - known.min()) * HEADROOM / 2 or 1.0
            shown.x_range.update(start=known.min() - room, end=known.max() + room)

    def _figure(self, by: str, axis: Literal["linear", "datetime"] = "linear") -> Any:
        shown: Any = figure(
            name=f"compare by {by}",
            height=320,
            sizing_mode="stretch_width",
            visible=False,
            title=UNTITLED,
            x_axis_type=axis,
            x_range=Range1d(start=0, end=1),
            y_range=Range1d(start=0, end=1),
            tools="xpan,xwheel_zoom",
            active_drag="xpan",
            active_scroll="xwheel_zoom",
            toolbar_location=None,
            min_border_left=84,
            min_border_right=32,
            min_border_top=8,
        )
        shown.xgrid.visible = False
        if axis == "datetime":
            shown.xaxis[0].update(**labels())
        number_axis(shown)
        place = (mark("time"), f"@time{SECOND}") if by == "time" else (mark("bar"), "@bar{0,0}")
        for source, letter, tone, dash in zip(self._sources, LETTERS, TONES, DASHES, strict=True):
            line = bare(shown.line(by, "value", source=source, line_width=2, line_dash=dash))
            # The browser takes the colours from its stylesheet, by these tags.
            line.glyph.update(line_color=tokens("dark")[tone], tags=[tone])
            shown.add_tools(hover([(letter, "@value{money}"), place], [line]))
        return shown


def points(curve: Any) -> dict[str, Any]:
    """Return a curve as columns for drawing."""
    times = [datetime.fromisoformat(moment).timestamp() * 1000 for moment in curve["times"]]
    columns = (times, curve["bars"], curve["values"])
    return {
        name: np.array(values, dtype=np.float64)
        for name, values in zip(COLUMNS, columns, strict=True)
    }


NO_POINTS: Final = points({"times": [], "bars": [], "values": []})
