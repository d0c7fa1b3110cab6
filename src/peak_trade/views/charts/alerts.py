"""Alerts over time, stacked by severity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from bokeh.models import ColumnDataSource

from peak_trade.contract.alerts.items import SEVERITIES
from peak_trade.contract.pages.alerts import AlertBin
from peak_trade.i18n import _, mark
from peak_trade.views.charts.away import Image, Table, caption
from peak_trade.views.charts.figures import number_axis
from peak_trade.views.charts.small import SmallChart, milliseconds, paint
from peak_trade.views.kit import badges, text
from peak_trade.views.kit.elements import h
from peak_trade.views.kit.time_axis import SECOND, hover

LEVELS: Final = {"CRITICAL": "error", "WARN": "warn", "INFO": "unknown", "OTHER": "accent"}
"""Severity to its colour, from the axis upwards."""

HOVER: Final = [
    (mark("from"), f"@start{SECOND}"),
    (mark("to"), f"@end{SECOND}"),
    *((name.lower(), f"@{name}") for name in LEVELS),
]
FILLED: Final = 0.86
"""Part of a bin that its bar fills."""


class AlertChart(SmallChart):
    """A histogram; the worst severity lies on the axis."""

    def __init__(self) -> None:
        super().__init__("alerts", height=132)
        names = ("start", "end", "middle", "width", *LEVELS)
        self._source: Any = ColumnDataSource({name: [] for name in names})
        bars = self.figure.vbar_stack(
            list(LEVELS), x="middle", width="width", source=self._source, line_width=0
        )
        for bar, level in zip(bars, LEVELS.values(), strict=True):
            paint(bar.glyph, level, "fill_color", "line_color")
        self.figure.add_tools(hover(HOVER, bars))
        number_axis(self.figure)
        self.figure.yaxis.ticker.min_interval = 1

    def update(self, bins: Sequence[AlertBin], address: str) -> None:
        """Draw these bins; `address` is where they are as data."""
        starts = [milliseconds(one["start"]) for one in bins]
        ends = [milliseconds(one["end"]) for one in bins]
        data: dict[str, list[float]] = {
            "start": starts,
            "end": ends,
            "middle": [(start + end) / 2 for start, end in zip(starts, ends, strict=True)],
            "width": [(end - start) * FILLED for start, end in zip(starts, ends, strict=True)],
        }
        data |= {name: [one["counts"][name] for one in bins] for name in LEVELS}
        if data != self._source.data:
            self._source.data = data
        highest = max(sum(one["counts"].values()) for one in bins)
        self.place(starts[0], ends[-1], max(highest, 4) * 1.1)
        length = int((bins[0]["end"] - bins[0]["start"]).total_seconds())
        legend = (badges.severity(name.lower()) for name in SEVERITIES[::-1])
        bar = _("one bar is %s") % text.length(length / 3600)
        self.caption.show(
            h("p", *legend, class_="caption line"),
            caption(bar, Image(("alerts",)), Table(_("alerts by time"), address)),
        )
