"""Charts of the user's own, from installed packages, on the page of a run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from conftest import NewContext, Start
from contract.tree import Tree, event
from documents import read
from packages import install
from peak_trade.views.kit.registered import GROUP
from serving import Served

GOOD = """
import panel as pn
from bokeh.plotting import figure
from peak_trade.views import register_chart

@register_chart("Equity & <b>hills</b>")
def hills(run):
    shown = figure(height=160, sizing_mode="stretch_width", x_axis_type="datetime")
    shown.line(run.equity.index, run.equity["equity"])
    return pn.Column(shown, pn.pane.Str(f"{len(run.equity)} points of {run.run_id}"))

@register_chart("Three is too many")
def three(run):
    if len(run.equity) > 2:
        raise LookupError("<b>the reason</b>")
    return pn.pane.Str("still fine")

@register_chart("Markup")
def markup(run):
    return "<img src=x>"
"""
DOCUMENTED = read("notebooks.md").split("\n## A chart of your own\n")[1].split("\n## ")[0]
UNUSABLE = "raise SystemExit('its licence has ended')"


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    tree = Tree(tmp_path_factory.mktemp("tree"))
    tree.run("r", [event(1), event(2)])
    return tree


@pytest.fixture(scope="module")
def served(server: Start, tree: Tree, tmp_path_factory: pytest.TempPathFactory) -> Served:
    site = tmp_path_factory.mktemp("site")
    install(site, "quant_charts", GOOD, GROUP)
    install(site, "unusable", UNUSABLE, GROUP)
    (documented,) = re.findall(r"```python\n(.*?)```", DOCUMENTED, re.DOTALL)
    install(site, "rolling_charts", documented, GROUP)
    return server(tree.root, env={"PYTHONPATH": str(site)}, preloaded=False)


@pytest.mark.browser
def test_they_are_live_and_what_one_raises_stands_in_its_place_alone(
    served: Served, tree: Tree, new_context: NewContext
) -> None:
    page = new_context(viewport={"width": 1440, "height": 1000}).new_page()
    errors: list[str] = []
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.goto(f"{served.url}/watch/runs/r")
    own = page.locator(".area-own")
    expect(own.get_by_text("2 points of r", exact=True)).to_be_visible()
    expect(own.get_by_role("heading", name="Equity & <b>hills</b>", exact=True)).to_be_visible()
    expect(own.get_by_text("still fine")).to_be_visible()
    expect(own.get_by_role("heading", name="Spread of the last 20 changes")).to_be_visible()
    expect(own.get_by_text("not str")).to_be_visible()
    expect(own.get_by_text("SystemExit: its licence has ended")).to_be_visible()
    tree.run("r", [event(step) for step in range(1, 8)])
    expect(own.get_by_text("7 points of r", exact=True)).to_be_visible()
    expect(own.get_by_text("LookupError: <b>the reason</b>")).to_be_visible()
    expect(own.get_by_text("still fine")).to_have_count(0)
    expect(page.locator(".tile", has_text="1,007.00")).to_be_visible()
    expect(page.locator(".area-fault [role=alert]")).to_have_count(0)
    canvas = own.locator("canvas").first
    canvas.scroll_into_view_if_needed()
    canvas.hover(force=True)
    page.mouse.down()
    page.mouse.move(600, 500, steps=4)
    page.mouse.up()
    tree.run("r", [event(step) for step in range(1, 9)])
    expect(own.get_by_text("8 points of r", exact=True)).to_be_visible()
    expect(own.get_by_role("alert")).to_have_count(3)
    assert errors == []
    tree.run("r", [event(1), event(2)])


def test_the_documents_name_the_group() -> None:
    assert f'[project.entry-points."{GROUP}"]' in DOCUMENTED


def test_the_page_of_who_has_none_has_no_place_for_them(server: Start, tree: Tree) -> None:
    assert b"area-own" not in server(tree.root).ask("/watch/runs/r").body


def test_no_file_beside_artifacts_is_a_package(server: Start, tmp_path: Path) -> None:
    tree = Tree(install(tmp_path, "hostile", "raise SystemExit(open('run', 'w'))", GROUP))
    tree.run("r", [event(1)])
    assert b"area-own" not in server(tree.root, preloaded=False).ask("/watch/runs/r").body
    assert not (tmp_path / "run").exists()
