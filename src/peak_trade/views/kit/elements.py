"""Elements of a page, as text only.

Views describe what they show as a tree; the browser draws it with text nodes and touches only what
changed. Whatever an artifact holds can therefore never become markup or script.

A tree travels as text: a line that says what follows, then lines of JSON, about one for each row
of a table. `full 8` is followed by the tree of edition 8; `edit 8 9` by what makes edition 9 of
the lines of edition 8: parts that are `[from, to]` of those lines, or new lines. A browser that
does not have edition 8 asks for all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from difflib import SequenceMatcher
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import param
from markupsafe import Markup, escape
from panel.custom import JSComponent
from panel.io.notebook import push_notebook
from panel.theme import Native
from panel.viewable import Viewer

from peak_trade import jsonio
from peak_trade.i18n import language
from peak_trade.plain import undirected
from peak_trade.views.kit.cache import Cache
from peak_trade.views.kit.received import heard

STATIC: Final = Path(__file__).parent / "static"

CONTAINERS: Final = frozenset({"div", "section", "table", "tbody", "ul"})
LEAF: Final = 2
"""Length of a node without children."""

WORTHWHILE: Final = 0.5
"""An edit is sent if it is shorter than this part of the tree."""

AGAIN: Final = {"again": True}
"""What the browser says when it cannot apply an edit."""

Node = str | list[Any]
"""Text, or `[tag, attributes, *children]`."""


def h(tag: str, /, *children: Node | None, class_: str = "", **attributes: object) -> Node:
    """Return an element.

    `data_value=1` becomes `data-value="1"`; attributes and children that are None are left out. A
    text cannot turn the direction of those beside it.
    """
    given = {"class": class_ or None} | attributes
    texts = {
        name.replace("_", "-"): "" if value is True else str(value)
        for name, value in given.items()
        if value is not None and value is not False
    }
    shown = (undirected(child) if isinstance(child, str) else child for child in children)
    return [tag, texts, *(child for child in shown if child is not None)]


def pairs(items: Iterable[tuple[str, Node]]) -> Iterator[Node]:
    """Return names with their values, as children of a `dl`."""
    return (h("div", h("dt", name), h("dd", value)) for name, value in items)


def written(nodes: Iterable[Node | None]) -> str:
    """Return elements as lines of JSON."""
    return f"[{_lines(node for node in nodes if node is not None)}]"


def _lines(nodes: Iterable[Node]) -> str:
    return ",\n".join(map(_line, nodes))


def _line(node: Node) -> str:
    if isinstance(node, str) or node[0] not in CONTAINERS or len(node) <= LEAF:
        return jsonio.dumps(node).decode()
    tag, attributes, *children = node
    return f'["{tag}",{jsonio.dumps(attributes).decode()},\n{_lines(children)}]'


@lru_cache(maxsize=16)  # pages that show the same need the same edit
def edit(known: str, wanted: str) -> str:
    """Return the parts that make `wanted` of the lines of `known`, as JSON."""
    before, after = known.split("\n"), wanted.split("\n")
    parts: list[list[int] | str] = []
    for same, begin, end, first, stop in SequenceMatcher(None, before, after, False).get_opcodes():
        if same == "equal":
            parts.append([begin, end])
        elif first < stop:
            parts.append("\n".join(after[first:stop]))
    return jsonio.dumps(parts).decode()


WRITTEN: Final[Cache[str]] = Cache(128)
"""Trees as the browser takes them."""


def html(node: Node) -> Markup:
    """Return an element as HTML, for who reads the document before scripts, or without them.

    What draws itself in the browser, such as `peak-age`, is empty there. Text is escaped; links are
    those of the node, so none of an artifact may be among them.
    """
    if isinstance(node, str):
        return escape(node)
    tag, attributes, *children = node
    pair = Markup(' {}="{}"').format
    given = (pair(name, value) for name, value in attributes.items() if name != "key")
    within = map(html, children)
    return Markup("<{0}{1}>{2}</{0}>").format(tag, Markup("").join(given), Markup("").join(within))


class Elements(JSComponent):  # type: ignore[misc]  # panel is untyped
    """Draws a tree of elements in the browser."""

    tree = param.String("full 0\n[]", doc="What a browser that opens the page gets")

    _bundle = STATIC / "elements.js"

    def __init__(self, **params: Any) -> None:
        super().__init__(design=Native, sizing_mode="stretch_width", **params)
        self._callback: Callable[[str], None] = lambda _: None
        self._shown, self._edition = "[]", 0

    def show(self, *nodes: Node | None) -> None:
        """Draw these nodes; nothing is sent if they are the ones that are shown."""
        self.show_written(written(nodes))

    def show_written(self, tree: str) -> None:
        """Draw what `written` gave: pages that show the same need not write it again."""
        if tree == self._shown:
            return
        before, self._shown = self._shown, tree
        self._edition += 1
        # Straight to the model: Panel's way there takes ten times as long, and a page has many.
        if self._models:
            self._send(self._change(before))

    def _full(self) -> str:
        return f"full {self._edition}\n{self._shown}"

    def _change(self, before: str) -> str:
        """Return what is sent to browsers that show the edition before."""
        if "\n" not in self._shown:
            return self._full()
        changed = f"edit {self._edition - 1} {self._edition}\n{edit(before, self._shown)}"
        return changed if len(changed) < len(self._shown) * WORTHWHILE else self._full()

    def _get_model(self, *args: Any, **kwargs: Any) -> Any:
        with param.parameterized.discard_events(self):
            self.tree = self._full()
        return super()._get_model(*args, **kwargs)

    @property
    def _linked_properties(self) -> tuple[str, ...]:
        return ()  # the browser shows the tree and never sets it

    def _send(self, tree: str) -> None:
        for model, _ in self._models.values():
            model.data.tree = tree

    def on_send(self, callback: Callable[[str], None]) -> None:
        """Call `callback` with the `data-send` of what the person clicked."""
        self._callback = callback

    def _handle_msg(self, data: Any) -> None:
        if data == AGAIN:
            self._edition += 1  # what is set again to what it was is not sent
            self._send(self._full())
            push_notebook(self)  # a kernel sends nothing by itself; on a server this does nothing
        else:
            heard(self._callback, str(data))


class Component(Viewer):  # type: ignore[misc]  # panel is untyped
    """A part of a page that consists of elements."""

    def __init__(self) -> None:
        super().__init__()
        self.elements = Elements()

    def show(self, *nodes: Node | None) -> None:
        """Draw these nodes."""
        self.elements.show(*nodes)

    def show_of(
        self, payload: object, key: Hashable, make: Callable[[], Iterable[Node | None]]
    ) -> None:
        """Draw what `make` gives for a payload: it is written once for pages that show the same.

        `key` names the part and has all else that it is made of.
        """
        tree = WRITTEN.get((key, language()), payload, lambda: written(make()))
        self.elements.show_written(tree)

    def __panel__(self) -> Elements:
        return self.elements
