"""Trees of elements, addresses and colours: what must hold before a browser sees them."""

from __future__ import annotations

import json

import pytest

from peak_trade.views.elements import Elements, h
from peak_trade.views.links import Links
from peak_trade.views.theme import tokens

NAMES = (
    *("page", "card", "line", "hover", "text", "muted", "on-fill", "accent", "shadow"),
    *("gain", "loss", "ok", "warn", "error", "unknown"),
)
WORDS = ("text", "muted", "accent", "shadow", "gain", "loss", "ok", "warn", "error", "unknown")


def test_an_element_holds_attributes_as_text_and_leaves_none_out() -> None:
    node = h("a", "1", None, h("b"), class_="x", href=None, data_value=3, aria_selected=True)
    assert node == ["a", {"class": "x", "data-value": "3", "aria-selected": ""}, "1", ["b", {}]]


def test_the_same_tree_is_not_sent_again() -> None:
    shown = Elements()
    sent: list[object] = []
    shown.param.watch(sent.append, "tree")
    shown.show(h("p", "a"), None)
    shown.show(h("p", "a"))
    assert json.loads(shown.tree) == [["p", {}, "a"]]
    assert len(sent) == 1


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
