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
    of: str,
    forms: Sequence[str] = FORMS,
) -> Node:
    """Return the foot of a table; `view` are the parameters of `address` for what is shown.

    `of` is what the table is called, as who hears the name of a link alone is told.
    """
    links = files(address, view, forms, f"{of}, {line}")
    shown = h("span", *links, class_="files") if forms else None
    return h("footer", h("span", line), *more, shown, class_="foot")


def files(
    address: str, view: Mapping[str, Any], forms: Sequence[str], subject: str
) -> Iterator[Node]:
    """Return links to what is shown in each form; the address may have parameters of its own.

    `subject` is what the files are of, for who hears the name of a link alone.
    """
    joint = "&" if "?" in address else "?"
    for form in forms:
        asked = urlencode({**view, "format": form}, doseq=True, quote_via=quote)
        yield away(form, f"{address}{joint}{asked}", subject)


def away(form: str, href: str, subject: str) -> Node:
    """Return a link to a file in a form; `subject` is what of, for who hears its name alone."""
    return h("a", form, href=href, key=form, aria_label=f"{form}, {subject}")


def named(label: str, address: str, view: Mapping[str, Any], forms: Sequence[str] = FORMS) -> Node:
    """Return links to one of several tables that are shown, after its label."""
    return h("span", h("span", label), *files(address, view, forms, label), class_="files")
