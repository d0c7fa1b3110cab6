"""Each notebook runs from start to end on a run that the product's own runner wrote."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


def test_there_are_notebooks() -> None:
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_notebook_runs_and_is_stored_without_output(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = [sys.executable, "-m", "peak_trade", "run", "shadow", "--root", str(tmp_path)]
    subprocess.run([*command, "--bars", "300", "--speed", "0", "--quiet"], check=True, timeout=120)
    monkeypatch.setenv("NOTEBOOK_ROOT", str(tmp_path))
    notebook = nbformat.read(path, as_version=4)
    assert all(not cell.get("outputs") for cell in notebook.cells)
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    shown = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert any("300 events" in str(output.get("data", "")) for output in shown)
    assert [output["text"] for output in shown if output.get("name") == "stderr"] == []
