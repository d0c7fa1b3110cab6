"""How charts write times. The browser shows them in the zone that was chosen, tooltips in both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal

from bokeh.models import DatetimeTickFormatter, HoverTool, NoOverlap

from peak_trade.i18n import _

SECOND: Final = "{%F %T}"
MILLISECOND: Final = "{%F %T.%3N}"
"""What follows the name of a column of times in a tooltip."""

GAP: Final = 8
"""Pixels between labels, at least; one without room is left out."""

_CLOCK: Final = {
    **dict.fromkeys(("microseconds", "milliseconds"), "%T.%3N"),
    **dict.fromkeys(("seconds", "minsec"), "%T"),
    **dict.fromkeys(("minutes", "hourmin", "hours"), "%H:%M"),
}
_DAYS: Final = {"days": "%F", "months": "%Y-%m", "years": "%Y"}


def labels() -> dict[str, Any]:
    """Return properties of an axis that says the time, and below it the day where one begins.

    Linked axes can share them: models cost, and a page has hundreds.
    """
    day: dict[str, Any] = dict.fromkeys(_CLOCK, "%F") | dict.fromkeys(_DAYS, "")
    clock: dict[str, Any] = {**_CLOCK, **_DAYS}
    formatter = DatetimeTickFormatter(
        **clock,
        boundary_scaling=False,
        context=DatetimeTickFormatter(**day, boundary_scaling=False, hide_repeats=True),
        context_which="all",
    )
    return {"formatter": formatter, "major_label_policy": NoOverlap(min_distance=GAP)}


def hover(
    tips: Sequence[tuple[str, str]],
    renderers: Sequence[Any],
    mode: Literal["mouse", "vline"] = "mouse",
) -> HoverTool:
    """Return a tooltip for `renderers`; `tips` are marked names and what to show of the point."""
    columns = {shown.partition("{")[0] for _name, shown in tips if "{%F" in shown}
    return HoverTool(
        tooltips=[(_(name), shown) for name, shown in tips],
        formatters=dict.fromkeys(columns, "datetime"),
        renderers=list(renderers),
        mode=mode,
        line_policy="nearest",
    )
