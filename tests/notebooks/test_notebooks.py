"""Each notebook runs from start to end on runs that the product's own runner wrote.

What it calls by one of the names in `FIGURES` is compared with the JSON routes, number by number.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from conftest import Start
from serving import Served

pytestmark = pytest.mark.ops

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
SEEDS = ("1", "2", "3")

Rows = list[dict[str, Any]]
Ask = Callable[[str], Any]


def of_runs(ask: Ask, rows: Rows) -> Rows:
    """Return the statistics of each run that is in a row."""
    told: Rows = []
    for row in rows:
        items = ask(f"/api/v0/runs/{row['run_id']}/statistics")["items"]
        told.append({"run_id": row["run_id"], **{item["name"]: item["value"] for item in items}})
    return told


def of_drift(ask: Ask, rows: Rows) -> Rows:
    """Return the drift of the two runs that the row names."""
    [row] = rows
    return [ask(f"/api/v0/drift?left={row['left']}&right={row['right']}")]


FIGURES: dict[str, Callable[[Ask, str, Rows], Rows]] = {
    "runs": lambda ask, run, rows: ask("/api/v0/pages/watch")["runs"],
    "snapshot": lambda ask, run, rows: [ask(f"/runs/{run}/snapshot")],
    "equity": lambda ask, run, rows: ask(f"/api/v0/runs/{run}/curve"),
    "stats": lambda ask, run, rows: ask(f"/api/v0/runs/{run}/statistics")["items"],
    "books": lambda ask, run, rows: ask(f"/api/v0/runs/{run}/books")["checks"],
    "stages": lambda ask, run, rows: ask(f"/api/v0/runs/{run}/funnel")["stages"],
    "reasons": lambda ask, run, rows: ask(f"/api/v0/runs/{run}/funnel")["reasons"],
    "fills": lambda ask, run, rows: ask(f"/api/v0/runs/{run}/funnel")["fills"],
    "by_run": lambda ask, run, rows: of_runs(ask, rows),
    "drift": lambda ask, run, rows: of_drift(ask, rows),
}
"""What a notebook calls so, to what the routes say of it."""

TELL = f"""
import json as json_
import pandas as pandas_

def rows_(value):
    is_frame = isinstance(value, pandas_.DataFrame)
    return value.reset_index().to_dict("records") if is_frame else [dict(value)]

told_ = {{name: rows_(globals()[name]) for name in {list(FIGURES)} if name in globals()}}
print(json_.dumps([getattr(globals().get("run"), "run_id", ""), told_], default=str))
"""


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("fleet")
    command = [sys.executable, "-m", "peak_trade", "run", "shadow", "--root", str(root)]
    for seed in SEEDS:
        given = ["--run-id", f"run_{seed}", "--seed", seed, "--bars", "300", "--speed", "0"]
        subprocess.run([*command, *given, "--quiet"], check=True, timeout=120)
    return root


@pytest.fixture(scope="module")
def served(fleet: Path, server: Start) -> Served:
    return server(fleet)


def test_there_are_notebooks() -> None:
    assert NOTEBOOKS


def is_number(value: object) -> bool:
    return isinstance(value, int | float)


def is_none(value: object) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def compared(told: Rows, said: Rows) -> int:
    """Compare all numbers of rows, in the columns that both have; return how many there are."""
    assert len(told) == len(said)
    count = 0
    for ours, theirs in zip(told, said, strict=True):
        for name in ours.keys() & theirs.keys():
            if is_number(theirs[name]):
                assert ours[name] == theirs[name], name
                count += 1
            elif theirs[name] is None:
                assert is_none(ours[name]), name
    return count


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_notebook_runs_and_is_stored_without_output(
    path: Path, fleet: Path, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTEBOOK_ROOT", str(fleet))
    notebook = nbformat.read(path, as_version=4)
    assert all(not cell.get("outputs") for cell in notebook.cells)
    notebook.cells.append(nbformat.v4.new_code_cell(TELL))
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    *cells, last = notebook.cells
    shown = [output for cell in cells for output in cell.get("outputs", [])]
    assert any("300 events" in str(output.get("data", "")) for output in shown)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert [output["text"] for output in outputs if output.get("name") == "stderr"] == []

    run_id, told = json.loads(last.outputs[0]["text"])

    def ask(route: str) -> Any:
        return served.ask(route).json

    counts = {name: compared(rows, FIGURES[name](ask, run_id, rows)) for name, rows in told.items()}
    assert sum(counts.values()) > 5, counts
