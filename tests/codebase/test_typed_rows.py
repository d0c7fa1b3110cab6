"""A build function that does not fit its row is found by the type checker."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from serving import REPO

HEAD = """
from peak_trade.contract.base.route import Context, Params
from peak_trade.contract.registry.run_routes import row
from peak_trade.contract.runs.params import TailParams
from peak_trade.contract.runs.snapshot import run_revision, snapshot, tail

async def misnamed(context: Context, params: Params, run: str) -> str: raise AssertionError
async def without_parameters(context: Context) -> str: raise AssertionError
def at_once(context: Context, params: Params) -> str: raise AssertionError
async def of_tail(context: Context, params: TailParams, run_id: str) -> int: raise AssertionError
"""
REFUSED = (
    'row("t", "/{run}", misnamed, str, "")',
    'row("t", "/x", without_parameters, str, "")',
    'row("t", "/x", at_once, str, "")',
    'row("t", "/{run_id}", tail, str, "")',
    'row("t", "/{run_id}", tail, str, "", Params)',
    'row("t", "/x", snapshot, str, "", revision=of_tail)',
)
ACCEPTED = (
    'row("t", "/{run_id}", tail, str, "", TailParams, revision=run_revision)',
    'row("t", "/{run_id}", snapshot, str, "", revision=run_revision)',
)


@pytest.mark.ops
def test_rows_with_build_functions_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "rows.py"
    file.write_text(HEAD + "\n".join((*REFUSED, *ACCEPTED)) + "\n")
    first = HEAD.count("\n") + 1
    config = ["--config-file", str(REPO / "pyproject.toml")]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *config, str(file)],
        cwd=REPO,
        env=os.environ | {"MYPYPATH": str(REPO / "src")},
        capture_output=True,
        text=True,
    )
    lines = {int(line) for line in re.findall(r"rows\.py:(\d+): error", done.stdout)}
    assert lines == set(range(first, first + len(REFUSED))), done.stdout + done.stderr
