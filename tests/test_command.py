"""The commands as a user types them: inside a trading system, and with what cannot be used."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from typer import Typer
from typer.main import get_command
from typer.testing import CliRunner

from peak_trade.cli import app
from peak_trade.runners.cli import app as run_app
from peak_trade.runners.telemetry_cli import app as telemetry_app
from preloaded import finish
from serving import PATIENCE, PEAK_TRADE, clean_environment
from trading_system import VARIABLES, write_configuration

NEAR_MISS = "PEAK_TRADE_WEB_UI__PROT"


def run(cwd: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return finish([*PEAK_TRADE, *words], cwd, clean_environment(environment), PATIENCE)


def test_the_version_is_told(tmp_path: Path) -> None:
    done = run(tmp_path, "--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"peak-trade {version('peak-trade-dashboard')}\n"


def commands(found: Any, *words: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command with the words that call it."""
    yield words, found
    for name, inner in getattr(found, "commands", {}).items():
        yield from commands(inner, *words, name)


COMMANDS = {
    **dict(commands(get_command(app))),
    **dict(commands(get_command(run_app), "run")),  # loaded when they are called
    **dict(commands(get_command(telemetry_app), "telemetry")),
}


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_help_shows_every_text_whole(words: tuple[str, ...]) -> None:
    asked = CliRunner().invoke(app, [*words, "--help"], env={"COLUMNS": "300"})
    assert asked.exit_code == 0
    assert len(COMMANDS) > 10
    shown = " ".join(asked.output.split())
    shown_ones = [param for param in COMMANDS[words].params if not param.hidden]
    texts = [param.help for param in shown_ones]
    assert [text for text in texts if text and text not in shown] == []


@pytest.mark.parametrize("group", [app, run_app, telemetry_app])
def test_a_list_of_commands_says_them_whole(group: Typer) -> None:
    asked = CliRunner().invoke(group, ["--help"], env={"COLUMNS": "60"})
    shown = " ".join(asked.output.split())
    known = commands(get_command(group))
    texts = [command.get_short_help_str(1000) for words, command in known if len(words) == 1]
    assert len(texts) > 1
    assert [text for text in texts if text not in shown] == []


def test_the_settings_of_another_root_are_told(tmp_path: Path) -> None:
    write_configuration(tmp_path / "system")
    done = run(tmp_path, "config", "--root", "system", PEAK_TRADE_TEST_MODE="1")
    assert (done.returncode, done.stderr) == (0, "")
    rows = [line.split(maxsplit=1) for line in done.stdout.splitlines() if line[0] != "#"]
    told = {name: " ".join(rest.split()) for name, rest in rows}
    assert told["dashboard.root"] == '"system" command line'
    assert told["web_ui.port"] == "8123 system/config/config.toml"
    assert told["exchange.id"] == '"bitstamp" system/config.toml'
    assert "[backtest]" in done.stdout
    assert "# ignored: environment: PEAK_TRADE_TEST_MODE" in done.stdout.splitlines()


@pytest.mark.parametrize(
    "words",
    [
        ["snapshot", "--format", "json", "--out", "-"],
        ["run", "shadow", "--bars", "5"],
        ["telemetry", "health"],
        ["telemetry", "retention"],
    ],
)
def test_commands_work_inside_a_trading_system(tmp_path: Path, words: list[str]) -> None:
    write_configuration(tmp_path)
    done = run(tmp_path, *words, **VARIABLES, **{NEAR_MISS: "1"})
    assert done.returncode == 0
    assert done.stderr.count(f"{NEAR_MISS} is not known") == 1
    assert "secret" not in done.stdout + done.stderr


def test_a_session_needs_what_others_only_warn_of(tmp_path: Path) -> None:
    write_configuration(tmp_path)
    done = run(tmp_path, "run", "session", "--dry-run")
    assert (done.returncode, done.stdout) == (2, "")
    assert "exchange.attempts = 'many'" in done.stderr


def test_a_notebook_works_inside_a_trading_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    import peak_trade

    write_configuration(tmp_path)
    monkeypatch.chdir(tmp_path)
    for name, value in (VARIABLES | {NEAR_MISS: "1"}).items():
        monkeypatch.setenv(name, value)
    assert len(peak_trade.open(".").runs()) == 0
    assert [text for text in caplog.messages if NEAR_MISS in text] != []


def test_help_loads_nothing_that_takes_long() -> None:
    program = "import sys; from peak_trade.cli import app; app(['--help'], standalone_mode=False)"
    seen = "print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", f"{program}; {seen}"],
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "peak_trade" in loaded
    assert (
        loaded & {"rich", "pydantic", "numpy", "pandas", "pyarrow", "panel", "bokeh", "tornado"}
        == set()
    )


def test_a_demo_needs_a_directory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("before")
    done = run(tmp_path, "demo", "--port", "0", "--dir", "file")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: --dir file: cannot be made: File exists\n"
    assert (tmp_path / "file").read_text() == "before"
