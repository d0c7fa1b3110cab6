"""What stands below a table: how much of how many is shown, and the same rows as files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from peak_trade.views.elements import Node, h
from peak_trade.views.links import query

FORMS: Final = ("csv", "json", "parquet")


def foot(
    line: str,
    address: str,
    view: Mapping[str, Any],
    *more: Node | None,
    forms: Sequence[str] = FORMS,
) -> Node:
    """Return the foot of a table; `view` are the parameters of `address` for what is shown."""
    links = (
        h("a", form, href=address + query({**view, "format": form}), key=form) for form in forms
    )
    return h("footer", h("span", line), *more, *links, class_="foot")
