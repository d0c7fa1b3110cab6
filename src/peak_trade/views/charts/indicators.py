"""Indicators of a run: lines over its price, or each in a pane of its own.

Figures and lines are added when they are first needed, as few look at indicators and each model
costs with every message. The readout finds their values by the names of the sources.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import panel as pn
from bokeh.core.property.validation import validate
from bokeh.models import Line
from panel.viewable import Viewer

from peak_trade.contract.pages.indicators import MAX_DRAWN, Indicator, Indicators
from peak_trade.derive.gaps import Gaps, broken
from peak_trade.views.charts.figures import (
    LastValue,
    draw,
    empty_source,
    entitle,
    fit,
    milliseconds,
    number_axis,
    send,
    time_figure,
)
from peak_trade.views.charts.follow import FollowRange
from peak_trade.views.kit.theme import tokens

STROKES: Final = (("accent", "solid"), ("shadow", "dashed"), ("text", "dotted"), ("muted", "solid"))
"""Colour and dashes of the lines, in the order in which they were chosen."""

HEIGHT: Final = 72
MAX_TITLE: Final = 40
"""Characters of a name above a pane."""

FIGURES: Final = tuple(f"indicator {place}" for place in range(MAX_DRAWN))
NONE: Final = np.array([])


class IndicatorLines(Viewer):  # type: ignore[misc]  # panel is untyped
    """The panes below the position, and the lines in the figure of the price."""

    def __init__(self, follow: FollowRange, price: Any) -> None:
        super().__init__()
        self._follow, self._price = follow, price
        self._over: dict[int, _Line] = {}
        self._apart: dict[int, _Line] = {}
        self._panes: Any = pn.Column(margin=0, sizing_mode="stretch_width")

    def __panel__(self) -> Any:
        return self._panes

    def update(self, found: Indicators, gaps: Gaps) -> bool:
        """Draw these, broken by `gaps`; tell whether the page got figures or lines for it."""
        before = len(self._over) + len(self._apart)
        drawn = found["drawn"]
        for place in range(MAX_DRAWN):
            one = drawn[place] if place < len(drawn) else None
            is_over = one is not None and one["over_price"]
            self._draw(self._over, place, one if is_over else None, gaps)
            self._draw(self._apart, place, None if is_over else one, gaps)
        return len(self._over) + len(self._apart) > before

    def clear(self) -> None:
        """Draw nothing."""
        for line in (*self._over.values(), *self._apart.values()):
            line.clear()

    def _draw(self, lines: dict[int, _Line], place: int, one: Indicator | None, gaps: Gaps) -> None:
        line = lines.get(place)
        if one is None:
            if line:
                line.clear()
            return
        if line is None:
            with validate(True):  # as a page is built; later it leaves it out, and so conversions
                line = lines[place] = self._made(place, is_over=lines is self._over)
        line.show(one, gaps, self._follow)

    def _made(self, place: int, *, is_over: bool) -> _Line:
        if is_over:
            return _Line(self._price, place)
        pane = time_figure(self._follow, HEIGHT, FIGURES[place])
        pane.left[0].ticker.desired_num_ticks = 2
        number_axis(pane)
        line = _Pane(pane, place)
        shown = pn.pane.Bokeh(pane, sizing_mode="stretch_width")
        self._panes.insert(sum(other < place for other in self._apart), shown)
        return line


class _Line:
    """One indicator in a figure."""

    def __init__(self, figure: Any, place: int) -> None:
        tone, dash = STROKES[place]
        self.figure = figure
        self._source: Any = empty_source("indicator", "time", "value")
        stroke = {"line_width": 1.5, "line_dash": dash}
        line = draw(figure, Line, self._source, x="time", y="value", **stroke)
        # The browser takes the colours from its stylesheet, by these tags.
        line.glyph.update(line_color=tokens("dark")[tone], tags=[tone])

    def show(self, one: Indicator, gaps: Gaps, _: FollowRange) -> None:
        """Draw an indicator, broken by gaps."""
        name = f"indicator {one['name']}"
        if self._source.name != name:
            self._source.name = name
        columns = {"time": milliseconds(one["times"]), "value": one["values"]}
        send(self._source, broken(one["times"], gaps, columns))

    def clear(self) -> None:
        """Draw nothing."""
        send(self._source, {"time": NONE, "value": NONE})


class _Pane(_Line):
    """One indicator in a figure of its own."""

    def __init__(self, figure: Any, place: int) -> None:
        super().__init__(figure, place)
        self._last = LastValue(figure)

    def show(self, one: Indicator, gaps: Gaps, follow: FollowRange) -> None:
        """Draw an indicator, broken by gaps, and show the pane."""
        super().show(one, gaps, follow)
        entitle(self.figure, title(one["name"]))
        self._last.show(one["values"])
        times, shown = milliseconds(one["times"]), follow.range
        fit(self.figure, one["values"][(times >= shown.start) & (times <= shown.end)])

    def clear(self) -> None:
        """Draw nothing, no axis either."""
        super().clear()
        self._last.show(NONE)
        self.figure.visible = False


def title(name: str) -> str:
    """Return a name as the title of a figure: Bokeh takes text with these signs for formulas."""
    plain = name.translate({ord(sign): None for sign in "$\\"}).strip()
    return (
        plain if 0 < len(plain) <= MAX_TITLE else f"{plain[: MAX_TITLE - 1]}\N{HORIZONTAL ELLIPSIS}"
    )
