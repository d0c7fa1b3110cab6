"""Trees of elements, addresses and colours: what must hold before a browser sees them."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from unittest.mock import Mock

import pytest
from bokeh.document import Document
from hypothesis import given
from hypothesis import strategies as st
from panel.io.state import state

from peak_trade import views
from peak_trade.views.kit import elements
from peak_trade.views.kit.elements import Elements, Node, h
from peak_trade.views.kit.links import Links
from peak_trade.views.kit.theme import tokens

NAMES = (
    *("page", "card", "line", "hover", "text", "muted", "on-fill", "accent", "shadow"),
    *("gain", "loss", "ok", "warn", "error", "unknown"),
)
WORDS = ("text", "muted", "accent", "shadow", "gain", "loss", "ok", "warn", "error", "unknown")


def test_an_element_holds_attributes_as_text_and_leaves_none_out() -> None:
    node = h("a", "1", None, h("b"), class_="x", href=None, data_value=3, aria_selected=True)
    assert node == ["a", {"class": "x", "data-value": "3", "aria-selected": ""}, "1", ["b", {}]]


def rows(first: int, stop: int) -> Node:
    """Return a table of numbered rows, the newest on top."""
    return h("table", h("tbody", *(h("tr", h("td", f"row {i}")) for i in range(stop, first, -1))))


class Sent:
    """What the browser of these elements gets, applied as it does."""

    def __init__(self, shown: Elements) -> None:
        self.texts: list[str] = []
        model = shown.get_root().data
        self.known = model.tree.partition("\n")[2]
        model.on_change("tree", lambda _attr, _old, new: self.take(new))

    def take(self, text: str) -> None:
        self.texts.append(text)
        head, _, body = text.partition("\n")
        if head.startswith("edit"):
            lines = self.known.split("\n")
            parts = ([p] if isinstance(p, str) else lines[p[0] : p[1]] for p in json.loads(body))
            body = "\n".join(line for part in parts for line in part)
        self.known = body

    @property
    def nodes(self) -> object:
        return json.loads(self.known)


def test_the_same_tree_is_not_sent_again() -> None:
    shown = Elements()
    sent = Sent(shown)
    shown.show(h("p", "a"), None)
    shown.show(h("p", "a"))
    assert sent.nodes == [["p", {}, "a"]]
    assert len(sent.texts) == 1


def test_of_a_long_table_only_new_rows_are_sent() -> None:
    shown = Elements()
    shown.show(rows(0, 200))
    sent = Sent(shown)
    shown.show(rows(1, 201))
    shown.show(rows(3, 203))
    assert sent.nodes == [rows(3, 203)]
    assert [text.split("\n")[0] for text in sent.texts] == ["edit 1 2", "edit 2 3"]
    assert max(map(len, sent.texts)) < 200
    assert Sent(shown).nodes == [rows(3, 203)]  # who comes later gets all of it


def test_a_browser_that_missed_an_edition_gets_all_of_it() -> None:
    shown = Elements()
    shown.show(rows(0, 50))
    sent, told = Sent(shown), list[str]()
    shown.on_send(told.append)
    shown.show(rows(0, 51))
    for edition in (3, 4):  # whatever was sent last
        shown._handle_msg({"again": True})
        assert sent.texts[-1].startswith(f"full {edition}\n")
        assert sent.nodes == [rows(0, 51)]
    assert told == []


def test_a_kernel_sends_what_a_cell_asks_for_again() -> None:
    shown, doc, comm = Elements(), Document(), Mock()
    root = shown.get_root(doc, comm)
    doc.add_root(root)
    doc.hold()
    state._views[root.ref["id"]] = (shown, root, doc, comm)
    shown._handle_msg({"again": True})
    assert "full 1" in str(comm.send.call_args_list)


LEAVES = st.text(max_size=3) | st.builds(h, st.just("p"), st.sampled_from(["a", "\n", "'\u2028"]))
NODES = st.recursive(
    LEAVES,
    lambda inner: st.builds(
        lambda tag, children: h(tag, *children),
        st.sampled_from(["div", "tbody", "tr"]),
        st.lists(inner, max_size=4),
    ),
    max_leaves=12,
)


@given(st.lists(st.lists(NODES, max_size=4), min_size=1, max_size=4))
def test_whatever_changes_the_browser_has_the_newest(trees: list[list[Node]]) -> None:
    shown = Elements()
    sent = Sent(shown)
    for nodes in trees:
        shown.show(*nodes)
        assert sent.nodes == nodes


@pytest.mark.parametrize(
    ("run_id", "component"),
    [
        ("a/b?c#d", "a%2Fb%3Fc%23d"),
        ("<img src=x>", "%3Cimg%20src%3Dx%3E"),
        ("Ü'\"", "%C3%9C%27%22"),
    ],
)
def test_an_id_is_one_component_of_the_address(run_id: str, component: str) -> None:
    assert Links("../../").run(run_id) == f"../../watch/runs/{component}"


def test_filters_are_encoded() -> None:
    assert Links("./").console(mode="a b&c") == "./?mode=a%20b%26c"
    assert Links("./").console() == "./"


def luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_colours_can_be_read(theme: str) -> None:
    color = tokens(theme)
    assert set(NAMES) <= set(color)
    pairs = [(word, ground) for word in WORDS for ground in ("page", "card", "hover")]
    pairs += [("on-fill", "accent"), ("on-fill", "error")]
    low = {pair: contrast(color[pair[0]], color[pair[1]]) for pair in pairs}
    assert {pair: round(value, 2) for pair, value in low.items() if value < 4.5} == {}


def test_the_browser_draws_every_element_of_the_views() -> None:
    script = Path(elements.STATIC, "elements.js").read_text()
    listed = {word for part in re.findall(r'"([a-z0-9 -]{40,})', script) for word in part.split()}
    drawn = set(re.findall(r'"([a-z]+)"', script.partition("DRAWN = new Set")[2].partition("]")[0]))
    calls = (
        node
        for file in Path(views.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "h"
    )
    names = (ast.unparse(call.args[0]) for call in calls)
    tags = {tag for name in names for tag in re.findall(r"'([a-z0-9-]+)'", name)}
    assert {"wbr", "peak-time", "polyline"} <= tags
    assert tags <= listed | drawn
