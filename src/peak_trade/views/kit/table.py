"""A table: sticky header, numbers on the right; on a phone its rows become cards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from peak_trade.i18n import _
from peak_trade.views.kit.elements import Node, h


@dataclass(frozen=True)
class Column:
    """One column. `kind` is text, number, id, or prose, which a phone shows whole.

    Rows can be sorted by a column that has a `key`. The label is English; by its place it is
    marked for translation. `width` is percent of the table; columns without share what is left.
    """

    label: str
    kind: str = "text"
    key: str = ""
    width: int | None = None


@dataclass(frozen=True)
class Order:
    """What rows are sorted by, `-` first if descending, and the link to another order."""

    by: str
    link: Callable[[str], dict[str, str]]


def table(
    columns: Sequence[Column],
    rows: Sequence[Sequence[Node]],
    label: str,
    keys: Sequence[object] = (),
    order: Order | None = None,
    *,
    name: str,
    stacked: bool = True,
) -> Node:
    """Return a table; rows with `keys` keep their identity when others come and go.

    Rows that are `stacked` become cards on a phone, where each cell says its column; their order
    is chosen there from a list, as there is no head.

    Labels are English and are translated here; so is `label`, what the table is called. The style
    sheet knows it by its `name`.
    """
    head = (_head(column, order) for column in columns)
    labels = [_(column.label) if stacked else None for column in columns]
    choice = _choice(columns, order) if order and stacked else None
    body = (_row(columns, labels, row, keys[i] if keys else None) for i, row in enumerate(rows))
    return h(
        "table",
        choice,
        h("thead", h("tr", *head)),
        h("tbody", *body, data_select=True),
        aria_label=_(label),
        class_=f"{name} stacked" if stacked else name,
    )


def _head(column: Column, order: Order | None) -> Node:
    label: Node = _(column.label)
    width = None if column.width is None else f"{column.width}%"
    if order is None or not column.key:
        key = column.key or None
        return h("th", label, scope="col", class_=column.kind, width=width, data_column=key)
    rising, falling = column.key, f"-{column.key}"
    following = {"": rising, rising: falling, falling: ""}
    now = order.by if order.by in following else ""
    arrow = {rising: "\N{UPWARDS ARROW}", falling: "\N{DOWNWARDS ARROW}"}.get(now, "")
    return h(
        "th",
        h("a", label, h("i", arrow, aria_hidden="true"), **order.link(following[now])),
        scope="col",
        class_=column.kind,
        width=width,
        data_column=column.key,
        aria_sort={rising: "ascending", falling: "descending"}.get(now),
    )


def _choice(columns: Sequence[Column], order: Order) -> Node:
    """Return the list from which a phone chooses what rows are sorted by."""
    orders = {"": _("as listed")}
    for column in columns:
        if column.key:
            name = _(column.label)
            orders[column.key] = f"{name} \N{UPWARDS ARROW}"
            orders[f"-{column.key}"] = f"{name} \N{DOWNWARDS ARROW}"
    choices = {order.link(by)["data_send"]: name for by, name in orders.items()}
    options = (h("option", name, value=wanted, key=wanted) for wanted, name in choices.items())
    now = order.link(order.by if order.by in orders else "")["data_send"]
    return h(
        "caption",
        h("label", _("sort by"), " ", h("select", *options, data_choose=now)),
        class_="sort",
        key="sort",
    )


def _row(
    columns: Sequence[Column], labels: Sequence[str | None], cells: Sequence[Node], key: object
) -> Node:
    parts = zip(columns, labels, cells, strict=True)
    return h(
        "tr",
        *(h("td", cell, class_=column.kind, data_label=label) for column, label, cell in parts),
        key=key,
    )
