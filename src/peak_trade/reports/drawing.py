"""Charts of a report as SVG, drawn by matplotlib; its text is numbers and times alone.

Guarantees: the same values give the same bytes; nothing of an artifact's text is in a chart; any
finite or missing number can be drawn, since what matplotlib gets lies between 0 and 1. A chart is
drawn at a time, whatever styles the rest of the process has set.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np

from peak_trade.derive.arrays import Floats, Instants
from peak_trade.errors import NotInstalledError

NOT_INSTALLED: Final = (
    "Reports are drawn by matplotlib, which is not installed:"
    " install the package with its extra `report`"
)
WIDTH: Final = 7.2
"""Of a chart over a whole page, in inches."""

TICKS: Final = 5
FEW_TICKS: Final = 3
"""On the axis of a chart that stands beside another one."""

GREATEST, LEAST = 1e300, 1e-300
"""Beyond these, numbers cannot be counted with."""

INK, SOFT, GRID = "#24292f", "#6e7781", "#d8dee4"
COLOURS: Final = ("#0b63c4", "#b35900")
"""Of the first and the second run: apart for every kind of sight, and in grey."""

STYLE: Final[dict[str, Any]] = {
    "svg.hashsalt": "peak-trade",
    "svg.fonttype": "path",
    "font.family": "DejaVu Sans",  # comes with matplotlib
    "font.size": 7.5,
    "text.parse_math": False,
    "axes.edgecolor": GRID,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "path.simplify": True,
}
_lock: Final = threading.Lock()

Kind = Literal["line", "dashes", "area", "bars", "points"]
Label = Callable[[float, float], str]
"""Writes a number so that it differs from the ones that are a step apart."""


@dataclass(frozen=True)
class Drawn:
    """One set of values in a panel: `x` and `y` of the same length, NaN for none."""

    x: Floats
    y: Floats
    kind: Kind = "line"
    colour: str = COLOURS[0]


@dataclass(frozen=True)
class Panel:
    """A panel: what is drawn, and how its numbers are written."""

    drawn: Sequence[Drawn]
    label: Label
    height: float = 1.7
    zero: bool = False
    """The axis of the values holds 0."""


@dataclass(frozen=True)
class Picture:
    """Panels below each other over the same axis, which `across` writes."""

    panels: Sequence[Panel]
    across: Label
    width: float = WIDTH
    is_round: bool = True
    """What is written below are round numbers, not parts of what is drawn, as for times."""


def seconds(times: Instants) -> Floats:
    """Return instants as seconds since 1970, NaN for none."""
    exact = times.astype("datetime64[us]").view(np.int64) / 1e6
    known: Floats = np.where(np.isnat(times), np.nan, exact)
    return known


def time_label(span: float) -> Label:
    """Return what writes a time (UTC, seconds) so that times within `span` seconds differ."""
    unit = "D" if span > 4 * 86_400 else "m" if span > TICKS * 60 else "s"

    def write(at: float, _step: float) -> str:
        moment = np.datetime64(round(at * 1e6), "us").astype(f"datetime64[{unit}]")
        return str(moment).replace("T", "\n")

    return write


def svg(picture: Picture) -> bytes | None:
    """Return a picture as SVG; None if it holds nothing to draw.

    Raises
    ------
    NotInstalledError
        If matplotlib is not there.
    """
    known = [
        np.column_stack((d.x, d.y))[~(np.isnan(d.x) | np.isnan(d.y))]
        for panel in picture.panels
        for d in panel.drawn
    ]
    if not any(len(points) for points in known):
        return None
    across = _bounds([points[:, 0] for points in known])
    with _matplotlib() as figure_of:
        heights = [panel.height for panel in picture.panels]
        figure = figure_of((picture.width, sum(heights) + 0.35))
        axes = figure.subplots(len(heights), 1, sharex=True, squeeze=False, height_ratios=heights)[
            :, 0
        ]
        for axis, panel in zip(axes, picture.panels, strict=True):
            _draw(axis, panel, across)
        ticks = _ticks(picture, across, np.concatenate([points[:, 0] for points in known]))
        axes[-1].set_xticks(_placed(ticks, across), _labels(ticks, picture.across))
        stream = io.BytesIO()
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    return stream.getvalue()


@contextmanager
def _matplotlib() -> Iterator[Callable[[tuple[float, float]], Any]]:
    """Give what makes a figure of a size, in our style and with nobody else who draws."""
    with _lock:
        try:
            from matplotlib import style
            from matplotlib.figure import Figure
        except ModuleNotFoundError:
            raise NotInstalledError(NOT_INSTALLED) from None
        with style.context(["default", STYLE]):
            yield lambda size: Figure(figsize=size, layout="constrained")


def _ticks(picture: Picture, across: tuple[float, float], drawn: Floats) -> Floats:
    """Return what is written below a picture."""
    if drawn.min() == drawn.max():
        return drawn[:1]
    most = TICKS if picture.width == WIDTH else FEW_TICKS
    return _round_ticks(*across, most - 1) if picture.is_round else np.linspace(*across, most)


def _draw(axis: Any, panel: Panel, across: tuple[float, float]) -> None:
    zero = [np.zeros(1)] if panel.zero else []
    low, high = _bounds([*(d.y for d in panel.drawn), *zero])
    for drawn in panel.drawn:
        x, y = _placed(drawn.x, across), _placed(drawn.y, (low, high))
        base = float(_placed(np.array([0.0]), (low, high))[0])
        if drawn.kind in {"line", "dashes"}:
            style, width = ("-", 1.0) if drawn.kind == "line" else ("--", 0.8)
            axis.plot(x, y, style, color=drawn.colour, linewidth=width)
            alone = _alone(x, y)
            axis.plot(x[alone], y[alone], "o", color=drawn.colour, markersize=2.2)
        elif drawn.kind == "points":
            axis.plot(x, y, "o", color=drawn.colour, markersize=2.2, alpha=0.7)
        elif drawn.kind == "area":
            axis.fill_between(x, y, base, color=drawn.colour, alpha=0.3, linewidth=0.6)
        else:
            width = float(np.diff(x).min()) if x.size > 1 else 0.5
            axis.bar(x, y - base, 0.9 * width, bottom=base, color=drawn.colour)
    ticks = _round_ticks(low, high, TICKS)
    axis.set_yticks(_placed(ticks, (low, high)), _labels(ticks, panel.label))
    axis.set_ylim(-0.04, 1.04)
    axis.set_xlim(-0.02, 1.02)
    axis.grid(visible=True, color=GRID, linewidth=0.5)
    axis.set_axisbelow(True)
    axis.tick_params(length=0)


def _alone(x: Floats, y: Floats) -> Any:
    """Return which points have no neighbour that a line could lead to."""
    known = np.concatenate(([False], ~(np.isnan(x) | np.isnan(y)), [False]))
    return known[1:-1] & ~known[:-2] & ~known[2:]


def _labels(ticks: Floats, label: Label) -> list[str]:
    step = float(np.diff(ticks).min(initial=np.inf))
    return [label(float(tick), step) for tick in ticks]


def _bounds(values: Sequence[Floats]) -> tuple[float, float]:
    """Return the least and the greatest number, which differ."""
    known = np.concatenate([part[np.isfinite(part)] for part in values]).clip(-GREATEST, GREATEST)
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    if high / 2 - low / 2 > LEAST:
        return low, high
    space = abs(low) * 0.01 or 1.0
    return low - space, high + space


def _placed(values: Floats, bounds: tuple[float, float]) -> Floats:
    """Return values from 0 (the lower bound) to 1; halves, as a difference may be no float."""
    low, high = bounds
    placed: Floats = (values / 2 - low / 2) / (high / 2 - low / 2)
    return placed


def _round_ticks(low: float, high: float, most: int) -> Floats:
    """Return round numbers from `low` to `high`, at most `most` steps; else the ends of a range."""
    with np.errstate(all="ignore"):
        step = 10.0 ** np.floor(np.log10(high / 2 - low / 2))
        for factor in (0.2, 0.5, 1.0, 2.0, 5.0):
            size = step * factor
            first, last = np.ceil(low / size), np.floor(high / size)
            if 1 <= last - first <= most:
                ticks: Floats = np.arange(first, last + 1) * size
                return ticks
    return np.array([low, high])
