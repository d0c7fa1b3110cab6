"""The table of the fleet's runs: pages of it, columns, and the runs that are chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from peak_trade.contract.pages.compare import MAX_RUNS, CompareView
from peak_trade.contract.pages.fleet import FleetPayload, FleetView
from peak_trade.i18n import _
from peak_trade.views.kit import badges, text
from peak_trade.views.kit.columns import arranged, chooser, roots, with_root
from peak_trade.views.kit.elements import Node, h
from peak_trade.views.kit.export import foot
from peak_trade.views.kit.links import Links
from peak_trade.views.kit.table import Column, Order, table

View = Mapping[str, str]
Link = Callable[[View], dict[str, str]]
COLUMNS: Final = (
    Column("run", "id", "run", 18),
    Column("root", key="root"),
    Column("mode", key="mode", width=8),
    Column("strategy", key="strategy"),
    Column("symbol", key="symbol"),
    Column("started", "number", "started", 9),
    Column("events", "number", "events"),
    Column("return", "number", "return"),
    Column("max DD", "number", "maxdd"),
    Column("sharpe", "number", "sharpe"),
    Column("trades", "number", "trades"),
    Column("win rate", "number", "win_rate"),
    Column("books", "number", "books"),
    Column("read errors", "number", "read_errors"),
)


def _fault(value: int | None) -> Node:
    return h("span", text.count(value), data_level="warn" if value else None)


SHOWN: Final[dict[str, Callable[[Any], Node]]] = {
    "mode": lambda value: badges.mode_badge(value) if value else text.NONE,
    "strategy": badges.name,
    "started": badges.moment,
    "events": text.count,
    "return": badges.gain,
    "maxdd": text.percent,
    "sharpe": lambda value: text.amount(value, 2),
    "trades": lambda value: text.count(None if value is None else int(value)),
    "win_rate": lambda value: text.percent(value, 1),
    "books": _fault,
    "read_errors": _fault,
}


def head(
    view: View,
    params: FleetView,
    links: Links,
    link: Link,
    counts: Mapping[str, int],
    labels: Mapping[str, str],
) -> Node:
    """Return the head of the table: roots, columns, and the comparison of what is chosen."""
    chosen = CompareView(runs=params.runs).ids
    shown = {"shown": len(chosen), "limit": MAX_RUNS}
    compared = (
        h(
            "span",
            h(
                "a",
                _("Compare the chosen runs"),
                class_="leads",
                href=links.compare(runs=params.runs),
            ),
            h("small", _("%(shown)s of at most %(limit)s runs") % shown, class_="soft"),
            h("a", _("choose none"), **link({**view, "runs": ""})),
            class_="line chosen",
        )
        if chosen
        else None
    )
    columns = chooser(with_root(COLUMNS, labels), view, params, link)
    chips = roots(counts, labels, view, link)
    return h("header", h("h2", _("Runs")), chips, compared, columns, class_="bar")


def body(
    page: FleetPayload,
    view: View,
    params: FleetView,
    links: Links,
    link: Link,
    labels: Mapping[str, str],
) -> list[Node]:
    """Return the rows of this page of the list, and the way to those before and after it."""
    columns = arranged(with_root(COLUMNS, labels), params)
    watched, chosen = set(page["watched"]), CompareView(runs=params.runs).ids
    cells = [
        {
            "run": _run(row, chosen, view, links, link)
            if row["run"] in watched
            else badges.identifier(row["run"]),
            **{column.key: _cell(column.key, row[column.key]) for column in columns[1:]},
            "root": badges.root(row["root"], labels),
        }
        for row in page["rows"]
    ]
    rows = [[row[column.key] for column in columns] for row in cells]
    keys = [row["run"] for row in page["rows"]]
    order = Order(params.sort, lambda sort: link({**view, "sort": sort, "offset": ""}))
    listed = table(columns, rows, "Runs of the fleet", keys, order, name="of-fleet")
    return [h("div", listed, class_="scroll", tabindex=0), _foot(page, view, params, links, link)]


def _cell(key: str, value: Any) -> Node:
    show = SHOWN.get(key)
    return (value or text.NONE) if show is None else show(value)


def _run(row: Mapping[str, Any], chosen: list[str], view: View, links: Links, link: Link) -> Node:
    """Return the id of a run that has a page, with the box that chooses it for a comparison."""
    name = row["run"]
    is_chosen = name in chosen
    wanted = [one for one in chosen if one != name] if is_chosen else [*chosen, name][:MAX_RUNS]
    box = h(
        "a",
        "\N{BALLOT BOX WITH CHECK}" if is_chosen else "\N{BALLOT BOX}",
        aria_label=(_("Take %s out of the comparison") if is_chosen else _("Compare %s")) % name,
        aria_current="true" if is_chosen else None,
        class_="box",
        **link({**view, "runs": ",".join(wanted)}),
    )
    return h("span", box, badges.identifier(name, links.run(name)), class_="line boxed")


def _foot(page: FleetPayload, view: View, params: FleetView, links: Links, link: Link) -> Node:
    first, shown, matching = params.offset, len(page["rows"]), page["matching"]
    line = _("%(first)s to %(last)s of %(total)s") % {
        "first": text.count(first + 1),
        "last": text.count(first + shown),
        "total": text.count(matching),
    }
    earlier = str(max(0, first - params.rows) or "")
    following = str(first + params.rows)
    before = h("a", _("previous page"), **link({**view, "offset": earlier}))
    after = h("a", _("next page"), **link({**view, "offset": following}))
    asked = params.model_dump(exclude_defaults=True, exclude={"runs"}, mode="json")
    return foot(
        line,
        links.table("fleet_table"),
        asked,
        before if first else None,
        after if first + shown < matching else None,
        of=_("Runs of the fleet"),
    )
