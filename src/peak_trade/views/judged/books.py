"""The checks of a run's books: what has to hold, and the first event at which it does not."""

from __future__ import annotations

from typing import Any, Final

from peak_trade.contract.pages.run_tabs import Table
from peak_trade.i18n import _
from peak_trade.views.kit import badges, text
from peak_trade.views.kit.elements import Node, h
from peak_trade.views.kit.table import Column, table

COLUMNS: Final = (
    Column("check", "prose", width=26),
    Column("state"),
    Column("checked", "number"),
    Column("wrong", "number"),
    Column("first at step", "number"),
    Column("expected", "number", width=15),
    Column("found", "number", width=15),
    Column("difference", "number"),
)
LEVELS: Final = {"ok": "ok", "failed": "error"}


def book_table(found: Table, currency: str) -> Node:
    """Return the checks."""
    rows = found["rows"]
    cells = [_cells(row, currency) for row in rows]
    return table(COLUMNS, cells, "Books", [row["name"] for row in rows], name="books")


def wrong_chip(checks: list[Any], currency: str, href: str, **more: str) -> Node | None:
    """Return the chip of books that do not add up; it names the first event at fault.

    It leads to `href`, and has `more` attributes.
    """
    if not checks:
        return None
    first = checks[0]
    label = first["label"]
    why = f"{_(label)}: {difference(first, currency)}"
    shown = badges.level("error")
    return h("a", shown, " ", _("books do not add up"), href=href, title=why, **more)


def difference(check: Any, currency: str) -> str:
    """Return where a check fails first, and by how much."""
    apart = text.signed(check["difference"], currency)
    if check["step"] is None:
        return apart
    return _("step %(step)s, %(apart)s") % {"step": text.count(check["step"]), "apart": apart}


def _cells(row: dict[str, Any], currency: str) -> list[Node]:
    status, label = row["status"], row["label"]
    return [
        _(label),
        badges.level(LEVELS[status])
        if status in LEVELS
        else h("span", _("unchecked"), class_="soft"),
        text.count(row["checked"]),
        text.count(row["failed"]),
        text.count(row["step"]),
        text.size(row["expected"]),
        text.size(row["found"]),
        text.signed(row["difference"], currency),
    ]
