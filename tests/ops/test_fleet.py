"""A fleet on a Dask cluster of programs started by hand, of which one ends meanwhile."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from contract.tree import NOW, Tree, event
from ops.programs import started
from peak_trade.contract.fleet.dataset import read
from peak_trade.fleets import cluster
from peak_trade.fleets.build import build
from peak_trade.settings import load
from serving import PEAK_TRADE

RUNS, EVENTS, PATIENCE = 1500, 40, 300
DASK = str(Path(sys.executable).with_name("dask"))

pytestmark = pytest.mark.ops


def wait(until: Callable[[], object], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not until():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def rows(out: Path) -> dict[str, dict[str, Any]]:
    return {row["run_id"]: row for row in read(out).to_pylist()}


def test_a_worker_that_is_killed_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PEAK_TRADE_NOW", NOW)
    tree, out, alone = Tree(tmp_path / "root"), tmp_path / "fleet", tmp_path / "alone"
    for number in range(RUNS):
        events = [event(step, equity=1000.0 + number * step % 13) for step in range(1, EVENTS)]
        tree.run(f"run{number:04}", events, ended_at=NOW)
    where = tmp_path / "scheduler.json"
    options = ("--scheduler-file", str(where))
    with ExitStack() as programs:

        def begin(name: str, *words: str) -> subprocess.Popen[bytes]:
            (tmp_path / name).mkdir()
            return programs.enter_context(started(words, tmp_path / name))

        place = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        begin("scheduler", DASK, "scheduler", *place, *options)
        wait(where.exists, "the scheduler did not start")
        worker = (DASK, "worker", *options, "--nthreads", "1", "--no-nanny", "--no-dashboard")
        first, _ = begin("first", *worker), begin("second", *worker)
        address = json.loads(where.read_text())["address"]
        command = [*PEAK_TRADE, "fleet", "build", "--root", str(tree.root), "--out", str(out)]
        building = begin("build", *command, "--scheduler", address)
        batches = out.with_name(".fleet.batches")
        wait(lambda: any(batches.glob("*.parquet")), "no batch was finished")
        assert building.poll() is None
        first.kill()
        wait(lambda: building.poll() is not None, "the build did not end")
        assert building.returncode == 0, (tmp_path / "build" / "log").read_text()
    monkeypatch.setattr(cluster, "FEW", RUNS)
    build(load(None, {"dashboard.root": str(tree.root)}).settings, alone)
    assert rows(out) == rows(alone)
    assert len(rows(out)) == RUNS
