"""The package as a stranger gets it: from the sdist a wheel, with it an empty environment."""

from __future__ import annotations

import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.tree import Tree, event
from ops.programs import run
from peak_trade.contract.registry.pages import PAGES
from serving import REPO, Served, start, wait_until

pytestmark = [pytest.mark.ops, pytest.mark.long]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command of an environment that holds the wheel, with what that asks for alone."""
    work = tmp_path_factory.mktemp("package")
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", work / "sdist", cwd=REPO)
    (sdist,) = (work / "sdist").iterdir()
    with tarfile.open(sdist) as archive:
        archive.extractall(work / "source", filter="data")
    (source,) = (work / "source").iterdir()
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", work / "wheel", source)
    (wheel,) = (work / "wheel").iterdir()
    run(sys.executable, "-m", "venv", work / "venv")
    pip = work / "venv" / "bin" / "pip"
    run(pip, "install", "-q", "--no-compile", "-c", REPO / "config" / "constraints.txt", wheel)
    assert "No broken requirements found." in run(pip, "check")
    return work / "venv" / "bin" / "peak-trade"


@pytest.fixture(autouse=True)
def nothing_else_to_import(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONPATH", raising=False)


@pytest.fixture
def elsewhere(tmp_path: Path) -> Tree:
    """A directory outside of the checkout, with a run and a session."""
    tree = Tree(tmp_path)
    tree.run("known", [event(1)])
    tree.session("s")
    return tree


@pytest.fixture
def served(installed: Path, elsewhere: Tree) -> Iterator[Served]:
    command = [str(installed), "serve", "--port", "{port}"]
    served = start(command, elsewhere.root, elsewhere.root / "log")
    yield served
    served.stop()


def test_every_page_and_what_it_loads(served: Served) -> None:
    known = {"run_id": "known", "session_id": "s"}
    paths = [page.path.format(**known) for page in PAGES if page.path.count("{") <= 1]
    paths += ["/static/peak_trade/app.css", "/static/js/bokeh.min.js", "/docs", "/runs", "/metrics"]
    assert {path: served.ask(path).status for path in paths} == dict.fromkeys(paths, 200)


def test_the_configuration_file_comes_with_it(installed: Path, tmp_path: Path) -> None:
    shown = run(installed, "config", "--format", "toml", cwd=tmp_path)
    assert shown == (REPO / "config" / "config.toml").read_text()


def test_the_doctor_finds_nothing_wrong(installed: Path, elsewhere: Tree) -> None:
    elsewhere.run("known", [event(1)], ended_at="2026-01-15T18:00:00+00:00")
    told = run(installed, "doctor", "--port", "0", cwd=elsewhere.root)
    assert told.endswith("ok: overall\n")


def steps(served: Served, paths: list[str]) -> int:
    return sum(served.ask(path).json["total_steps"] for path in paths)


def test_the_demo_runs(installed: Path, tmp_path: Path) -> None:
    command = [str(installed), "demo", "--port", "{port}", "--speed", "50"]
    served = start(command, tmp_path, tmp_path / "log")
    try:
        wait_until(lambda: served.ask("/runs").json, "a run in the list")
        paths = [f"/runs/{item['run_id']}/snapshot" for item in served.ask("/runs").json]
        before = steps(served, paths)
        wait_until(lambda: steps(served, paths) > before)
    finally:
        assert served.stop() == 0
