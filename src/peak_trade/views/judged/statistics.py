"""The statistics of a run, and what is drawn of them."""

from __future__ import annotations

from datetime import UTC
from functools import partial
from itertools import groupby

import numpy as np

from peak_trade.artifacts import times
from peak_trade.contract.pages.run_judged import Shapes
from peak_trade.contract.pages.run_tabs import Table
from peak_trade.contract.runs.judged import StatisticItem, Statistics
from peak_trade.derive.arrays import Instants
from peak_trade.derive.measured import GROUPS
from peak_trade.i18n import _
from peak_trade.views.judged.shapes import (
    NOTHING,
    Drawing,
    chart,
    curve,
    curves,
    distribution,
    scatter,
)
from peak_trade.views.kit import badges, text
from peak_trade.views.kit.elements import Node, h, pairs


def statistics_panel(found: Table) -> Node:
    """Return the statistics by group, and their charts."""
    judged = found["judged"]
    statistics, shapes = judged["statistics"], judged["shapes"]
    groups = groupby(statistics["items"], key=lambda item: item["group"])
    return h(
        "div",
        _basis(statistics),
        h("div", *(_group(name, list(items), statistics["currency"]) for name, items in groups)),
        h("div", *_charts(shapes, statistics["currency"])),
        class_="statistics",
    )


def _basis(found: Statistics) -> Node:
    basis, as_of = found["basis"], times.parse(found["as_of"])
    bars, calendar = basis["bars_per_year"], basis["calendar"]
    year = _("%s bars a year") % text.amount(bars, 0) if bars else _("no bars a year")
    provisional: list[Node] = []
    if found["provisional"]:
        provisional = [
            h("strong", _("provisional as of "), badges.moment(as_of, "full")),
            " \N{MIDDLE DOT} ",
        ]
    return h("p", *provisional, year, ", ", _(calendar), class_="soft")


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
    return h("span", text.statistic(value, unit, currency), title=title)


def _charts(shapes: Shapes, currency: str) -> list[Node]:
    trades = [row for row in shapes["trades"] if row["mae"] is not None]
    months: list[tuple[str, Node]] = [
        (month["month"], badges.gain(month["value"])) for month in shapes["months"]
    ]
    window = text.count(shapes["window"])
    sharpe = _("Rolling Sharpe ratio, %s returns") % window
    sortino = _("Rolling Sortino ratio, %s returns") % window
    return [
        chart(_("Equity; dashed: buy and hold"), _beside_held(shapes, currency)),
        chart(_("Underwater"), _underwater(shapes)),
        chart(sharpe, curve(shapes["rolling_sharpe"], text.rounded)),
        chart(sortino, curve(shapes["rolling_sortino"], text.rounded)),
        chart(
            _("Distribution of returns"), distribution(shapes["counts"], shapes["edges"].tolist())
        ),
        chart(_("MAE and MFE of the closed trades"), scatter(trades, currency)),
        h("section", h("h2", _("Months")), h("dl", *pairs(months)), key="months"),
    ]


def _beside_held(shapes: Shapes, currency: str) -> Drawing:
    """Return the equity beside that of buy and hold, nothing without a price."""
    if not shapes["held"].size:
        return NOTHING
    drawn = ((shapes["times"], shapes["equity"]), (shapes["held_times"], shapes["held"]))
    points = ((at.astype(np.float64), values) for at, values in drawn)
    times = np.concatenate([at for at, _values in drawn])
    return curves(*points, write=partial(text.money, currency=currency), ends=_ends(times))


def _underwater(shapes: Shapes) -> Drawing:
    times = shapes["times"]
    points = (times.astype(np.float64), shapes["underwater"])
    return curves(points, write=text.percent, ends=_ends(times))


def _ends(times: Instants) -> tuple[Node, ...]:
    """Return the first and the last of some times, nothing without any."""
    known = times[~np.isnat(times)]
    if not known.size:
        return ()
    return tuple(badges.moment(at.item().replace(tzinfo=UTC)) for at in (known.min(), known.max()))
