"""What our scripts use of the inside of Bokeh and Panel is in one place and has tests."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from browser.scripts import outside, reaches, scripts
from serving import REPO

PROMISED = {"model": {"on", "send_msg", "entry", "filled", "tree"}, "view": set[str]()}
"""What Panel documents of a component in the browser, and the parameters of ours."""

MEMBER = re.compile(r"\b(model|view)\??\.(\w+)")
GLOBAL = re.compile(r"\bBokeh\b|\bPanel\b|\.(?:shadow_el|all_models|setv|properties|doFormat)\b")


def strays(text: str) -> list[str]:
    """Return what a script uses of Bokeh and Panel outside of its list."""
    rest = outside(text)
    members = [m[0] for m in MEMBER.finditer(rest) if m[2] not in PROMISED[m[1]]]
    return [*members, *GLOBAL.findall(rest)]


def test_every_reach_has_a_test_of_its_name() -> None:
    files = (REPO / "tests" / "browser").glob("test_inside*.py")
    nodes = [node for file in files for node in ast.parse(file.read_text()).body]
    tested = {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
    named = [
        f"test_{script.stem}_{name}" for script in scripts() for name in reaches(script.read_text())
    ]
    assert len(named) >= 10
    assert {name for name in tested if name.startswith("test_")} == set(named)


@pytest.mark.parametrize("script", scripts(), ids=lambda script: script.name)
def test_nothing_reaches_in_elsewhere(script: Path) -> None:
    assert strays(script.read_text()) == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Bokeh.index.clear()", ["Bokeh"]),
        ("f(view.el)", ["view.el"]),
        ("const {x} = model.document", ["model.document"]),
        ("other.setv({a: 1})", [".setv"]),
        ("model.on('tree', f) // Bokeh does", []),
    ],
)
def test_a_stray_is_seen(line: str, found: list[str]) -> None:
    assert strays(f"const inside = {{\n  one: () => Bokeh.x,\n}}\n{line}\n") == found
