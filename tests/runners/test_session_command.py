"""`peak-trade run session` as a process: exit codes, signals, and what it leaves behind."""

from __future__ import annotations

import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import peak_trade
from exchange.stand_in import KEY, SECRET, Fault, StandIn
from peak_trade.runners.cli import app
from serving import PATIENCE

from .support import Tree, check_books, run_command, start_command, wait_for
from .test_session import everything_in, wave

PAGE = Path(__file__).resolve().parents[2] / "docs" / "runners.md"
QUICK = ("session", "--poll-interval", "0.01", "--warmup", "30")


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    with StandIn(candles=wave(600), visible=60, grow=2) as server:
        yield server


def environment(stand_in: StandIn, **more: str) -> dict[str, str]:
    return {
        "PEAK_TRADE_EXCHANGE__BASE_URL": stand_in.url,
        "PEAK_TRADE_EXCHANGE__RATE_LIMIT_MS": "1",
        "PEAK_TRADE_EXCHANGE__RETRY_WAIT_SECONDS": "0.001",
        "KRAKEN_API_KEY": KEY,
        "KRAKEN_API_SECRET": SECRET,
        **more,
    }


def test_a_session_completes(tmp_path: Path, stand_in: StandIn) -> None:
    result = run_command(
        *(*QUICK, "--mode", "testnet", "--steps", "40", "--strategy", "rsi_reversion"),
        *("--tags", "a, b", "--notes", "first", "--root", "out", "--format", "parquet"),
        cwd=tmp_path,
        **environment(stand_in),
    )
    assert (result.returncode, result.stderr) == (0, "")
    tree = Tree(tmp_path / "out")
    assert result.stdout.startswith(f"run {tree.run.name}, session session_")
    assert re.search(r"^completed: 40 bars, \d+ fills, equity ", result.stdout, re.MULTILINE)
    assert len(check_books(tree.run)) == 40
    assert tree.session["config"]["tags"] == ["a", "b"]
    assert tree.session["cli_args"][:3] == ["peak-trade", "run", "session"]
    assert tree.meta["notes"] == "first"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_running_session_cleanly(
    tmp_path: Path, stand_in: StandIn, number: signal.Signals
) -> None:
    process = start_command(*QUICK, cwd=tmp_path, **environment(stand_in))
    tree = Tree(tmp_path)
    wait_for(lambda: bool(tree.runs) and (tree.run / "events.csv").exists(), process)
    wait_for(lambda: tree.session["metrics"].get("steps", 0) >= 20, process)
    assert tree.session["status"] == "started"
    assert tree.session["finished_at"] is None
    process.send_signal(number)
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (130, "")
    assert "aborted: " in out
    record = tree.session
    assert (record["status"], record["error"]) == ("aborted", f"stopped by {number.name}")
    assert record["metrics"]["steps"] == len(check_books(tree.run))
    written = everything_in(tmp_path)
    assert KEY not in written
    assert SECRET not in written


def test_a_signal_ends_the_wait_for_an_exchange(tmp_path: Path, stand_in: StandIn) -> None:
    slow = environment(
        stand_in,
        PEAK_TRADE_EXCHANGE__RETRY_WAIT_SECONDS="20",
        PEAK_TRADE_EXCHANGE__RETRY_MAX_WAIT_SECONDS="20",
    )
    stand_in.always = Fault.UNAVAILABLE
    process = start_command(*QUICK, cwd=tmp_path, **slow)
    wait_for(lambda: stand_in.requests != [], process)
    process.terminate()
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (130, "")
    assert err == "aborted before the session began; nothing was written\n"
    assert list(tmp_path.iterdir()) == []
    assert len(stand_in.requests) == 1


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("--mode", "live"), 2, "mode live is refused: this program sends no orders"),
        (("--symbol", "BTC/EUX"), 2, "did you mean BTC/EUR?"),
        (("--strategy", "macrossover"), 2, "did you mean 'ma_crossover'?"),
        (("--poll-interval", "0"), 2, "poll interval"),
        (("--config", "none.toml"), 2, "no such configuration file"),
    ],
)
def test_what_cannot_begin_is_told_in_one_line(
    tmp_path: Path, stand_in: StandIn, words: tuple[str, ...], code: int, message: str
) -> None:
    result = run_command("session", *words, cwd=tmp_path, **environment(stand_in))
    assert (result.returncode, len(result.stderr.splitlines())) == (code, 1)
    assert message in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_exchange_that_does_not_answer(tmp_path: Path, stand_in: StandIn) -> None:
    stand_in.always = Fault.HTTP_500
    result = run_command("session", cwd=tmp_path, **environment(stand_in))
    assert result.returncode == 1
    assert (
        result.stderr
        == "error: kraken: market_limits failed: not available (500); try again later\n"
    )
    assert list(tmp_path.iterdir()) == []
    unknown = environment(stand_in, PEAK_TRADE_EXCHANGE__ID="krakn")
    result = run_command("session", cwd=tmp_path, **unknown)
    assert result.returncode == 2
    assert "did you mean kraken" in result.stderr


