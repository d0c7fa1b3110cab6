"""The window of time that charts show, as the URL has it: `since` and `until`, or around `at`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from peak_trade.artifacts import times

Window = tuple[datetime | None, datetime | None] | None
"""Begin and end of what is drawn, None where it is open; None for all of it."""

NAMES: Final = ("since", "until", "at")
AROUND: Final = timedelta(minutes=30)
"""What is shown before and after a moment that a link leads to."""

FIRST: Final = datetime.min.replace(tzinfo=UTC)
LAST: Final = datetime.max.replace(tzinfo=UTC)


def moment_of(view: Mapping[str, str]) -> datetime | None:
    """Return the moment that a link leads to; None if there is no time around it."""
    at = times.parse(view.get("at", ""))
    return at if at and FIRST + AROUND <= at <= LAST - AROUND else None


def window_of(view: Mapping[str, str]) -> Window:
    """Return the window of a view; what is no time is as if it were not there."""
    since, until = (times.parse(view.get(name, "")) for name in ("since", "until"))
    if since or until:
        return since, until
    at = moment_of(view)
    return around(at) if at else None


def around(at: datetime) -> Window:
    """Return the window around a moment; where there is a run, the one of its candle is drawn."""
    return at - AROUND, at + AROUND


def is_around(window: Window, at: datetime | None) -> bool:
    """Tell whether a window is the one around a moment; then that of its candle is drawn."""
    return at is not None and window == around(at)


def view_of(window: Window, at: datetime | None = None) -> dict[str, str]:
    """Return what the URL has of a window."""
    ends = dict(zip(NAMES, (*(window or (None, None)), at), strict=True))
    if is_around(window, at):
        ends = {"at": at}
    return {name: _iso(end) for name, end in ends.items() if end}


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
