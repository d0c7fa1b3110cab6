"""The command as a process: exit codes, signals, and what it says to whom."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import signal
import subprocess
import sys
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
import typer

from peak_trade.runners.cli import app
from peak_trade.runners.strategies import STRATEGIES
from serving import PATIENCE

from .support import (
    Tree,
    check_books,
    command,
    environment,
    run_command,
    shared,
    start_command,
    wait_for,
)


@pytest.mark.shared
def test_a_run_over_a_real_file_completes(tmp_path: Path) -> None:
    data = shared("market", "XRP-USDT_5m_ohlcv.csv")
    result = run_command(
        *("shadow", "--data", str(data), "--symbol", "XRP/USDT", "--bars", "400"),
        *("--root", "out", "--strategy", "bollinger_bands", "--format", "parquet"),
        *("--tags", "a, b", "--notes", "first", "--start", "2021-11-15T01:00:00+00:00"),
        cwd=tmp_path,
    )
    assert (result.returncode, result.stderr) == (0, "")
    tree = Tree(tmp_path / "out")
    assert re.search(rf"^run {re.escape(tree.run.name)}, session session_", result.stdout)
    assert re.search(r"^completed: 400 bars, \d+ fills, equity ", result.stdout, re.MULTILINE)
    frame = check_books(tree.run)
    assert len(frame) == 400
    assert frame["ts_bar"].iloc[0].isoformat() == "2021-11-15T01:00:00+00:00"
    assert tree.meta["timeframe"] == "5m"
    assert tree.meta["config_snapshot"]["tags"] == ["a", "b"]
    assert tree.session["cli_args"][:3] == ["peak-trade", "run", "shadow"]
    assert "--strategy" in tree.session["cli_args"]
    assert tree.session["config"]["data"] == {"source": "file", "file": data.name}


def test_texts_that_are_no_utf8_are_refused(tmp_path: Path) -> None:
    odd = os.fsdecode(b"a\xff")
    for option in ("--notes", "--tags", "--symbol", "--timeframe"):
        result = run_command("shadow", "--bars", "3", option, odd, cwd=tmp_path)
        assert result.returncode == 2
        assert "is not UTF-8" in result.stderr
        assert option in result.stderr
    result = run_command("shadow", "--bars", "3", "--root", odd, cwd=tmp_path)
    assert result.returncode == 2
    assert (
        "dashboard.root = 'a\\udcff': value error, has a NUL, or a byte that is no" in result.stderr
    )
    assert list(tmp_path.iterdir()) == []


PAGE = Path(__file__).resolve().parents[2] / "docs" / "runners.md"


def has_ended(tree: Tree) -> bool:
    return tree.meta["ended_at"] is not None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_run_as_aborted(tmp_path: Path, number: signal.Signals) -> None:
    process = start_command(
        "shadow", "--loop", "--speed", "0.001", "--warm-bars", "120", cwd=tmp_path
    )
    tree = Tree(tmp_path)
    wait_for(lambda: bool(tree.runs) and (tree.run / "events.csv").exists(), process)
    wait_for(lambda: len(tree.events) == 120, process)
    assert tree.session["status"] == "started"
    assert tree.session["metrics"]["steps"] == 120
    assert has_ended(tree) is False
    process.send_signal(number)
    stdout, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert "aborted: 120 bars" in stdout
    assert tree.session["status"] == "aborted"
    assert tree.session["error"] == f"stopped by {number.name}"
    assert tree.session["finished_at"] >= tree.session["started_at"]
    assert has_ended(tree)
    assert len(check_books(tree.run)) == 120


def has_grown_to(tree: Tree, length: int) -> bool:
    return len(tree.events) >= length and tree.session["metrics"].get("steps", 0) >= length


def test_a_looping_run_grows_while_it_is_watched(tmp_path: Path) -> None:
    process = start_command(
        *("shadow", "--loop", "--speed", "200", "--flush-seconds", "0.05", "--quiet"), cwd=tmp_path
    )
    tree = Tree(tmp_path)
    wait_for(lambda: bool(tree.runs) and (tree.run / "events.csv").exists(), process)
    for length in (20, 60, 100):
        wait_for(partial(has_grown_to, tree, length), process)
    process.terminate()
    assert process.communicate(timeout=PATIENCE) == ("", "")
    assert process.returncode == 130
    times = tree.events["ts_bar"]
    assert set(times.diff().dropna()) == {timedelta(minutes=1)}
    assert tree.events["ts_event"].is_monotonic_increasing


def test_bad_data_and_bad_options_are_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("time,open,high,low,close,volume\n1767225600,1,abc,1,1,1\n")
    cases = {
        ("--data", "bad.csv"): "error: bad.csv, line 2, column 'high': 'abc' is not a number",
        ("--strategy", "macrossover"): "did you mean 'ma_crossover'?",
        ("--run-id", "a/b"): "cannot name a run",
    }
    for words, message in cases.items():
        result = run_command("shadow", "--quiet", *words, cwd=tmp_path)
        assert result.returncode == 2
        assert message in result.stderr
        assert len(result.stderr.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["bad.csv"]


def test_a_frozen_clock_is_refused(tmp_path: Path) -> None:
    result = run_command("shadow", "--quiet", cwd=tmp_path, PEAK_TRADE_NOW="2026-01-15T00:00:00Z")
    assert result.returncode == 2
    assert "unset PEAK_TRADE_NOW" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_output_that_cannot_be_written_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "live_runs").write_text("a file, where a directory has to be")
    result = run_command("shadow", "--quiet", "--bars", "10", cwd=tmp_path)
    assert result.returncode == 1
    assert "live_runs" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_starts_at_the_same_time_never_share_a_run(tmp_path: Path) -> None:
    processes = [start_command("shadow", "--bars", "30", cwd=tmp_path) for _ in range(3)]
    for process in processes:
        process.communicate(timeout=PATIENCE)
        assert process.returncode == 0
    runs = Tree(tmp_path).runs
    assert len(runs) == 3
    assert [len(check_books(run)) for run in runs] == [30] * 3


def test_on_a_terminal_a_bar_shows_how_far_the_run_is(tmp_path: Path) -> None:
    terminal, end = pty.openpty()
    process = subprocess.Popen(
        command("shadow", "--bars", "150"),
        cwd=tmp_path,
        env=environment(TERM="xterm", COLUMNS="120"),
        stdout=end,
        stderr=subprocess.DEVNULL,
    )
    os.close(end)
    shown = b""
    with contextlib.suppress(OSError):  # a terminal whose other end is closed
        while part := os.read(terminal, 65_536):
            shown += part
    os.close(terminal)
    assert process.wait(timeout=PATIENCE) == 0
    assert b"150/150" in shown
    assert b"completed: 150 bars" in shown


OFFLINE = """
import sys
sys.addaudithook(lambda event, _: sys.exit(event) if event in
                 ("socket.connect", "socket.getaddrinfo", "subprocess.Popen") else None)
