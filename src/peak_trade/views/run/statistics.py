"""The statistics of a run, and what is drawn of them."""

from __future__ import annotations

from itertools import groupby
from typing import Any, Final

import numpy as np

from peak_trade.artifacts import times
from peak_trade.contract.pages.run_judged import Shapes
from peak_trade.contract.pages.run_tabs import Table
from peak_trade.contract.runs.judged import StatisticItem, Statistics
from peak_trade.derive.arrays import Floats
from peak_trade.derive.measured import GROUPS
from peak_trade.i18n import _
from peak_trade.views.kit import badges, text
from peak_trade.views.kit.elements import Node, h, pairs

WIDTH, HEIGHT, MARGIN = 300.0, 90.0, 2.0


def statistics_panel(found: Table) -> Node:
    """Return the statistics by group, and their charts."""
    judged = found["judged"]
    statistics, shapes = judged["statistics"], judged["shapes"]
    groups = groupby(statistics["items"], key=lambda item: item["group"])
    return h(
        "div",
        _basis(statistics),
        h("div", *(_group(name, list(items), statistics["currency"]) for name, items in groups)),
        h("div", *_charts(shapes)),
        class_="statistics",
    )


def _basis(found: Statistics) -> Node:
    basis, as_of = found["basis"], times.parse(found["as_of"])
    bars = basis["bars_per_year"]
    year = _("%s bars a year") % text.amount(bars, 0) if bars else _("no bars a year")
    provisional: list[Node] = []
    if found["provisional"]:
        provisional = [h("strong", _("provisional as of "), badges.moment(as_of, "full"))]
    return h("p", *provisional, " ", year, ", ", basis["calendar"], class_="soft")


def _group(name: str, items: list[StatisticItem], currency: str) -> Node:
    labels = (item["label"] for item in items)
    cells = ((_(label), shown(item, currency)) for label, item in zip(labels, items, strict=True))
    return h("section", h("h2", _(GROUPS[name])), h("dl", *pairs(cells)), key=name)  # type: ignore[index]


def shown(item: StatisticItem, currency: str = "") -> Node:
    """Return a value in its unit, or why there is none."""
    value, unit, reason = item["value"], item["unit"], item["reason"]
    if value is None:
        return h("span", _("not enough data: %s") % _(reason), class_="soft")
    title = _("n = %s") % text.count(item["n"])
    if isinstance(value, str):
        return h("span", badges.moment(times.parse(value), "full"), title=title)
    return h("span", FORMS[unit](value, currency), title=title)


FORMS: Final[dict[str, Any]] = {
    "fraction": lambda value, _unit: text.percent(value),
    "ratio": lambda value, _unit: text.amount(value, 2),
    "count": lambda value, _unit: text.count(int(value)),
    "s": lambda value, _unit: text.duration(round(value)),
    "bps": lambda value, _unit: f"{text.basis_points(value)} bps",
    "account currency": lambda value, unit: f"{text.money(value, unit)} {unit}".rstrip(),
}


def _charts(shapes: Shapes) -> list[Node]:
    trades = [row for row in shapes["trades"] if row["mae"] is not None]
    months: list[tuple[str, Node]] = [
        (month["month"], text.percent(month["value"])) for month in shapes["months"]
    ]
    rolling = _("Rolling Sharpe ratio, %s returns") % text.count(shapes["window"])
    return [
        _chart(_("Underwater"), _line(shapes["underwater"])),
        _chart(rolling, _line(shapes["rolling_sharpe"])),
        _chart(_("Distribution of returns"), _bars(shapes["counts"])),
        _chart(_("MAE and MFE of the closed trades"), _points(trades)),
        h("section", h("h2", _("Months")), h("dl", *pairs(months)), key="months"),
    ]


def _chart(title: str, marks: list[Node]) -> Node:
    body = (
        h("svg", *marks, viewBox=f"0 0 {WIDTH:g} {HEIGHT:g}", role="img", aria_label=title)
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


def _line(values: Floats) -> list[Node]:
    known = np.flatnonzero(~np.isnan(values))
    if known.size < 2:
        return []
    across = _placed(known.astype(np.float64), WIDTH)
    down = HEIGHT - MARGIN - _placed(values[known], HEIGHT - 2 * MARGIN)
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(across, down, strict=True))
    low, high = float(values[known].min()), float(values[known].max())
    return [h("title", f"{low:.4g} … {high:.4g}"), h("polyline", points=points)]


def _bars(counts: list[int]) -> list[Node]:
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


def _points(trades: list[Any]) -> list[Node]:
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
            data_level=text.tone(row["pnl"]),
        )
        for row, x, y in zip(trades, across, down, strict=True)
    ]
