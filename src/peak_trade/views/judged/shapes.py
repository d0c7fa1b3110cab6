"""Small charts of what was judged, as pictures without axes."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from peak_trade.derive.arrays import Floats
from peak_trade.i18n import _
from peak_trade.views.kit import text
from peak_trade.views.kit.elements import Node, h

WIDTH, HEIGHT, MARGIN = 300.0, 90.0, 2.0


def chart(title: str, marks: list[Node], *, stretched: bool = False) -> Node:
    """Return a chart with its title; without `marks` it says that there are not enough data.

    One that is `stretched` takes whatever height its place has.
    """
    size = {"viewBox": f"0 0 {WIDTH:g} {HEIGHT:g}"}
    size |= {"preserveAspectRatio": "none"} if stretched else {}
    body = (
        h("svg", *marks, **size, role="img", aria_label=title)
        if marks
        else h("p", _("not enough data"), class_="soft")
    )
    return h("section", h("h2", title), body, class_="shape", key=title)


def _placed(values: Floats, length: float) -> Floats:
    """Return values from 0 to a length."""
    low, high = float(values.min()), float(values.max())
    return (
        np.full(values.size, length / 2) if high <= low else (values - low) / (high - low) * length
    )


def curve(values: Floats) -> list[Node]:
    """Return a curve; no marks for fewer than two numbers."""
    return curves((np.arange(values.size, dtype=np.float64), values))


def curves(*drawn: tuple[Floats, Floats]) -> list[Node]:
    """Return curves of places across and values over the same range, those that have two."""
    known = [points[:, ~np.isnan(points[1])] for points in map(np.array, drawn)]
    known = [points for points in known if points.shape[1] > 1]
    if not known:
        return []
    whole = np.concatenate(known, axis=1)
    across = _placed(whole[0], WIDTH)
    down = HEIGHT - MARGIN - _placed(whole[1], HEIGHT - 2 * MARGIN)
    places = [f"{x:.1f},{y:.1f}" for x, y in zip(across, down, strict=True)]
    ends = np.cumsum([0, *(points.shape[1] for points in known)]).tolist()
    low, high = float(whole[1].min()), float(whole[1].max())
    return [
        h("title", f"{low:.4g} … {high:.4g}"),
        *(h("polyline", points=" ".join(places[a:b])) for a, b in pairwise(ends)),
    ]


def distribution(counts: list[int]) -> list[Node]:
    """Return a distribution."""
    if not counts:
        return []
    width, top = WIDTH / len(counts), max(counts)
    return [
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


def scatter(trades: list[Any]) -> list[Node]:
    """Return closed trades by their greatest excursions against and for them."""
    if not trades:
        return []
    across, down = (
        _placed(np.array([row[name] for row in trades]), length - 6) + 3
        for name, length in (("mae", WIDTH), ("mfe", HEIGHT))
    )
    return [
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
