"""A table: sticky header, numbers on the right; on a phone each row becomes a card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from peak_trade.i18n import _
from peak_trade.views.elements import Node, h


@dataclass(frozen=True)
class Column:
    """One column. `kind` is text, number or id; `label` is marked for translation by its place."""

    label: str
    kind: str = "text"


def table(
    columns: Sequence[Column],
    rows: Sequence[Sequence[Node]],
    label: str,
    keys: Sequence[object] = (),
) -> Node:
    """Return a table; rows with `keys` keep their identity when others come and go.

    Labels are English and are translated here; so is `label`, the name of the table.
    """
    head = (h("th", _(column.label), scope="col", class_=column.kind) for column in columns)
    body = (_row(columns, row, keys[i] if keys else None) for i, row in enumerate(rows))
    return h(
        "table",
        h("thead", h("tr", *head)),
        h("tbody", *body, data_select=True),
        aria_label=_(label),
        class_=label.lower(),
    )


def _row(columns: Sequence[Column], cells: Sequence[Node], key: object) -> Node:
    pairs = zip(columns, cells, strict=True)
    return h(
        "tr",
        *(h("td", cell, class_=column.kind, data_label=_(column.label)) for column, cell in pairs),
        key=key,
    )