from peak_trade.runners.cli import app
app(["shadow", "--quiet", "--bars", "500"], standalone_mode=False)
sys.exit("exchange library" if "ccxt" in sys.modules else 0)
"""


def test_no_run_calls_an_exchange(tmp_path: Path) -> None:
    words = [sys.executable, "-W", "error", "-c", OFFLINE]
    result = subprocess.run(words, cwd=tmp_path, env=environment(), capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")
    assert len(Tree(tmp_path).events) == 500


def test_strategies_are_listed(tmp_path: Path) -> None:
    result = run_command("strategies", cwd=tmp_path)
    assert result.returncode == 0
    keys = [line.split()[0] for line in result.stdout.splitlines() if not line.startswith(" ")]
    assert keys == list(STRATEGIES)
    assert f"$ peak-trade run strategies\n{result.stdout}" in PAGE.read_text()


def test_times_that_are_none_are_refused(tmp_path: Path) -> None:
    result = run_command("shadow", "--start", "yesterday", cwd=tmp_path)
    assert result.returncode == 2
    assert "ISO 8601" in result.stderr


def test_every_option_is_documented() -> None:
    shadow = typer.main.get_group(app).commands["shadow"]
    options = {word for option in shadow.params for word in option.opts + option.secondary_opts}
    page = PAGE.read_text()
    documented = set(re.findall(r"`(--[a-z-]+)`", page.partition("## Market data")[0]))
    assert documented == options


def test_the_directories_are_those_of_the_console(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        '[shadow_paper_logging]\nbase_dir = "runs"\n[dashboard]\ntelemetry_dir = "told"\n'
    )
    words = ("shadow", "--quiet", "--bars", "3", "--config", "mine.toml", "--root", "out")
    result = run_command(*words, cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"runs", "told", "reports"}
    assert (tmp_path / "out/runs/alerts").is_dir()
    result = run_command("shadow", "--config", "none.toml", cwd=tmp_path)
    assert (result.returncode, len(result.stderr.splitlines())) == (2, 1)
