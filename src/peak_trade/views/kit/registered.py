"""Charts of the user's own for the pages of runs.

They are registered by modules that installed packages name in the entry point group
`peak_trade.charts`, or by a cell of a notebook. Their code runs with the rights of the process.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Final, NoReturn, TypeVar

if TYPE_CHECKING:
    from peak_trade.models.run import RunModel

GROUP: Final = "peak_trade.charts"

log = logging.getLogger(__name__)

Draw = Callable[["RunModel"], object]
D = TypeVar("D", bound=Draw)

_CHARTS: Final[dict[str, Draw]] = {}


def register_chart(title: str) -> Callable[[D], D]:
    """Return a decorator that puts a chart on the page of each run, below ours.

    The function gets the run as it is shown, as `run.live()` has it: `equity` and `candles` are
    frames of what is drawn of its window (`models.frames`), `payload` is what the page shows of
    it. It returns a Bokeh figure or an object of Panel, a new one for each call, and is called
    again when there are new rows or another window. What it raises is shown in its place.

    Parameters
    ----------
    title
        What stands above the chart. A chart of the same title is replaced on pages that are
        opened from now on.

    Raises
    ------
    TypeError
        If `title` is no text.
    """
    if not isinstance(title, str):
        raise TypeError('a chart is registered with its title: @register_chart("Volatility")')

    def register(draw: D) -> D:
        _CHARTS[title] = draw
        return draw

    return register


def registered() -> tuple[tuple[str, Draw], ...]:
    """Return titles and functions, in the order in which they were registered."""
    load()
    return tuple(_CHARTS.items())


@cache
def load() -> None:
    """Import, once, the modules that installed packages name.

    One that cannot be imported stands on the pages with the reason, in place of its charts.
    """
    for entry in entry_points(group=GROUP):
        try:
            entry.load()
        except (Exception, SystemExit) as error:
            log.exception("Charts of %s", entry.value)
            _CHARTS[entry.name] = _failed(entry, f"{type(error).__name__}: {error}")


def _failed(entry: EntryPoint, why: str) -> Draw:
    def draw(run: RunModel) -> NoReturn:  # noqa: ARG001
        raise ImportError(f"{entry.value} ({GROUP}) cannot be imported: {why}")

    return draw
