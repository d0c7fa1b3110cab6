"""The commands as a user runs them: both processes start, and none is left behind."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess

import psutil
import pytest

from preloaded import finish
from serve.conftest import executed, write_modules
from serving import PATIENCE, PEAK_TRADE, Served, clean_environment, start, wait_until

DEMO = [*PEAK_TRADE, "demo", "--port", "{port}", "--speed", "50"]


def run(*words: str, cwd: Path, env: dict[str, str] | None = None) -> CompletedProcess[str]:
    """Run a command that ends by itself."""
    environment = clean_environment({"COLUMNS": "200", **(env or {})})
    return finish([*PEAK_TRADE, *words], cwd, environment, PATIENCE)


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Served]:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    served = start(DEMO, tmp_path, tmp_path / "log", env={"TMPDIR": str(temporary)})
    yield served
    served.stop()


def runners_of(demo: Served) -> list[psutil.Process]:
    return psutil.Process(demo.process.pid).children()


def growing(demo: Served) -> str:
    """Return the id of the run with the options of the command line, once it is there."""

    def found() -> list[str]:
        runs = demo.ask("/runs").json
        return [
            run["run_id"] for run in runs if (run["mode"], run["timeframe"]) == ("shadow", "1m")
        ]

    wait_until(found, "the run in the list")
    return found()[0]


@pytest.mark.ops
def test_a_run_grows_in_three_modes_one_ends_and_one_crashes(demo: Served, tmp_path: Path) -> None:
    run_id = growing(demo)
    before = demo.ask(f"/runs/{run_id}/snapshot").json["total_steps"]
    wait_until(lambda: demo.ask(f"/runs/{run_id}/snapshot").json["total_steps"] > before)
    assert demo.url.encode() in demo.log.read_bytes()
    assert [path.name for path in tmp_path.iterdir() if path.name not in {"log", "temporary"}] == []
    runners_of(demo)[0].kill()  # who kills a run by hand still has the console
    wait_until(lambda: demo.ask("/api/v0/attention").json["crashed_runs"], "a crash")
    runs = demo.ask("/api/v0/runs_table").json["rows"]
    assert {run["mode"] for run in runs} == {"shadow", "paper", "testnet"}
    assert {"crashed", "live", "ended"} <= {run["state"] for run in runs}
    # A runner that starts after the one that was killed marks that as ended.
    ended = [run["run"] for run in runs if run["state"] == "ended"]
    wait_until(
        lambda: any(demo.ask(f"/runs/{run}/snapshot").json["total_orders"] > 20 for run in ended)
    )
    assert demo.process.poll() is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_no_process_is_left(demo: Served, tmp_path: Path, number: signal.Signals) -> None:
    runners = runners_of(demo)
    assert len(runners) == 5
    if number != signal.SIGKILL:
        runners[0].suspend()  # it is longer in ending than a server may be
    demo.process.send_signal(number)
    code = demo.process.wait(PATIENCE)
    _gone, left = psutil.wait_procs(runners, PATIENCE)
    assert left == []
    if number != signal.SIGKILL:
        assert code == 0, demo.log.read_text()
        assert list((tmp_path / "temporary").iterdir()) == []
        assert "Traceback" not in demo.log.read_text()
        assert "Fatal" not in demo.log.read_text()


def test_demo_ends_with_a_run_that_failed(tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("nonsense\n")
    done = run("demo", "--port", "0", "--data", str(bad), cwd=tmp_path)
    assert done.returncode != 0
    assert "bad.csv" in done.stderr
    assert "Traceback" not in done.stderr


def test_demo_keeps_a_directory_that_was_named_and_executes_nothing_beside_it(
    tmp_path: Path,
) -> None:
    write_modules(tmp_path)
    served = start([*DEMO, "--dir", "kept"], tmp_path, tmp_path / "log")
    growing(served)
    runners = runners_of(served)
    assert served.stop() == 0
    _gone, left = psutil.wait_procs(runners, PATIENCE)
    assert left == []
    assert list((tmp_path / "kept" / "live_runs").glob("*_shadow_*_1m/meta.json"))
    assert executed(tmp_path) == []


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_occupied_port_is_one_clear_line(tmp_path: Path, command: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = run(command, "--port", str(port), cwd=tmp_path)
    expected = f"error: port {port} on 127.0.0.1 is in use; choose another with --port\n"
    assert (done.returncode, done.stderr) == (1, expected)
    assert list(tmp_path.iterdir()) == []


def test_addresses_of_other_machines_are_refused(tmp_path: Path) -> None:
    words = ["--host", "192.0.2.1", "--port", "0", "--insecure-public"]
    done = run("serve", *words, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (
        1,
        "error: 192.0.2.1 is no address of this machine; choose another with --host\n",
    )


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "::ffff:0.0.0.0"])
def test_without_a_log_in_no_other_machine_is_served(tmp_path: Path, host: str) -> None:
    done = run("serve", "--host", host, "--port", "0", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: {host} can be reached from other machines")
    assert "--insecure-public" in done.stderr
    assert done.stderr.count("\n") == 1


def test_settings_of_the_command_line_arrive(tmp_path: Path) -> None:
    run_directory = tmp_path / "data" / "runs" / "one"
    run_directory.mkdir(parents=True)
    (run_directory / "meta.json").write_text(
        '{"run_id": "r", "mode": "m", "strategy_name": "s", "symbol": "x", "timeframe": "1m"}'
    )
    (run_directory / "events.csv").write_text("step,equity\n1,5\n")
    command = [*PEAK_TRADE, "serve", "--port", "{port}", "--root", "data"]
    served = start([*command, "--base-runs-dir", "runs"], tmp_path, tmp_path / "log")
    assert [item["run_id"] for item in served.ask("/runs").json] == ["one"]
    assert served.stop() == 0


def test_bad_settings_are_told_together(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text("[web_ui]\nport = -1\n")
    words = ("serve", "--config", "c.toml", "--auto-refresh-seconds", "-1")
    done = run(*words, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "error: c.toml: web_ui.port = -1: input should be greater than or equal to 0",
        "error: command line: web_ui.auto_refresh_seconds = -1.0: input should be greater than 0",
    ]


def test_bad_settings_end_panel_too(tmp_path: Path) -> None:
    with pytest.raises(AssertionError) as caught:
        start(
            [*PEAK_TRADE[:1], "-c", "import peak_trade.serve.plugin"],
            tmp_path,
            tmp_path / "log",
            env={"PEAK_TRADE_WEB_UI__PORT": "x"},
        )
    assert "peak-trade: environment: PEAK_TRADE_WEB_UI__PORT = 'x'" in str(caught.value)
    assert "Traceback" not in str(caught.value)


def test_pages_can_be_switched_off(tmp_path: Path) -> None:
    done = run("serve", "--port", "0", cwd=tmp_path, env={"PEAK_TRADE_WEB_UI__ENABLED": "false"})
    assert done.returncode == 1
    assert done.stderr.startswith("error: web_ui.enabled is false")


def test_config_prints_value_and_origin(tmp_path: Path) -> None:
    done = run("config", cwd=tmp_path, env={"PEAK_TRADE_STORE__READ_THREADS": "3"})
    rows = [line.split() for line in done.stdout.splitlines()]
    assert ["store.read_threads", "3", "environment"] in rows
    assert ["web_ui.port", "8000", "default"] in rows
    assert run("config", "--format", "toml", cwd=tmp_path).stdout.startswith("# Every setting")
    assert run("config", "--format", "markdown", cwd=tmp_path).stdout.startswith("| setting |")


def test_run_hands_its_words_on(tmp_path: Path) -> None:
    done = run("run", "shadow", "--help", cwd=tmp_path)
    assert done.returncode == 0
    assert "--warm-bars" in done.stdout
