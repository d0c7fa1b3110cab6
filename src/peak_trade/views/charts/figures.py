"""What the charts of a page share: figures on one axis of time, and sending only what changed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from bokeh.models import (
    BasicTickFormatter,
    ColumnDataSource,
    FixedTicker,
    HoverTool,
    LinearAxis,
    NoOverlap,
    NumeralTickFormatter,
    Range1d,
    VStrip,
)
from bokeh.models.renderers import GlyphRenderer
from bokeh.plotting import figure

from peak_trade.derive.arrays import Floats, Instants
from peak_trade.derive.digits import bounds
from peak_trade.derive.gaps import Gaps
from peak_trade.views.charts.follow import FollowRange
from peak_trade.views.kit.theme import tokens

HEADROOM: Final = 0.08
"""Free part of the vertical range above and below what is drawn."""

FARTHEST: Final = 1e300
"""Of a number that is drawn: the length of an axis is a number, too."""

PATCHED: Final = 3
"""Points at the end of a series that may change without sending all of it."""

SETTLED_MS: Final = 25
"""Without a further turn of the wheel for so long, the range is told to the server."""

UNTITLED: Final = " "
"""Keeps the place of the title: Bokeh does not clear what it drew before a title made room."""

_MONEY: Final = re.compile(r"\{money[ \d]*\}")
"""How a tooltip shows money: the least and most decimals follow the currency of the figure."""

SIGNIFICANT: Final = ".7g"
CENTS: Final = ".4f"
"""How exact a last value is; a fraction is shown in percent."""

FEW: Final = 32
"""Numbers that are sent as a list."""

SPACE: Final = 8
"""Pixels between two labels of gaps; one that has no room is left out."""

LEFT, RIGHT = 84, 84
"""Pixels beside the frame: labels of the axis, and the last value."""

Data = dict[str, npt.NDArray[np.float64]]

NO_GAPS: Final = Gaps(np.array([], "datetime64[us]"), np.array([], "datetime64[us]"))


def time_figure(follow: FollowRange, height: int, name: str) -> Any:
    """Return an empty figure on the axis of time of `follow`; `name` is what an image is called.

    It is seen when it has a title, so that no axis is drawn before there are data.
    """
    shown: Any = figure(
        name=name,
        height=height,
        sizing_mode="stretch_width",
        visible=False,
        title=UNTITLED,
        x_axis_type=None,
        x_range=follow.range,
        y_range=Range1d(start=0, end=1),
        tools="xpan,xwheel_zoom",
        active_drag="xpan",
        active_scroll="xwheel_zoom",
        toolbar_location=None,
        lod_timeout=SETTLED_MS,
        min_border_left=LEFT,
        min_border_right=RIGHT,
        min_border_top=4,
        min_border_bottom=6,
    )
    shown.title.update(standoff=2)
    shown.yaxis.ticker.desired_num_ticks = 4
    follow.attach(shown)
    return shown


def entitle(shown: Any, name: str, unit: str = "", *tags: str) -> None:
    """Write above a figure what it shows, and show it; its values have the digits of the unit.

    More `tags` are what else the readout must know.

    A unit that is no plain word is left out: Bokeh takes some text for formulas, and a unit is
    text of an artifact.
    """
    shown.title.text = f"{name}, {unit}" if unit.isalnum() else name
    shown.visible = True
    least, most = bounds(unit)
    shown.tags = [f"digits {least} {most}", *tags]
    form = f"{{money {least} {most}}}"
    for tool in shown.tools:
        if isinstance(tool, HoverTool):
            _give_digits(tool, form)


def _give_digits(tool: Any, form: str) -> None:
    tips = [(label, _MONEY.sub(form, tip)) for label, tip in tool.tooltips]
    if tips != tool.tooltips:
        tool.tooltips = tips


def number_axis(shown: Any, unit: str = "") -> None:
    """Let the labels of a vertical axis be numbers, with the unit `%` of fractions if given.

    The script of the page gives them the digits of the step between ticks, so that no two are
    the same: the format of Bokeh has a fixed number of digits. A label without room is left out.
    """
    shown.yaxis.formatter = NumeralTickFormatter(format=f"0,0 {unit}".rstrip())
    shown.yaxis.major_label_policy = NoOverlap(min_distance=2)


def draw(shown: Any, glyph: Callable[..., Any], source: Any, **properties: Any) -> Any:
    """Draw a glyph of this class in a figure, and return its renderer.

    The methods of a figure make three more glyphs, for points that are selected or muted. A page
    has hundreds of models, and each costs when it is made and with every message that is sent.
    """
    renderer: Any = GlyphRenderer(
        data_source=source, glyph=glyph(**properties), nonselection_glyph=None, muted_glyph=None
    )
    shown.renderers.append(renderer)
    return renderer


class LastValue:
    """The newest value of a chart at its right edge: an axis with one tick.

    It is drawn with the chart, so it moves with a zoom and is in an image.
    """

    def __init__(self, figure: Any, form: str = SIGNIFICANT) -> None:
        self._ticker: Any = FixedTicker(ticks=[])
        self._form = form
        self._axis: Any = LinearAxis(
            ticker=self._ticker,  # type: ignore[arg-type]  # Bokeh takes any ticker
            tags=[2 if form == CENTS else 0],  # least decimals
            css_variables={"--bk-major-label-text-color": "var(--pt-text)"},
        )
        figure.add_layout(self._axis, "right")

    def show(self, values: Floats, unit: str | None = None) -> None:
        """Show the last of `values` that is known; of 1 or more as exact as its unit is counted."""
        known = values[~np.isnan(values)][-1:]
        ticks = [float(format(value, self._form)) for value in known]
        if unit is not None:
            least, places = bounds(unit)
            self._axis.tags = [least]
            pairs = zip(known.tolist(), ticks, strict=True)
            ticks = [round(one, places) if abs(one) >= 1 else tick for one, tick in pairs]
        if self._ticker.ticks != ticks:
            self._ticker.ticks = ticks


class GapLabels:
    """What is said above a chart at each gap of its rows: an axis whose ticks are in their middle.

    It is drawn with the chart, so it moves with a zoom and is in an image. The browser writes the
    text, in its language and zone, by the ends of the gaps that the tags have.
    """

    def __init__(self, figure: Any) -> None:
        self._ticker: Any = FixedTicker(ticks=[])
        self._formatter: Any = BasicTickFormatter(tags=["gaps"])
        self._axis: Any = LinearAxis(
            ticker=self._ticker,  # type: ignore[arg-type]  # Bokeh takes any ticker
            formatter=self._formatter,
            major_label_policy=NoOverlap(min_distance=SPACE),
            major_label_standoff=2,
            major_tick_out=0,
            visible=False,
        )
        figure.add_layout(self._axis, "above")

    def show(self, first: Floats, last: Floats, letters: Sequence[str] = ()) -> None:
        """Label the gaps between these times, in milliseconds; those of curves with a letter."""
        ends: list[list[Any]] = [
            [float(one), float(other)] for one, other in zip(first, last, strict=True)
        ]
        for end, letter in zip(ends, letters, strict=False):
            end.append(letter)
        if self._formatter.tags == ["gaps", *ends]:
            return
        self._formatter.tags = ["gaps", *ends]
        self._ticker.ticks = [(end[0] + end[1]) / 2 for end in ends]
        self._axis.visible = bool(ends)


def milliseconds(times: Instants) -> Floats:
    """Return instants as milliseconds since 1970."""
    return times.astype("datetime64[us]").astype(np.int64) / 1000.0


def drawable(value: float) -> float:
    """Return the nearest number that an axis can reach; Bokeh draws nothing on an endless one."""
    return min(max(value, -FARTHEST), FARTHEST)


def fit(figure: Any, values: Floats, top: float | None = None) -> None:
    """Make the vertical range of a figure show `values`; one that fits about well stays as it is.

    Without values that differ there are no labels: the range is invented then, and of a single
    value the label of the last one says all.
    """
    values = values[~np.isnan(values)]
    shown, several = figure.y_range, values.size > 0 and values.min() < values.max()
    figure.left[0].visible = figure.ygrid.visible = bool(several)
    if not values.size:
        return
    low, high = drawable(float(values.min())), drawable(float(values.max()))
    space = (high - low) * HEADROOM or abs(high) * 0.001 or 0.001
    wanted = (low - space, high + space if top is None else top)
    covered = shown.start <= low and high <= shown.end
    if not covered or shown.end - shown.start > 2 * (wanted[1] - wanted[0]):
        shown.update(start=wanted[0], end=wanted[1])


def between(gaps: Gaps, room: float) -> Data:
    """Return gaps as columns; a strip leaves `room`, in milliseconds, to the points beside it."""
    first, last = milliseconds(gaps.first), milliseconds(gaps.last)
    begin = first + room
    return {"first": first, "last": last, "begin": begin, "end": np.maximum(last - room, begin)}


def strips(shown: Any, gaps: Any) -> None:
    """Draw gaps as strips behind what is drawn in a figure."""
    strip = draw(shown, VStrip, gaps, x0="begin", x1="end")
    strip.update(level="underlay")
    # The browser takes the colour from its stylesheet, by this tag.
    paint = tokens("dark")["muted"]
    strip.glyph.update(
        fill_alpha=0.12, line_alpha=0, fill_color=paint, line_color=paint, tags=["muted"]
    )


def empty_source(name: str, *columns: str) -> Any:
    """Return an empty source with a name, by which the readout finds it."""
    data: dict[str, Any] = {column: [] for column in columns}
    return ColumnDataSource(data, name=name)


def send(source: Any, data: Data) -> None:
    """Make `source` hold `data`; if it grew at its end, only the end is sent.

    Bokeh patches what a source holds in place, and pages share `data`: a source holds copies.
    """
    known = source.data
    before, after = (len(next(iter(columns.values()))) for columns in (known, data))
    same = min(before, after)
    for name, values in data.items():
        differs = _bits(known[name])[:same] != _bits(values)[:same]
        same = int(differs.argmax()) if differs.any() else same
    if not before or after < before or before - same > min(PATCHED, before - 1):
        if before or after:
            source.data = {name: few(values) for name, values in data.items()}
        return
    if same < before:
        place = slice(same, before)
        source.patch({name: [(place, few(values[place]))] for name, values in data.items()})
    if before < after:
        source.stream({name: few(values[before:]) for name, values in data.items()})


def few(values: Floats) -> Any:
    """Return a copy that a source may change: few values as a list, which is sent in the message.

    Arrays are messages of their own, and one costs a tenth of a millisecond.
    """
    return values.tolist() if values.size <= FEW else values.copy()


def _bits(values: Floats | list[float]) -> npt.NDArray[np.int64]:
    """Return numbers as their bits: what is no number equals itself there."""
    return np.asarray(values, np.float64).view(np.int64)
