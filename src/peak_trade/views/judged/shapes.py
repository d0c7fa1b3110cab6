"""Small charts of what was judged, as pictures with the ends of their axes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from peak_trade.derive.arrays import Floats
from peak_trade.derive.downsample import shares
from peak_trade.i18n import _
from peak_trade.views.kit import text
from peak_trade.views.kit.elements import Node, h

WIDTH, HEIGHT, MARGIN = 300.0, 90.0, 2.0

Write = Callable[[float], str]


@dataclass(frozen=True)
class Drawing:
    """Marks in a picture, and what its edges are: `top` and `bottom`, and `ends` across."""

    marks: Sequence[Node] = ()
    top: str = ""
    bottom: str = ""
    ends: Sequence[Node] = ()


NOTHING = Drawing()


def chart(title: str, drawing: Drawing) -> Node:
    """Return a chart with its title; without marks it says that there are not enough data.

    The picture takes whatever size its place has.
    """
    if not drawing.marks:
        body: list[Node] = [h("p", _("not enough data"), class_="soft")]
    else:
        size = {"viewBox": f"0 0 {WIDTH:g} {HEIGHT:g}", "preserveAspectRatio": "none"}
        picture = h("svg", *drawing.marks, **size, role="img", aria_label=title)
        edges = h("p", h("span", drawing.top), h("span", drawing.bottom), class_="edges soft")
        ends = h("p", *(h("span", end) for end in drawing.ends), class_="ends soft")
        body = [h("div", picture, edges, ends if drawing.ends else None, class_="plot")]
    return h("section", h("h2", title), *body, class_="shape", key=title)


def _placed(values: Floats, length: float) -> Floats:
    """Return values from 0 to a length."""
    placed = shares(values)
    return np.full(values.size, length / 2) if not placed.any() else placed * length


def curve(values: Floats, write: Write) -> Drawing:
    """Return a curve; no marks for fewer than two numbers."""
    return curves((np.arange(values.size, dtype=np.float64), values), write=write)


def curves(*drawn: tuple[Floats, Floats], write: Write, ends: Sequence[Node] = ()) -> Drawing:
    """Return curves of places across and values over the same range, those that have two.

    `ends` are the first and the last place. Where values are on both sides of 0, it has a line.
    """
    known = [points[:, ~np.isnan(points[1])] for points in map(np.array, drawn)]
    known = [points for points in known if points.shape[1] > 1]
    if not known:
        return NOTHING
    whole = np.concatenate(known, axis=1)
    across = _placed(whole[0], WIDTH)
    down = HEIGHT - MARGIN - _placed(whole[1], HEIGHT - 2 * MARGIN)
    places = [f"{x:.1f},{y:.1f}" for x, y in zip(across, down, strict=True)]
    parts = np.cumsum([0, *(points.shape[1] for points in known)]).tolist()
    lines = [h("polyline", points=" ".join(places[a:b])) for a, b in pairwise(parts)]
    if whole[1].min() < 0 < whole[1].max():
        zero = HEIGHT - MARGIN - _placed(np.append(whole[1], 0.0), HEIGHT - 2 * MARGIN)[-1]
        lines.append(h("polyline", points=f"0,{zero:.1f} {WIDTH:g},{zero:.1f}", class_="zero"))
    return _ranged(lines, whole[1], write, ends)


def _ranged(marks: list[Node], values: Floats, write: Write, ends: Sequence[Node]) -> Drawing:
    """Return marks whose picture reaches from the least to the greatest of the values."""
    low, high = float(values.min()), float(values.max())
    return Drawing(marks, write(high), write(low) if low < high else "", ends)


def distribution(counts: Sequence[int], edges: Sequence[float]) -> Drawing:
    """Return how many of the returns lie between each two edges."""
    if not counts:
        return NOTHING
    width, top = WIDTH / len(counts), max(counts)
    bars = [
        h(
            "rect",
            h("title", text.count(count)),
            x=f"{place * width:.1f}",
            y=f"{HEIGHT * (1 - count / top):.1f}",
            width=f"{max(width - 1, 0.5):.1f}",
            height=f"{HEIGHT * count / top:.1f}",
        )
        for place, count in enumerate(counts)
    ]
    ends = [text.percent(edge) for edge in (edges[0], edges[-1])]
    return Drawing(bars, text.count(top), text.count(0), ends)


def scatter(trades: list[Any], currency: str) -> Drawing:
    """Return closed trades by their greatest excursions against and for them."""
    if not trades:
        return NOTHING
    against, favourable = (np.array([row[name] for row in trades]) for name in ("mae", "mfe"))
    across, down = _placed(against, WIDTH - 6) + 3, _placed(favourable, HEIGHT - 6) + 3
    points = [
        h(
            "circle",
            h("title", f"MAE {row['mae']:.4g}, MFE {row['mfe']:.4g}, PnL {row['pnl']:.4g}"),
            cx=f"{x:.1f}",
            cy=f"{HEIGHT - y:.1f}",
            r="2",
            data_level=text.tone(text.signed(row["pnl"], "")),
        )
        for row, x, y in zip(trades, across, down, strict=True)
    ]

    def write(value: float) -> str:
        return text.money(value, currency)

    ends = [f"MAE {write(float(end))}" for end in (against.min(), against.max())]
    shown = _ranged(points, favourable, write, ends)
    return replace(shown, top=f"MFE {shown.top}")
