"""Kill -9 at any moment: what was flushed stays, whole and readable.

`PEAK_TRADE_TEST_KILLS` sets how many processes each test kills.
"""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from peak_trade.writing import LogFormat
from serving import PATIENCE

from .support import Tree, check_books, read_json, read_lines, run_command, start_command, wait_for

KILLS = int(os.environ.get("PEAK_TRADE_TEST_KILLS", "3"))


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


def test_a_killed_session_is_ended_by_hand_or_by_the_next_start(tmp_path: Path) -> None:
    words = ("shadow", "--loop", "--quiet", "--flush-steps", "7", "--run-id")
    ids = []
    for run_id in ("first", "second"):
        process = start_command(*words, run_id, cwd=tmp_path)
        events = tmp_path / "live_runs" / run_id / "events.csv"
        wait_for(events.exists, process)
        process.kill()
        process.communicate(timeout=PATIENCE)
        ids.append(read_json(tmp_path / "live_runs" / run_id / "meta.json"))
    first, second = (meta["config_snapshot"]["session_id"] for meta in ids)
    records = {
        record["session_id"]: path
        for path in sorted(tmp_path.glob("reports/**/*.json"))
        if (record := read_json(path))
    }
    # the start of the second one ended the first
    assert read_json(records[first])["error"] == "process ended"
    assert read_json(records[second])["status"] == "started"
    result = run_command("end", second, cwd=tmp_path)
    assert (result.returncode, "is ended as failed: process ended" in result.stdout) == (0, True)
    assert read_json(records[second])["status"] == "failed"
    again = run_command("end", second, cwd=tmp_path)
    assert (again.returncode, "no session" in again.stderr) == (2, True)


@contextmanager
def hangups(handling: signal.Handlers) -> Iterator[None]:
    """What children do at SIGHUP: they inherit it, and the tests may run under nohup."""
    before = signal.signal(signal.SIGHUP, handling)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("handling", [signal.SIG_DFL, signal.SIG_IGN])
def test_a_closed_terminal_ends_a_run_cleanly_but_not_under_nohup(
    tmp_path: Path, handling: signal.Handlers
) -> None:
    with hangups(handling):
        process = start_command("shadow", "--loop", "--quiet", "--run-id", "r", cwd=tmp_path)
    events = tmp_path / "live_runs" / "r" / "events.csv"
    wait_for(events.exists, process)
    process.send_signal(signal.SIGHUP)
    ends_by = "SIGHUP"
    if handling is signal.SIG_IGN:
        size = events.stat().st_size
        wait_for(lambda: events.stat().st_size > size + 100_000, process)
        process.send_signal(signal.SIGTERM)
        ends_by = "SIGTERM"
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert Tree(tmp_path).session["status"] == "aborted"
    assert ends_by in Tree(tmp_path).session["error"]
