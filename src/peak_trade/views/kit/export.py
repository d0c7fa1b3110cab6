"""What stands below a table: how much of how many is shown, and the same rows as files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote, urlencode

from peak_trade.views.kit.elements import Node, h

FORMS: Final = ("csv", "json", "parquet")


def foot(
    line: str,
    address: str,
    view: Mapping[str, Any],
    *more: Node | None,
    forms: Sequence[str] = FORMS,
) -> Node:
    """Return the foot of a table; `view` are the parameters of `address` for what is shown."""
    links = h("span", *files(address, view, forms, line), class_="files") if forms else None
    return h("footer", h("span", line), *more, links, class_="foot")


def files(
    address: str, view: Mapping[str, Any], forms: Sequence[str] = FORMS, subject: str = ""
) -> Iterator[Node]:
    """Return links to what is shown in each form; the address may have parameters of its own.

    `subject` is what the files are of, for who hears the name of a link alone.
    """
    joint = "&" if "?" in address else "?"
    for form in forms:
        asked = urlencode({**view, "format": form}, doseq=True, quote_via=quote)
        name = f"{form}, {subject}" if subject else None
        yield h("a", form, href=f"{address}{joint}{asked}", key=form, aria_label=name)


def named(label: str, address: str, view: Mapping[str, Any], forms: Sequence[str] = FORMS) -> Node:
    """Return links to one of several tables that are shown, after its label."""
    return h("span", h("span", label), *files(address, view, forms, label), class_="files")
