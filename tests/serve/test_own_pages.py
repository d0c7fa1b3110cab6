"""Pages of the user's own: where they may be named, and what is around them."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from conftest import NewContext, Start
from contract.tree import Tree, event
from peak_trade.settings import load
from preloaded import finish
from serving import PATIENCE, PEAK_TRADE, Served, clean_environment

GOOD = """
import panel as pn
import peak_trade

pn.extension("tabulator")
live = peak_trade.open({root!r}).run("r").live()
word = pn.widgets.Select(name="Word", options=["one", "two"])
pn.Column(
    word,
    pn.widgets.Tabulator(peak_trade.open({root!r}).runs(), theme="midnight"),
    pn.bind(lambda curve, chosen: f"{{chosen}}: {{len(curve)}} points", live.param.equity, word),
    peak_trade.open({root!r}).run("r").chart("equity"),
).servable()
"""
REFUSED = """
import panel as pn
button = pn.widgets.Button(name="Script")
button.js_on_click(code="source.label = 'done'", args={"source": button})
pn.Column(button).servable()
"""
BAD = """
import panel as pn
pn.pane.Str("half of it").servable()
raise LookupError("<b>the reason</b>")
"""
LATER = """
import asyncio
from bokeh.models import Button, Toggle
import panel as pn
import peak_trade

def fail(why):
    raise LookupError(f"<b>{{why}}</b>\x1b[31m\u202e")

async def fail_later(event):
    await asyncio.sleep(0)
    fail("awaited")

def at_new_rows(curve):
    if len(curve) == 3:
        fail("row")

async def at_newer_rows(curve):
    await asyncio.sleep(0)
    if len(curve) == 5:
        fail("awaited row")

ticks = []
def tick():
    ticks.append(1)
    if len(ticks) == 1:
        fail("tick")

live = peak_trade.open({root!r}).run("grows").live()
word = pn.widgets.Select(name="Word", options=["one", "two"])
later = pn.widgets.Button(name="Later", on_click=fail_later)
now = pn.widgets.Button(name="Now", on_click=lambda event: fail("click"))
clock = pn.widgets.Button(name="Clock")
clock.on_click(lambda event: pn.state.add_periodic_callback(tick, 50))
raw = Button(label="Raw")
raw.on_click(lambda: fail("event"))
toggle = Toggle(label="Toggle")
toggle.on_change("active", lambda name, old, new: fail("change"))
pn.Column(
    raw, toggle,
    "still here", word, now, later, clock,
    pn.bind(lambda chosen: fail("bound") if chosen == "two" else "none", word),
    pn.bind(at_new_rows, live.param.equity),
    pn.bind(at_newer_rows, live.param.equity),
).servable()
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    tree = Tree(tmp_path_factory.mktemp("tree"))
    tree.run("r", [event(1), event(2)])
    tree.run("grows", [event(1)])
    mine = tmp_path_factory.mktemp("mine")
    tree.write(mine / "pages" / "my_curve.py", GOOD.format(root=str(tree.root)))
    tree.write(mine / "pages" / "broken.py", BAD)
    tree.write(mine / "pages" / "refused.py", REFUSED)
    tree.write(mine / "pages" / "later.py", LATER.format(root=str(tree.root)))
    tree.write(tree.root / "named", str(mine / "mine.toml"))
    tree.write(mine / "mine.toml", '[dashboard]\npages = ["pages/*.py"]\n')
    return tree


def named(tree: Tree) -> Path:
    return Path((tree.root / "named").read_text())


@pytest.fixture(scope="module")
def served(server: Start, tree: Tree) -> Served:
    return server(tree.root, env={"PEAK_TRADE_CONFIG_PATH": str(named(tree))})


