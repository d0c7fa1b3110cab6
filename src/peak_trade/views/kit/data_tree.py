"""Stored data as a tree that opens and closes; every value is text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from peak_trade import jsonio
from peak_trade.contract.base.flat import flatten
from peak_trade.i18n import _
from peak_trade.views.kit import text
from peak_trade.views.kit.elements import Component, Node, h
from peak_trade.views.kit.export import foot
from peak_trade.views.kit.states import empty

OPEN_LEVELS: Final = 2
"""Levels that are open at first."""

DEEPEST_LEVEL: Final = 20
"""What lies deeper is shown as JSON: nobody opens more, and a page has a greatest depth."""


class DataTree(Component):
    """One stored object under a title."""

    def __init__(self, title: str, nothing: str, table: str) -> None:
        super().__init__()
        self._title = title
        self._nothing = nothing
        self._view = {"table": table}

    def update(self, data: Mapping[str, Any], address: str) -> None:
        """Show this object; `address` gives it as a table of that name."""
        title = h("header", h("h2", self._title), class_="bar")
        if not data:
            why = _("The session's record holds nothing of this.")
            self.show(title, empty(self._nothing, why))
            return
        values = text.plural(len(flatten(data)), "%s value", "%s values")
        self.show(
            title,
            h("div", branch(data), class_="scroll tree", tabindex=0),
            foot(values, address, self._view, of=self._title),
        )


def branch(data: Mapping[str, Any], level: int = 1) -> Node:
    """Return the items of an object; keys keep their order."""
    items = (h("li", _item(str(key), value, level), key=key) for key, value in data.items())
    return h("ul", *items)


def _item(name: str, value: Any, level: int) -> Node:
    if isinstance(value, list):
        children: Mapping[str, Any] = {str(place): item for place, item in enumerate(value)}
        size = f"[{len(value)}]"
    elif isinstance(value, dict):
        children, size = value, f"{{{len(value)}}}"
    else:
        return h("span", h("span", name, class_="name"), h("span", leaf(value)), class_="leaf")
    if level >= DEEPEST_LEVEL:
        return h("span", h("span", name, class_="name"), h("span", leaf(value)), class_="leaf")
    if not children:
        return h("span", h("span", name, class_="name"), h("span", size), class_="leaf")
    head = h("summary", h("span", name, class_="name"), h("small", f" {size}", class_="soft"))
    return h("details", head, branch(children, level + 1), open=level < OPEN_LEVELS)


def leaf(value: Any) -> str:
    """Return one stored value: a text as it is, null as a dash, else as JSON has it."""
    if value is None:
        return text.NONE
    return value if isinstance(value, str) else jsonio.dumps(value).decode()
