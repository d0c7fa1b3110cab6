"""Size of the telemetry directory over the last 30 days."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from bokeh.models import ColumnDataSource, Line, Scatter

from peak_trade.contract.pages.telemetry import Point
from peak_trade.i18n import _, mark
from peak_trade.views.charts.away import Image, Table, caption
from peak_trade.views.charts.figures import draw, drawable, number_axis
from peak_trade.views.charts.small import SmallChart, milliseconds, paint
from peak_trade.views.kit import text
from peak_trade.views.kit.time_axis import SECOND, hover

HOVER: Final = [
    (mark("snapshot"), f"@time{SECOND}"),
    (mark("disk"), "@disk{0,0.0} MB"),
    (mark("parse errors"), "@errors{0.0} %"),
]


class TrendChart(SmallChart):
    """Disk usage as a line with a point for each snapshot."""

    def __init__(self) -> None:
        super().__init__("telemetry", height=148)
        self._source: Any = ColumnDataSource({"time": [], "disk": [], "errors": []})
        line = draw(self.figure, Line, self._source, x="time", y="disk", line_width=2)
        dots = draw(self.figure, Scatter, self._source, x="time", y="disk", size=5)
        number_axis(self.figure)
        paint(line.glyph, "accent", "line_color")
        paint(dots.glyph, "accent", "fill_color", "line_color")
        self.figure.add_tools(hover(HOVER, [dots], "vline"))

    def update(self, points: Sequence[Point], address: str) -> None:
        """Draw these snapshots; `address` is where they are as data."""
        data: dict[str, list[float]] = {
            "time": [milliseconds(point["time"]) for point in points],
            "disk": [number(point["disk_mb"]) for point in points],
            "errors": [number(point["parse_error_rate"]) for point in points],
        }
        if data != self._source.data:
            self._source.data = data
        if not points:
            self.figure.visible = False
            self.caption.show()
            return
        edge = max((data["time"][-1] - data["time"][0]) * 0.02, 60_000)
        highest = max((p["disk_mb"] or 0.0 for p in points), default=0.0)
        top = drawable(max(highest, 0.0)) or 1
        self.place(data["time"][0] - edge, data["time"][-1] + edge, top * 1.1)
        snapshots = text.plural(len(points), "%s snapshot", "%s snapshots")
        drawn = _("disk usage in MB, %s of 30 days") % snapshots
        self.caption.show(caption(drawn, Image(("telemetry",)), Table(_("snapshots"), address)))


def number(value: float | None) -> float:
    """Return a number to draw; NaN is a gap."""
    return float("nan") if value is None else value
