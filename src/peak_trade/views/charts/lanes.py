"""Events on lanes over time: one lane a kind, each with its own shape and colour.

Text of artifacts appears in tooltips alone, and there as text.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import panel as pn
from bokeh.models import ColumnDataSource, Scatter
from panel.viewable import Viewer

from peak_trade.contract.pages.execution import LANES, Lanes
from peak_trade.i18n import _, mark
from peak_trade.views.charts.away import Image, Table, caption
from peak_trade.views.charts.figures import draw, entitle, milliseconds, time_figure
from peak_trade.views.charts.follow import FollowRange
from peak_trade.views.kit import text
from peak_trade.views.kit.elements import Component
from peak_trade.views.kit.theme import CAPTION, CARD, tokens
from peak_trade.views.kit.time_axis import MILLISECOND, hover

HEIGHT: Final = 236
SHAPES: Final = {  # as the table below says the kinds, in the colours of `badges.kind`
    "intent": ("circle", "accent"),
    "order": ("diamond", "accent"),
    "fill": ("triangle", "ok"),
    "gate": ("square", "muted"),
    "error": ("x", "error"),
    "other": ("cross", "muted"),
}
HOVER: Final = [
    (mark("time"), f"@time{MILLISECOND}"),
    (mark("kind"), "@kind"),
    (mark("symbol"), "@symbol"),
    (mark("what"), "@description"),
]


class LaneChart(Viewer):  # type: ignore[misc]  # panel is untyped
    """A lane for each kind, the first one on top."""

    def __init__(self) -> None:
        super().__init__()
        self.follow = FollowRange()
        self.caption = Component()
        self._figure = time_figure(self.follow, HEIGHT, "execution")
        self.follow.label(self._figure)
        self._figure.update(min_border_left=64, min_border_right=32)  # it has no last value
        self._sources = {name: self._lane(place) for place, name in enumerate(reversed(LANES))}
        self._label()
        pane = pn.pane.Bokeh(self._figure, sizing_mode="stretch_width")
        self._card = pn.Column(
            pane,
            self.caption,
            sizing_mode="stretch_width",
            min_height=HEIGHT + CAPTION,
            margin=0,
            styles=CARD,
        )

    def __panel__(self) -> Any:
        return self._card

    def hide(self, *, hidden: bool) -> None:
        """Hide the chart and its switch, where there is nothing to draw."""
        self._card.visible = self.follow.switch.visible = not hidden

    def update(self, lanes: Lanes, address: str) -> None:
        """Draw these events, which `address` gives as data; what did not change is not sent."""
        entitle(self._figure, _("Events"))
        for name, lane in lanes["lanes"].items():
            data: dict[str, Any] = {
                "time": milliseconds(lane["times"]),
                "kind": lane["kinds"],
                "symbol": lane["symbols"],
                "description": lane["descriptions"],
            }
            source, place = self._sources[name]
            known = source.data
            if any(list(known[key]) != list(values) for key, values in data.items()):
                source.data = {**data, "lane": [place] * lane["times"].size}
        line = _("%(points)s, %(drawn)s drawn: of close ones on a lane the first") % {
            "points": text.plural(lanes["points"], "%s event", "%s events"),
            "drawn": text.count(lanes["drawn"]),
        }
        self.caption.show(
            caption(line, Image(("execution",)), Table(_("events, drawn points"), address))
        )
        if lanes["begin"] is not None and lanes["end"] is not None:
            begin, end = milliseconds(np.array([lanes["begin"], lanes["end"]]))
            self.follow.extend(float(begin), float(end))

    def _lane(self, place: int) -> tuple[Any, int]:
        name = LANES[-1 - place]
        shape, color = SHAPES[name]
        names = ("time", "kind", "symbol", "description", "lane")
        source: Any = ColumnDataSource({column: [] for column in names})
        markers = draw(self._figure, Scatter, source, x="time", y="lane", marker=shape, size=10)
        paint = tokens("dark")[color]
        # The browser takes the colours from its stylesheet, by these tags.
        markers.glyph.update(line_color=paint, fill_color=paint, fill_alpha=0.5, tags=[color])
        self._figure.add_tools(hover(HOVER, [markers]))
        return source, place

    def _label(self) -> None:
        shown = self._figure
        shown.y_range.update(start=-0.6, end=len(LANES) - 0.4)
        shown.xaxis.ticker.desired_num_ticks = 4
        shown.yaxis.ticker = list(range(len(LANES)))
        shown.yaxis.major_label_overrides = dict(enumerate(reversed(LANES)))
