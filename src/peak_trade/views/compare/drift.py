"""How far two runs of one strategy went apart: from which bar on, by how much, with which fills."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from peak_trade.artifacts import times
from peak_trade.contract.runs.drift import DriftPayload, MatchedItem
from peak_trade.i18n import _, mark
from peak_trade.views.charts.curves import LETTERS
from peak_trade.views.judged.shapes import chart, curve
from peak_trade.views.kit import badges, text
from peak_trade.views.kit.elements import Node, h, pairs
from peak_trade.views.kit.export import foot, named
from peak_trade.views.kit.links import Links
from peak_trade.views.kit.table import Column, table

LEFT, RIGHT = LETTERS[0], LETTERS[1]
FILLS: Final = (
    Column("kind"),
    Column("time", "number", width=18),
    Column("side"),
    Column("quantity A", "number"),
    Column("quantity B", "number"),
    Column("price A", "number"),
    Column("price B", "number"),
    Column("bps", "number"),
)
KINDS: Final = {
    "matched": (mark("matched"), None),
    "missed": (mark("missed"), "warn"),
    "extra": (mark("extra"), "warn"),
}


def drift_part(
    found: DriftPayload | None,
    why: str,
    currency: str,
    links: Links,
    address: str,
    view: Mapping[str, Any],
) -> list[Node]:
    """Return the drift of two runs, or `why` there is none; `address` gives it as data."""
    title = h("header", h("h2", _("Drift")), class_="bar")
    if found is None:
        return [title, h("p", _(why), class_="soft")]
    apart = _("Profit, %(right)s less %(left)s") % {"right": RIGHT, "left": LEFT}
    shown = h(
        "div",
        h(
            "div",
            h("section", h("dl", *pairs(_facts(found, currency, links))), key="facts"),
            chart(apart, curve(found["difference"], partial(text.signed, currency=currency))),
        ),
        class_="statistics",
    )
    rows = [_fill(row, found, currency, links) for row in found["fills"]]
    fills = table(FILLS, rows, "Fills of both runs", name="drift")
    line = text.plural(len(rows), "%s fill, the furthest first", "%s fills, the furthest first")
    points = named(_("difference"), address, {**view, "table": "drift"})
    return [
        title,
        h("div", shown, fills if rows else None, class_="scroll", tabindex=0),
        foot(line, address, {**view, "table": "drift_fills"}, points, of=_("Fills of both runs")),
    ]


def _facts(found: DriftPayload, currency: str, links: Links) -> list[tuple[str, Node]]:
    letters = {"left": LEFT, "right": RIGHT}
    return [
        (_("first divergence"), _first(found, currency, links)),
        (_("profit apart at the last bar"), _money(found["last_difference"], currency)),
        (_("greatest distance of the profits"), _money(found["max_difference"], currency)),
        (_("bars of both"), text.count(found["bars"])),
        (_("bars of %(left)s alone") % letters, text.count(found["only_left"])),
        (_("bars of %(right)s alone") % letters, text.count(found["only_right"])),
        (_("matched fills"), text.count(found["matched"])),
        (_("missed fills, of %(left)s alone") % letters, text.count(found["missed"])),
        (_("extra fills, of %(right)s alone") % letters, text.count(found["extra"])),
        (_("mean price difference"), _basis_points(found["mean_price_bps"])),
    ]


def _first(found: DriftPayload, currency: str, links: Links) -> Node:
    first = found["first"]
    if first is None:
        return _("none: the bars of both agree")
    money = first["column"] == "equity"
    values = (first["left"], first["right"])
    left, right = (text.money(v, currency) if money else text.size(v) for v in values)
    at = _moment(first["time"], found["right"], links)
    return h("span", at, f" {first['column']}: {LEFT} {left}, {RIGHT} {right}")


def _money(value: float | None, currency: str) -> Node:
    return f"{text.signed(value, currency)} {currency}".rstrip()


def _basis_points(value: float | None) -> Node:
    return text.NONE if value is None else f"{text.basis_points(value)} bps"


def _moment(time: str | None, run_id: str, links: Links) -> Node:
    """Return a time that leads to the chart of a run around it."""
    at = times.parse(time)
    if time is None or at is None:
        return text.NONE
    return h("a", badges.moment(at, "full"), href=links.run(run_id, at=time))


def _fill(row: MatchedItem, found: DriftPayload, currency: str, links: Links) -> list[Node]:
    left, right = row["left"], row["right"]
    fill = left or right
    both = (left, right)
    word, level = KINDS[row["kind"]]
    return [
        h("span", _(word), data_level=level),
        _moment(row["time"], found["left" if left else "right"], links),
        fill["side"] if fill else text.NONE,
        *(text.size(one["quantity"] if one else None) for one in both),
        *(text.money(one["price"] if one else None, currency) for one in both),
        text.basis_points(row["price_bps"]),
    ]
