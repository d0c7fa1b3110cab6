"""Curves of several runs over each other: equity, drawdown and position.

They run along time, along the time since each run began, or along the number of the bar.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import numpy as np
import panel as pn
from bokeh.models import (
    ColumnDataSource,
    CrosshairTool,
    DatetimeAxis,
    Line,
    LinearAxis,
    NumeralTickFormatter,
    Range1d,
    Step,
    Text,
)
from bokeh.models.annotations import Span
from bokeh.plotting import figure
from panel.viewable import Viewer

from peak_trade.contract.pages.compare import MAX_RUNS, ComparedCurve, ComparePayload
from peak_trade.derive.arrays import Floats
from peak_trade.derive.symbols import base_currency
from peak_trade.i18n import _, mark
from peak_trade.views.charts.away import Image, Table, caption
from peak_trade.views.charts.figures import (
    HEADROOM,
    LEFT,
    UNTITLED,
    Data,
    GapLabels,
    draw,
    drawable,
    entitle,
    fit,
    number_axis,
    send,
)
from peak_trade.views.charts.letters import shifts
from peak_trade.views.kit import text
from peak_trade.views.kit.elements import Component
from peak_trade.views.kit.theme import CAPTION, CARD, tokens
from peak_trade.views.kit.time_axis import labels

LETTERS: Final = "ABCDEF"
TONES: Final = ("accent", "loss", "gain", "shadow", "warn", "muted")
DASHES: Final = ("solid", "dashed", "dotted", "dotdash", "dashdot", "solid")
ALONG: Final = {
    "time": ("time", mark("time of the candles")),
    "elapsed": ("hours", mark("hours since the first point of each run")),
    "bar": ("bar", mark("number of the bar")),
}
"""What curves run along: the column, and what it is."""

PANES: Final = {"value": 260, "drawdown": 108, "position": 92}
"""What is drawn from the top, with the height of its figure."""

SHIFTS: Final = {name: f"{name} shift" for name in PANES}
"""Column that says by how many pixels a letter stands below the end of its curve."""

AROUND: Final = 36
"""Pixels of a pane above and below its frame."""

LETTER: Final = 8
"""Pixels that a letter takes above and below the end of its curve."""

COLUMNS: Final = ("time", "hours", "bar", *PANES, "held")
"""`held` is the position in its unit, which the readout says, however it is drawn."""


class Curves(Viewer):  # type: ignore[misc]  # panel is untyped
    """One line a run in each pane, each with its letter, colour and dashes."""

    def __init__(self) -> None:
        super().__init__()
        self.caption = Component()
        self._sources: list[Any] = [
            ColumnDataSource({name: [] for name in COLUMNS}, name=letter) for letter in LETTERS
        ]
        names = (*COLUMNS, "letter", *SHIFTS.values())
        self._ends: list[Any] = [
            ColumnDataSource({name: [] for name in names}) for _ in range(MAX_RUNS)
        ]
        self._along: Any = Range1d(start=0, end=1)
        self._crosshair: Any = Span(dimension="height")
        self._glyphs: list[Any] = []
        self._figures = {name: self._figure(name, height) for name, height in PANES.items()}
        self._gaps = GapLabels(self._figures["value"])
        self._fitted: object = None
        panes = (
            pn.pane.Bokeh(shown, sizing_mode="stretch_width") for shown in self._figures.values()
        )
        self._card = pn.Column(
            *panes,
            self.caption,
            sizing_mode="stretch_width",
            min_height=sum(PANES.values()) + CAPTION,
            margin=0,
            styles=CARD,
        )

    def __panel__(self) -> Any:
        return self._card

    def update(self, comparison: ComparePayload, by: str, scale: str, address: str) -> None:
        """Draw the curves of these runs, which `address` gives as data; without any, nothing."""
        curves = comparison["curves"]
        unlike = of_unlike_assets(comparison)
        self._card.visible = bool(curves)
        for place, source in enumerate(self._sources):
            data = points(curves[place]) if place < len(curves) else NO_POINTS
            send(source, shared(data) if unlike else data)
        self._lie_along(by)
        self._fit(by, ([run["run_id"] for run in comparison["runs"]], by, scale, unlike))
        self._letter(ALONG[by][0])
        self._say_gaps(curves if by == "time" else [])
        currencies = {run["currency"] for run in comparison["runs"]}
        of_one = scale != "start" and len(currencies) == 1
        told = [f"along {ALONG[by][0]}", *(["unlike"] if scale != "start" and not of_one else [])]
        entitle(self._figures["value"], _("Equity"), min(currencies) if of_one else "", *told)
        entitle(self._figures["drawdown"], _("Drawdown"))
        held = self._figures["position"]
        held.left[0].formatter.format = "0,0 %" if unlike else "0,0"
        if unlike:
            entitle(held, _("Position, share of the greatest of each run"), "", "share")
        else:
            entitle(held, _("Position"))
        self.caption.show(self._caption(comparison, by, scale, address))

    def _caption(self, comparison: ComparePayload, by: str, scale: str, address: str) -> Any:
        drawn = sum(len(curve["values"]) for curve in comparison["curves"])
        total = sum(run["points"] for run in comparison["runs"])
        unit = _("each run begins at 100") if scale == "start" else _("as stored")
        names = tuple(shown.name for shown in self._figures.values())
        label = _("curves, drawn points (%s)") % text.count(drawn)
        along = ALONG[by][1]
        line = f"{text.drawn(total, drawn)}; {unit}; {_(along)}"
        return caption(line, Image(names, _("Equity"), "compare"), Table(label, address))

    def _say_gaps(self, curves: Sequence[ComparedCurve]) -> None:
        """Label the gaps, in the order of time, each by the letter of its run."""
        gaps = sorted(
            (*milliseconds_of(ends), letter)
            for curve, letter in zip(curves, LETTERS, strict=False)
            for ends in curve["gaps"]
        )
        first, last, letters = zip(*gaps, strict=True) if gaps else ((), (), ())
        self._gaps.show(np.array(first), np.array(last), letters)

    def _letter(self, column: str) -> None:
        """Put each letter to the end of its curve, those of one place above each other."""
        last = {name: [last_of(one.data[name]) for one in self._sources] for name in COLUMNS}
        across = np.array(last[column]) / (self._along.end - self._along.start)
        for name, height in PANES.items():
            axis = self._figures[name].y_range
            up = np.array(last[name]) / ((axis.end - axis.start) / (height - AROUND))
            last[SHIFTS[name]] = (-shifts(across, up)).tolist()
        for place, end in enumerate(self._ends):
            shown = slice(place, place + 1 if len(self._sources[place].data["time"]) else place)
            data: dict[str, list[Any]] = {name: values[shown] for name, values in last.items()}
            data["letter"] = list(LETTERS[shown])
            if end.data != data:
                end.data = data

    def _lie_along(self, by: str) -> None:
        column = ALONG[by][0]
        for glyph in self._glyphs:
            if glyph.x != column:
                glyph.x = column
        for shown in self._figures.values():
            lowest = shown is self._figures["position"]
            times, numbers = shown.below
            times.visible, numbers.visible = lowest and by == "time", lowest and by != "time"

    def _fit(self, by: str, choice: object) -> None:
        """Show all of a new choice; the range of a known one stays as the person put it."""
        if self._fitted == choice:
            return
        self._fitted = choice
        whole = {
            name: np.concatenate([np.asarray(source.data[name]) for source in self._sources])
            for name in COLUMNS
        }
        for name, shown in self._figures.items():
            fit(shown, with_room(whole[name], PANES[name]))
        along = whole[ALONG[by][0]]
        along = along[~np.isnan(along)]
        if along.size:
            room = float(np.ptp(along)) * HEADROOM / 2 or 1.0
            self._along.update(start=along.min() - room, end=along.max() + 2 * room)

    def _figure(self, name: str, height: int) -> Any:
        shown: Any = figure(
            name=f"compare {name}",
            height=height,
            sizing_mode="stretch_width",
            visible=False,
            title=UNTITLED,
            x_axis_type=None,
            x_range=self._along,
            y_range=Range1d(start=0, end=1),
            tools="xpan,xwheel_zoom",
            active_drag="xpan",
            active_scroll="xwheel_zoom",
            toolbar_location=None,
            min_border_left=LEFT,
            min_border_right=32,
            min_border_top=4,
            min_border_bottom=6,
        )
        shown.title.update(standoff=2)
        shown.add_tools(CrosshairTool(overlay=self._crosshair))
        shown.add_layout(DatetimeAxis(**labels()), "below")
        shown.add_layout(LinearAxis(), "below")
        shown.below[-1].formatter = NumeralTickFormatter(format="0,0")
        is_fraction = name == "drawdown"
        number_axis(shown, "%" if is_fraction else "")
        shown.left[0].ticker.desired_num_ticks = 5 if name == "value" else 3
        for place, (tone, dash) in enumerate(zip(TONES, DASHES, strict=True)):
            at = {"x": "time", "y": name}
            stroke = {"line_width": 2, "line_dash": dash}
            line = (
                draw(shown, Step, self._sources[place], **at, **stroke, mode="after")
                if name == "position"
                else draw(shown, Line, self._sources[place], **at, **stroke)
            )
            # The browser takes the colours from its stylesheet, by these tags.
            line.glyph.update(line_color=tokens("dark")[tone], tags=[tone])
            beside = {"x_offset": 5, "y_offset": SHIFTS[name]}
            end = draw(shown, Text, self._ends[place], **at, text="letter", **beside)
            end.glyph.update(text_font_size="12px", text_baseline="middle")
            end.glyph.update(text_color=tokens("dark")[tone], tags=[f"text_color:{tone}"])
            self._glyphs += [line.glyph, end.glyph]
        return shown


def points(curve: Any) -> Data:
    """Return a curve as columns for drawing, broken by its gaps."""
    times = milliseconds_of(curve["times"])
    columns = {
        "time": times,
        "hours": curve["hours"],
        "bar": curve["bars"],
        "value": curve["values"],
        "drawdown": curve["drawdown"],
        "position": curve["positions"],
        "held": curve["positions"],
    }
    drawn = {name: np.array(values, dtype=np.float64) for name, values in columns.items()}
    after = np.unique(
        np.searchsorted(drawn["time"], milliseconds_of(e for e, _ in curve["gaps"]), "right")
    )
    after = after[(after > 0) & (after < drawn["time"].size)]
    return {name: np.insert(values, after, np.nan) for name, values in drawn.items()}


def of_unlike_assets(comparison: ComparePayload) -> bool:
    """Return whether what is drawn are positions in several assets."""
    drawn = zip(comparison["runs"], comparison["curves"], strict=True)
    return len({base_currency(run["symbol"]) for run, curve in drawn if len(curve["values"])}) > 1


def shared(data: Data) -> Data:
    """Return a curve with its position as a share of its greatest: units of assets are unlike."""
    held = data["held"]
    greatest = np.abs(held[~np.isnan(held)]).max(initial=0.0)
    return {**data, "position": held / (greatest or 1.0)}


def milliseconds_of(stamps: Iterable[str]) -> list[float]:
    """Return times in ISO 8601 as milliseconds since 1970."""
    return [datetime.fromisoformat(stamp).timestamp() * 1000 for stamp in stamps]


def with_room(values: Floats, height: int) -> Floats:
    """Return values and two beyond them, so that the letters at their ends are in the frame."""
    known = values[~np.isnan(values)]
    if not known.size:
        return values
    low, high = drawable(float(known.min())), drawable(float(known.max()))
    room = (high - low) * LETTER / (height - AROUND)
    return np.append(values, (low - room, high + room))


def last_of(values: Any) -> float:
    """Return the last number; NaN is always the same object, which equals itself in a list."""
    return float(values[-1]) if len(values) and not np.isnan(values[-1]) else np.nan


NO_POINTS: Final = points(
    {name: [] for name in ("times", "hours", "bars", "values", "drawdown", "positions", "gaps")}
)