def test_they_count_in_a_file_that_is_named_alone(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = named(tree).read_text()
    found = tree.write(tree.root / "found" / "config.toml", text)
    loaded = load(None, {"dashboard.root": str(found.parent)}).settings
    assert loaded.dashboard.pages == ()
    assert any("--config alone" in line for line in loaded.warnings)
    assert load(found).settings.dashboard.pages == ("pages/*.py",)
    monkeypatch.setenv("PEAK_TRADE_DASHBOARD__PAGES", "pages/*.py")
    assert load().settings.dashboard.pages == ()


@pytest.mark.parametrize("pages", ['["none/*.py"]', '["*.toml"]'])
def test_what_cannot_be_a_page_ends_the_start(tmp_path: Path, pages: str) -> None:
    file = tmp_path / "c.toml"
    file.write_text(f"[dashboard]\npages = {pages}\n")
    command = [*PEAK_TRADE, "serve", "--config", str(file), "--port", "0"]
    done = finish(command, tmp_path, clean_environment(), PATIENCE)
    assert done.returncode != 0
    assert "dashboard.pages" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_gate_is_before_them(served: Served) -> None:
    answer = served.ask("/my/my_curve")
    assert answer.status == 200
    assert "content-security-policy" in answer.headers
    assert b'href="./../my/my_curve"' in answer.body or b"my/my_curve" in answer.body
    assert served.ask("/my/my_curve", "POST").status == 405
    assert served.ask("/my/my_curve", headers={"Host": "evil.example"}).status == 421
    assert served.ask("/my/other").status == 404
    assert served.ask("/my").status == 404


def test_what_one_raises_is_shown_on_it_alone(served: Served) -> None:
    assert served.ask("/my/broken").status == 200
    assert served.ask("/").status == 200
    assert b"/my/broken" in served.ask("/").body or b"my/broken" in served.ask("/").body


@pytest.mark.browser
def test_one_is_live_and_its_controls_work(
    served: Served, tree: Tree, new_context: NewContext
) -> None:
    page = new_context().new_page()
    errors: list[str] = []
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.goto(f"{served.url}/my/my_curve")
    expect(page.get_by_text("one: 2 points")).to_be_visible()
    expect(page.locator("nav a[aria-current=page]")).to_have_text("My curve")
    expect(page.locator(".tabulator-cell", has_text="crashed").first).to_be_visible()
    page.locator("select").select_option("two")
    expect(page.get_by_text("two: 2 points")).to_be_visible()
    tree.run("r", [event(step) for step in range(1, 8)])
    expect(page.get_by_text("two: 7 points")).to_be_visible()
    expect(page.locator("canvas").first).to_be_visible()
    assert errors == []


@pytest.mark.browser
def test_what_the_content_policy_refuses_is_told(served: Served, new_context: NewContext) -> None:
    page = new_context().new_page()
    page.goto(f"{served.url}/my/refused")
    page.get_by_role("button", name="Script").click()
    told = page.locator("#notes p")
    expect(told).to_contain_text("refused by the content policy")
    expect(told).to_contain_text("script-src: eval")


@pytest.mark.browser
def test_the_reason_is_on_the_page_as_text(served: Served, new_context: NewContext) -> None:
    page = new_context().new_page()
    page.goto(f"{served.url}/my/broken")
    expect(page.get_by_text("LookupError: <b>the reason</b>")).to_be_visible()
    expect(page.get_by_text("half of it")).to_have_count(0)


@pytest.mark.browser
def test_what_its_functions_raise_later_is_on_the_page(
    served: Served, tree: Tree, new_context: NewContext
) -> None:
    page, other = new_context().new_page(), new_context().new_page()
    for opened in (page, other):
        opened.goto(f"{served.url}/my/later")
        expect(opened.get_by_role("button", name="Now")).to_be_visible()
    assert page.locator(".problem").count() == 0

    def told(why: str) -> None:
        shown = f"LookupError: <b>{why}</b>\\x1b[31m\\u202e"
        expect(page.locator("pre.own")).to_contain_text(shown)
        expect(page.locator(".problem")).to_contain_text("A part of this page failed")
        expect(page.get_by_text("still here")).to_be_visible()

    for name, why in (
        *(("Now", "click"), ("Later", "awaited"), ("Clock", "tick")),
        *(("Raw", "event"), ("Toggle", "change")),
    ):
        page.get_by_role("button", name=name).click()
        told(why)
    page.locator("select").select_option("two")
    told("bound")
    assert other.locator(".problem").count() == 0
    tree.run("grows", [event(step) for step in range(1, 4)])
    told("row")
    tree.run("grows", [event(step) for step in range(1, 6)])
    told("awaited row")
    log = served.log.read_text()
    for why in ("click", "awaited", "tick", "event", "change", "bound", "row", "awaited row"):
        assert f"LookupError: <b>{why}</b>" in log
    assert "\x1b" not in log
