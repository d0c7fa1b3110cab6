"""Views of the library in cells of JupyterLab and Notebook 7, offline, while something writes."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from playwright.sync_api import expect

from conftest import NewContext
from contract.tree import Tree, event
from ops import notebook
from ops.notebook import LAB, NOTEBOOK, App, Notebook, write
from peak_trade.views.notebook.kernel import VIEWS
from serving import PATIENCE, Served

pytestmark = [pytest.mark.ops, pytest.mark.browser]

OPEN = """import panel as pn
import peak_trade
artifacts = peak_trade.open(".")
run = artifacts.run("known")"""
OWN = """live = run.live()
def plot(equity):
    return f"the curve has {len(equity)} points"
pn.Column(pn.bind(plot, live.param.equity), run.chart("equity"))"""
DASHBOARD = """shown = run.dashboard()
from threading import current_thread
def said(window, equity):
    return f"{'a part' if window else 'all'} of it: {len(equity)} points"
asked = pn.widgets.Button(name="Where?")
def where(clicks):
    return f"asked in {current_thread().name}" if clicks else ""
told = pn.bind(said, shown.model.param.window, shown.model.param.equity)
pn.Column(asked, pn.bind(where, asked.param.clicks), told, shown)"""
KERNEL = """pn.Column(f"kernel {os.getpid()}", run.dashboard())"""
PRICES = ("step", "ts_event", "ts_bar", "equity", "price", "position_size", "orders_filled")

HOSTILE = "</script><img src=x onerror='globalThis.ran = 1'>"


def rows(count: int) -> list[dict[str, object]]:
    return [
        {**event(step, price=100.0 + step % 7), "ts_bar": event(step)["ts_event"]}
        for step in range(1, count + 1)
    ]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    tree = Tree(tmp_path_factory.mktemp("tree"))
    tree.run("known", rows(20), *PRICES)
    write(tree.root / "views.ipynb", OPEN, OWN, DASHBOARD)
    return tree


@pytest.fixture(scope="module")
def jupyter(tree: Tree, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with notebook.jupyter(LAB, tree.root, tmp_path_factory.mktemp("home")) as served:
        yield served


CUT = "(all) => all.filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.innerText)"


def test_cells_grow_with_the_run_and_zoom(
    jupyter: Served, tree: Tree, new_context: NewContext
) -> None:
    page = new_context(viewport={"width": 1440, "height": 1000}).new_page()
    foreign: list[str] = []
    notebook = Notebook(page, jupyter, "views.ipynb")
    page.on("request", lambda asked: foreign.append(asked.url))
    notebook.command("notebook:run-all-cells")
    own = notebook.output(1)
    expect(own.get_by_text("the curve has 20 points")).to_be_visible()
    expect(own.locator("canvas").first).to_be_visible()
    tree.run("known", rows(31), *PRICES)
    expect(own.get_by_text("the curve has 31 points")).to_be_visible()
    dashboard = notebook.output(2)
    expect(dashboard.locator("tbody tr", has_text="step=31 ").first).to_be_attached()
    expect(dashboard.locator(".tile", has_text="1,031.00")).to_be_visible()
    assert dashboard.locator(".tile :is(.value, .label)").evaluate_all(CUT) == []
    expect(dashboard.get_by_text("all of it: 31 points")).to_be_visible()
    expect(dashboard.locator(".overall")).to_contain_text("never ended")
    for leads_elsewhere in ("report", "compare", "all events as parquet"):
        expect(dashboard.get_by_text(leads_elsewhere, exact=True)).to_be_hidden()
        expect(dashboard.get_by_text(leads_elsewhere, exact=True)).to_be_attached()
    dashboard.get_by_role("button", name="Where?").click()
    expect(dashboard.get_by_text("asked in MainThread")).to_be_visible()
    values = dashboard.locator(".readout")
    expect(values.locator("[data-name=equity]")).to_have_text("equity 1,031.00")
    readout = dashboard.locator("peak-readout")
    readout.focus()
    readout.press("ArrowLeft")  # of the lab it would select another cell
    expect(values.locator("[data-name=equity]")).to_have_text("equity 1,030.00")
    readout.press("Escape")
    dashboard.locator("canvas").first.hover(force=True)  # what takes events lies above it
    page.mouse.wheel(0, -600)
    expect(dashboard.get_by_text(re.compile(r"^a part of it: [12]?\d points$"))).to_be_visible()
    assert notebook.errors == []
    assert page.locator("[data-mime-type='application/vnd.jupyter.stderr']").count() == 0
    assert [url for url in foreign if url.startswith("http") and "127.0.0.1" not in url] == []


HELD = """() => {
  const {prototype} = Bokeh.Models.get("panel.models.layout.Column").prototype.default_view
  const {lazy_initialize} = prototype
  const held = new Promise((draw) => { globalThis.draw = draw })
  prototype.lazy_initialize = async function () {
    globalThis.isHeld = true
    await held
    return lazy_initialize.call(this)
  }
}"""


@pytest.mark.long
def test_what_is_sent_before_a_view_is_drawn_is_not_lost(
    jupyter: Served, tree: Tree, new_context: NewContext
) -> None:
    tree.run("late", rows(20), *PRICES)
    write(tree.root / "late.ipynb", OPEN.replace("known", "late"), OWN, "run.dashboard()")
    page = new_context(viewport={"width": 1440, "height": 1000}).new_page()
    notebook = Notebook(page, jupyter, "late.ipynb")
    for cell in (0, 1):
        notebook.run(cell)
    told = notebook.output(1)
    expect(told.get_by_text("the curve has 20 points")).to_be_visible()
    page.evaluate(HELD)
    notebook.run(2)
    page.wait_for_function("globalThis.isHeld")
    for newest in (24, 26):  # with the second, the first has arrived everywhere
        tree.run("late", rows(newest), *PRICES)
        expect(told.get_by_text(f"the curve has {newest} points")).to_be_visible()
    page.evaluate("draw()")
    dashboard = notebook.output(2)
    for newest in (26, 31):
        tree.run("late", rows(newest), *PRICES)
        expect(dashboard.locator("tbody tr", has_text=f"step={newest} ").first).to_be_attached()
        expect(dashboard.locator(".tile", has_text=f"1,0{newest}.00")).to_be_visible()
    assert notebook.errors == []


@pytest.mark.long
@pytest.mark.parametrize("app", [LAB, NOTEBOOK], ids=["lab", "notebook"])
def test_a_view_is_live_again_after_a_restart_of_the_kernel(
    app: App, tmp_path: Path, new_context: NewContext
) -> None:
    tree = Tree(tmp_path)
    tree.run("known", rows(20), *PRICES)
    write(tree.root / "views.ipynb", f"{OPEN}\nimport os", KERNEL)
    page = new_context(viewport={"width": 1440, "height": 1000}).new_page()
    foreign: list[str] = []
    page.on("request", lambda asked: foreign.append(asked.url))
    with notebook.jupyter(app, tree.root, tmp_path / "home") as served:
        shown = Notebook(page, served, "views.ipynb", app)
        cell = shown.output(1)
        shown.command("notebook:run-all-cells")
        kernels: set[str] = set()
        for known, newest in ((20, 24), (24, 31)):
            expect(cell.locator(".tile", has_text=f"1,0{known}.00")).to_be_visible()
            expect(cell.locator("canvas").first).to_be_visible()
            kernels.add(cell.get_by_text("kernel ").inner_text())
            tree.run("known", rows(newest), *PRICES)
            expect(cell.locator(".tile", has_text=f"1,0{newest}.00")).to_be_visible()
            if known == 20:
                shown.restart()
                expect(cell.get_by_text(*kernels)).to_have_count(0)
        assert len(kernels) == 2
        assert shown.errors == []
        assert page.locator("[data-mime-type='application/vnd.jupyter.stderr']").count() == 0
        assert [url for url in foreign if url.startswith("http") and "127.0.0.1" not in url] == []


def test_an_exported_notebook_keeps_the_picture(
    tree: Tree, tmp_path: Path, new_context: NewContext
) -> None:
    tree.run("other", [{**row, "equity": 2_000.0} for row in rows(5)], *PRICES)
    tree.run("known", rows(7), *PRICES, strategy_name=HOSTILE)
    start = OPEN.replace('"."', repr(str(tree.root)))
    other = "artifacts.run('other').chart('drawdown')"
    write(tmp_path / "export.ipynb", start, "run.chart()", other, "run.dashboard()")
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "--execute"]
    subprocess.run(
        [*command, str(tmp_path / "export.ipynb")],
        check=True,
        capture_output=True,
        timeout=10 * PATIENCE,
    )
    page = new_context().new_page()
    page.goto((tmp_path / "export.html").as_uri())
    expect(page.locator(".jp-OutputArea canvas").first).to_be_visible()
    expect(page.locator(".overall")).to_contain_text("never ended")
    values = page.locator(".readout")
    expect(values).to_have_count(3)
    last = "equity 1,007.00"
    expect(values.locator("[data-name=equity]")).to_have_text([last, last])
    expect(values.nth(1)).to_have_text(re.compile("^newest .* 17:35:00 UTC *drawdown 0.00.%$"))
    page.locator("peak-readout").first.focus()
    page.keyboard.press("Home")
    expect(values.locator("[data-name=equity]")).to_have_text(["equity 1,001.00", last])
    assert page.evaluate("globalThis.ran") is None


def test_views_are_imported_once_the_cell_that_opened_the_artifacts_is_done(
    tree: Tree, tmp_path: Path
) -> None:
    opened = f"import sys, peak_trade\npeak_trade.open({str(tree.root)!r})"
    later = f"import threading\n[t.join() for t in threading.enumerate() if t.name == {VIEWS!r}]"
    told = "\nprint('panel' in sys.modules)"
    write(tmp_path / "ahead.ipynb", opened + told, later + told)
    ran = NotebookClient(nbformat.read(tmp_path / "ahead.ipynb", 4), timeout=PATIENCE).execute()
    assert [cell.outputs[0].text for cell in ran.cells] == ["False\n", "True\n"]