def test_a_dry_run_asks_and_writes_nothing(tmp_path: Path, stand_in: StandIn) -> None:
    result = run_command(
        "session", "--dry-run", "--mode", "testnet", cwd=tmp_path, **environment(stand_in)
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert "dry run of testnet: ma_crossover on BTC/EUR, 1m" in result.stdout
    assert "quantity from 0.0001 in steps of 1e-08" in result.stdout
    assert result.stdout.endswith("nothing was written\n")
    assert list(tmp_path.iterdir()) == []
    assert stand_in.requests == ["Assets", "AssetPairs", "OHLC"]


def test_another_host_is_said_and_what_opens_it_is_not(tmp_path: Path, stand_in: StandIn) -> None:
    host = stand_in.url.partition("://")[2]
    address = {"PEAK_TRADE_EXCHANGE__BASE_URL": f"http://someone:xyzzy@{host}"}
    through = environment(stand_in, **address)
    dry = run_command("session", "--dry-run", cwd=tmp_path, **through)
    assert f"reads kraken via {host}, not the exchange's own host; " in dry.stdout
    result = run_command(*QUICK, "--steps", "2", cwd=tmp_path, **through)
    assert (result.returncode, result.stderr) == (0, "")
    assert stand_in.headers[-1]["Authorization"].startswith("Basic "), "it opened the host"
    record = Tree(tmp_path).session
    assert record["env_name"] == f"shadow_kraken via {host}"
    assert record["config"]["data"]["exchange"] == f"kraken via {host}"
    told = dry.stdout + dry.stderr + result.stdout + everything_in(tmp_path)
    assert "xyzzy" not in told
    assert "someone" not in told


def test_without_the_extra_a_session_tells_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "peak_trade.exchange.client", None)
    result = CliRunner().invoke(app, ["session"])
    assert result.exit_code == 2
    assert "pip install -c config/constraints.txt -e '.[exchange]' in a checkout" in result.output
    assert "pip install 'FILE.whl[exchange]'" in result.output


def test_the_console_reads_a_session_without_read_errors(tmp_path: Path, stand_in: StandIn) -> None:
    words = (*QUICK, "--mode", "testnet", "--steps", "60", "--quiet")
    assert run_command(*words, cwd=tmp_path, **environment(stand_in)).returncode == 0
    tree, library = Tree(tmp_path), peak_trade.open(tmp_path)
    assert library.runs()["run_id"].tolist() == [tree.run.name]
    assert len(library.run(tree.run.name).events) == 60
    assert library.sessions()["status"].tolist() == ["completed"]
    assert len(library.telemetry(tree.session["session_id"])) == len(tree.telemetry) > 5
    assert len(library.alerts()) == len(tree.alerts) == 2


def test_no_registry(tmp_path: Path, stand_in: StandIn) -> None:
    words = (*QUICK, "--steps", "3", "--no-registry", "--quiet")
    result = run_command(*words, cwd=tmp_path, **environment(stand_in))
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert len(Tree(tmp_path).events) == 3
    assert not (tmp_path / "reports").exists()


def test_every_option_is_documented() -> None:
    session = typer.main.get_group(app).commands["session"]
    options = {word for option in session.params for word in option.opts + option.secondary_opts}
    section = PAGE.read_text().partition("## Sessions")[2].partition("\n## ")[0]
    assert set(re.findall(r"`(--[a-z-]+)`", section)) == options
