"""The range of time that linked charts show: it follows new data, or stays where it was put.

It follows while it ends at or beyond the newest point. Times are milliseconds since 1970, UTC.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from bokeh.events import DoubleTap, RangesUpdate
from bokeh.models import (
    CrosshairTool,
    DatetimeAxis,
    DatetimeTicker,
    Range1d,
)
from bokeh.models.annotations import Span

from peak_trade.artifacts import times
from peak_trade.contract.pages.moments import Moment
from peak_trade.i18n import _
from peak_trade.models.window import Window
from peak_trade.views.kit.controls import Switch
from peak_trade.views.kit.time_axis import labels

MARGIN: Final = 0.02
"""Free part of the range beyond the newest point, and before the first if all is shown."""

SHORTEST_MS: Final = 1000.0

FIRST_MS: Final = datetime(1, 1, 2, tzinfo=UTC).timestamp() * 1000
LAST_MS: Final = datetime(9999, 12, 30, tzinfo=UTC).timestamp() * 1000
"""Times there are: who zooms out far enough leaves them, in any zone."""


class FollowRange:
    """A range with the switch that makes it follow, and axis and crosshair of all its charts."""

    def __init__(self) -> None:
        self.range: Any = Range1d(start=0, end=1)
        self.switch = Switch(_("Follow live"))
        self._ticker, self._labels = DatetimeTicker(), labels()
        self._crosshair: Any = Span(dimension="height")
        self._moments: list[Any] = []
        self._width: float | None = None
        self._from: float | None = None
        self._placed = (0.0, 1.0)
        self._told = self._placed
        self._at: tuple[str, datetime, datetime | None] | None = None
        self._ends = (0.0, 1.0)
        self._on_window: Callable[[Window], None] = lambda _: None
        self.switch.param.watch(self._on_switch, "value")

    def on_window(self, callback: Callable[[Window], None]) -> None:
        """Call `callback` with the window that the person chose."""
        self._on_window = callback

    def attach(self, figure: Any) -> None:
        """Let a figure of this range say when the person moved it."""
        figure.add_tools(CrosshairTool(overlay=self._crosshair))
        self._moments.append(Span(dimension="height", line_dash="dotted"))
        figure.add_layout(self._moments[-1])
        figure.on_event(RangesUpdate, self._on_ranges)
        figure.on_event(DoubleTap, self._on_double_tap)

    def label(self, figure: Any) -> None:
        """Give a figure its axis of time; of several one below the other, the lowest has it."""
        if not figure.below:
            figure.add_layout(DatetimeAxis(ticker=self._ticker, **self._labels), "below")

    def reset(self, width: float | None = None) -> None:
        """Show the last `width` milliseconds of what comes next, or all of it, and follow."""
        self._width, self._from = width, None
        self._placed = self._current
        self.switch.value = True

    def show(self, since: datetime | None, until: datetime | None) -> None:
        """Show a window; without its end, follow from `since` on."""
        if until is None:
            self.reset()
            self._from = since.timestamp() * 1000 if since else None
            return
        begin = since.timestamp() * 1000 if since else self._ends[0]
        self._placed = (begin, max(until.timestamp() * 1000, begin + SHORTEST_MS))
        self._width = self._placed[1] - self._placed[0]
        self.range.update(start=self._placed[0], end=self._placed[1])
        self.switch.value = False

    def mark(self, at: datetime | None) -> None:
        """Draw a line at a moment, or none."""
        for line in self._moments:
            line.location = None if at is None else at.timestamp() * 1000

    def go_to(self, subject: str, found: Moment | None, *, around: bool) -> None:
        """Mark the candle of a moment of the `subject` that is drawn, or nothing.

        With `around` the candle is shown once with those beside it; all is, if nothing is near.
        """
        candle = found["candle"] if found and found["near"] else None
        self.mark(candle)
        at = (subject, found["at"], candle) if found else None
        if at != self._at and around:
            if found and candle:
                side = timedelta(seconds=found["side"])
                self.show(times.plus(candle, -side), times.plus(candle, side))
            else:
                self.reset()
        self._at = at

    def extend(self, begin: float, end: float, room: float = 0.0) -> None:
        """Take note of the first and the newest point, and follow.

        `room` is what they take before and after them: half of a candle.
        """
        begin, end = self._ends = (begin - room, end + room)
        if self._from is not None:
            self._width, self._from = max(end - self._from, SHORTEST_MS), None
        # While a drag goes on the range is not where it was put: it must not be moved then.
        if self.switch.value and self._placed == self._current:
            self._place()

    @property
    def _current(self) -> tuple[float, float]:
        return self.range.start, self.range.end

    def _place(self) -> None:
        begin, end = self._ends
        width = self._width or max((end - begin) / (1 - 2 * MARGIN), SHORTEST_MS)
        right = end + width * MARGIN
        self._placed = (right - width, right)
        self.range.update(start=self._placed[0], end=self._placed[1])

    def _on_ranges(self, event: RangesUpdate) -> None:
        left, right = float(event.x0 or 0), float(event.x1 or 0)
        if (left, right) == self._told or left >= right:
            return  # each of the linked charts says the same
        self._told = (left, right)
        begin, end = self._ends
        self._placed = (left, right)
        self._width = None if left <= begin and right >= end else right - left
        self.switch.value = right >= end
        self._tell()

    def _on_double_tap(self, _: DoubleTap) -> None:
        self._width = None
        self._place()
        self.switch.value = True
        self._tell()

    def _on_switch(self, event: Any) -> None:
        if event.new and self._placed[1] < self._ends[1]:
            self._place()
            self._tell()

    def _tell(self) -> None:
        if self._width is None:
            self._on_window(None)
            return
        left, right = map(_moment, self._placed)
        self._on_window((left, None if self.switch.value else right))


def _moment(milliseconds: float) -> datetime:
    """Return the instant, as exact as a URL has it, or the first or the last one that there is."""
    return datetime.fromtimestamp(round(min(max(milliseconds, FIRST_MS), LAST_MS)) / 1000, UTC)
