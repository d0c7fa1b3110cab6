"""Kill -9 at any moment: what was flushed stays, whole and readable.

`PEAK_TRADE_TEST_KILLS` sets how many processes each test kills.
"""

from __future__ import annotations

import os
import random
import signal
from pathlib import Path

import pytest

from peak_trade.writing import LogFormat
from serving import PATIENCE

from .support import Tree, check_books, read_lines, run_command, start_command, wait_for

KILLS = int(os.environ.get("PEAK_TRADE_TEST_KILLS", "5"))


@pytest.mark.parametrize("log_format", list(LogFormat))
@pytest.mark.parametrize("seed", range(KILLS))
def test_a_killed_run_keeps_what_was_flushed(
    tmp_path: Path, log_format: LogFormat, seed: int
) -> None:
    process = start_command(
        *("shadow", "--loop", "--quiet", "--run-id", "r", "--format", log_format),
        *("--flush-steps", "7", "--flush-seconds", "0.01", "--max-daily-loss", "5"),
        cwd=tmp_path,
    )
    events = tmp_path / "live_runs" / "r" / f"events.{log_format}"
    size = random.Random(seed).randrange(40_000 if log_format is LogFormat.PARQUET else 400_000)
    wait_for(lambda: events.exists() and events.stat().st_size > size, process)
    seen = events.read_bytes()
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=PATIENCE)

    tree = Tree(tmp_path)
    if log_format is LogFormat.CSV:
        assert events.read_bytes().startswith(seen[: seen.rfind(b"\n") + 1])
    frame = check_books(tree.run, killed=True)
    assert tree.session["status"] == "started"
    assert len(frame) >= tree.session["metrics"].get("steps", 0)
    assert all(read_lines(path) for path in tmp_path.rglob("alerts*.jsonl"))

    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    if seed == 0:
        again = run_command("shadow", "--run-id", "r", "--quiet", cwd=tmp_path)
        assert again.returncode == 2
        assert "'r' exists already" in again.stderr
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
