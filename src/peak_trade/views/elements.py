"""Elements of a page, as text only.

Views describe what they show as a tree; the browser draws it with text nodes and touches only what
changed. Whatever an artifact holds can therefore never become markup or script.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import param
from panel.custom import JSComponent
from panel.theme import Native
from panel.viewable import Viewer

from peak_trade import jsonio

STATIC: Final = Path(__file__).parent / "static"

Node = str | list[Any]
"""Text, or `[tag, attributes, *children]`."""


def h(tag: str, /, *children: Node | None, class_: str = "", **attributes: object) -> Node:
    """Return an element.

    `data_value=1` becomes `data-value="1"`; attributes and children that are None are left out.
    """
    given = {"class": class_ or None} | attributes
    texts = {
        name.replace("_", "-"): "" if value is True else str(value)
        for name, value in given.items()
        if value is not None and value is not False
    }
    return [tag, texts, *(child for child in children if child is not None)]


def written(nodes: Iterable[Node | None]) -> str:
    """Return elements as the browser takes them."""
    return jsonio.dumps([node for node in nodes if node is not None]).decode()


class Elements(JSComponent):  # type: ignore[misc]  # panel is untyped
    """Draws a tree of elements in the browser."""

    tree = param.String("[]", doc="Nodes as JSON")

    _bundle = STATIC / "elements.js"

    def __init__(self, **params: Any) -> None:
        super().__init__(design=Native, sizing_mode="stretch_width", **params)
        self._callback: Callable[[str], None] = lambda _: None

    def show(self, *nodes: Node | None) -> None:
        """Draw these nodes; nothing is sent if they are the ones that are shown."""
        self.tree = written(nodes)

    def show_written(self, tree: str) -> None:
        """Draw what `written` gave: pages that show the same need not write it again."""
        self.tree = tree

    def on_send(self, callback: Callable[[str], None]) -> None:
        """Call `callback` with the `data-send` of what the person clicked."""
        self._callback = callback

    def _handle_msg(self, data: Any) -> None:
        self._callback(str(data))


class Part(Viewer):  # type: ignore[misc]  # panel is untyped
    """A part of a page that consists of elements."""

    def __init__(self) -> None:
        super().__init__()
        self.elements = Elements()

    def show(self, *nodes: Node | None) -> None:
        """Draw these nodes."""
        self.elements.show(*nodes)

    def __panel__(self) -> Elements:
        return self.elements
