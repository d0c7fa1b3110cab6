"""A JupyterLab or Notebook 7 with a notebook in it, as a person works with it in a browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
from playwright.sync_api import Page

from ops.programs import find, started
from serving import Served, clean_environment, find_free_port, wait_until

TOKEN = "for-this-test"
BASE = "/user/quant/"


class App(NamedTuple):
    """A program with notebooks: its command, the name of its settings, where it opens a file."""

    program: str
    settings: str
    place: str


LAB = App("jupyter-lab", "LabApp", "lab/tree/")
NOTEBOOK = App("jupyter-notebook", "JupyterNotebookApp", "notebooks/")


def write(path: Path, *cells: str) -> None:
    """Write a notebook with these cells of code."""
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, path)


@contextmanager
def jupyter(app: App, root: Path, home: Path) -> Iterator[Served]:
    """Run one over a directory, below a path."""
    port = find_free_port()
    options = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": port,
        "ServerApp.base_url": BASE,
        "IdentityProvider.token": TOKEN,
        f"{app.settings}.expose_app_in_browser": True,
        "LabApp.news_url": "",
    }
    command = [find(app.program), "--no-browser", "--allow-root"]
    command += [f"--{name}={value}" for name, value in options.items()]
    environment = clean_environment({"HOME": str(home), "IPYTHONDIR": str(home / "ipython")})
    with started(command, root, environment) as process:
        served = Served(process, f"http://127.0.0.1:{port}{BASE}", root / "log")

        def answers() -> bool:
            assert process.poll() is None, served.log.read_text()
            try:
                return (
                    served.ask("api/status", headers={"Authorization": f"token {TOKEN}"}).status
                    == 200
                )
            except OSError:
                return False

        wait_until(answers, f"{app.program}: {served.log}")
        yield served


class Notebook:
    """An open notebook; `errors` are what its console said."""

    def __init__(self, page: Page, served: Served, name: str, app: App = LAB) -> None:
        self.page = page
        self.errors: list[str] = []
        page.goto(f"{served.url}{app.place}{name}?token={TOKEN}&reset")  # else tabs come back
        page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
        page.wait_for_function("jupyterapp.shell.currentWidget?.sessionContext?.isReady")
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on(
            "console",
            lambda said: self.errors.append(said.text) if said.type == "error" else None,
        )

    def command(self, name: str) -> None:
        """Do what a menu does."""
        self.page.evaluate("name => jupyterapp.commands.execute(name)", name)

    def run(self, cell: int) -> None:
        """Run one cell, from 0."""
        self.page.locator(".jp-CodeCell .cm-content").nth(cell).press("Control+Enter")

    def restart(self) -> None:
        """Let a new kernel run all cells, once what they had put out is gone."""
        self.page.evaluate("void jupyterapp.commands.execute('notebook:restart-run-all')")
        self.page.locator(".jp-Dialog .jp-mod-accept").click()
        self.page.locator(".jp-Dialog").wait_for(state="detached")

    def output(self, cell: int) -> Any:
        """Go to a cell, from 0, as others are not drawn, and return what it has put out."""
        self.page.evaluate(
            "cell => jupyterapp.shell.currentWidget.content.scrollToItem(cell, 'start')", cell
        )
        return (
            self.page.locator(".jp-CodeCell")
            .and_(self.page.locator(f"[data-windowed-list-index='{cell}']"))
            .locator(".jp-OutputArea-output")
        )
