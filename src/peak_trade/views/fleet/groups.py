"""What the runs that match have in common: distribution of returns, strategies, symbols, months."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from peak_trade.contract.fleet.summary import FleetGroup
from peak_trade.contract.pages.fleet import FleetPayload
from peak_trade.i18n import _, mark
from peak_trade.views.judged.shapes import NOTHING, chart, distribution
from peak_trade.views.kit import badges, text
from peak_trade.views.kit.elements import Node, h
from peak_trade.views.kit.export import foot, named
from peak_trade.views.kit.table import Column, table

Link = Callable[[str, str], dict[str, str]]
"""Returns the attributes of a link to the runs with a value of a name of the query language."""

KINDS: Final = {
    "strategy": mark("By strategy"),
    "symbol": mark("By symbol"),
    "month": mark("By month"),
}
FIGURES: Final = (
    Column("runs", "number"),
    Column("median", "number"),
    Column("max DD", "number"),
    Column("trades", "number"),
    Column("faults", "number"),
)


def returns_part(page: FleetPayload, address: str, query: str) -> list[Node]:
    """Return the distribution of the returns; `address` gives it as data."""
    found = page["returns"]
    bars = distribution(found["counts"], found["edges"]) if found else NOTHING
    shape = chart(_("Distribution of returns"), bars)
    median = text.gain(page["overall"]["median_return"])
    line = _("median %s") % median
    files = named(_("returns"), address, {"q": query, "table": "returns"})
    return [
        h("div", shape, class_="statistics returns"),
        h("footer", h("span", line), files, class_="foot"),
    ]


def groups_part(
    kind: str, groups: Sequence[FleetGroup], total: int, link: Link, address: str, query: str
) -> list[Node]:
    """Return the groups of one kind; each leads to its runs."""
    title = KINDS[kind]
    columns = (Column(kind), *FIGURES)
    rows = [_row(kind, group, link) for group in groups]
    names = [group["name"] for group in groups]
    line = text.plural(total, "%s group", "%s groups")
    if len(groups) < total:
        line = _("%(shown)s of %(total)s") % {"shown": text.count(len(groups)), "total": line}
    body = table(columns, rows, title, names, name="groups-of-runs", stacked=False)
    return [
        h("header", h("h2", _(title)), class_="bar"),
        h("div", body, class_="scroll", tabindex=0),
        foot(line, address, {"q": query, "table": f"by_{kind}"}, of=_(title)),
    ]


def _row(kind: str, group: FleetGroup, link: Link) -> list[Node]:
    name, faults = group["name"], group["failed"] + group["books"]
    shown: Node = text.NONE
    if name:
        shown = h("a", badges.name(name), **link(kind, name))
    return [
        shown,
        text.count(group["runs"]),
        badges.gain(group["median_return"]),
        text.percent(group["worst_drawdown"], 1),
        text.count(group["trades"]),
        h("span", text.count(faults), data_level="warn" if faults else None),
    ]
