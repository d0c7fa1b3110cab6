"""The configuration is obeyed: every setting of the runners is in force, or is named."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from peak_trade.runners.cli import app
from peak_trade.runners.telemetry_cli import app as telemetry
from peak_trade.settings import load, table

from .support import read_json

CONFIG = """
[shadow_paper_logging]
base_dir = "runs_of_mine"
flush_interval_steps = 7
format = "parquet"
log_ohlc_details = false
[shadow_paper]
enabled = true
symbol = "ETH/EUR"
timeframe = "5m"
start_balance = 5000.0
position_fraction = 0.5
fee_rate = 0.001
slippage_bps = 1.0
[live_risk]
max_order_notional = 2600.0
max_symbol_exposure_notional = 2400.0
max_total_exposure_notional = 2300.0
max_daily_loss_abs = 50.0
max_daily_loss_pct = 3.0
max_open_positions = 5
"""


def run(tmp_path: Path, *words: str, text: str = CONFIG) -> Any:
    (tmp_path / "config.toml").write_text(text)
    words = ("shadow", "--root", str(tmp_path), "--bars", "300", *words)
    return CliRunner().invoke(app, list(words))


def meta(tmp_path: Path) -> dict[str, Any]:
    (path,) = tmp_path.glob("*/*/meta.json")
    return read_json(path)


def test_what_the_configuration_says_is_in_force(tmp_path: Path) -> None:
    result = run(tmp_path)
    assert result.exit_code == 0, result.output
    assert list(tmp_path.glob("runs_of_mine/*/events.parquet"))
    stored = meta(tmp_path)
    assert (stored["symbol"], stored["timeframe"]) == ("ETH/EUR", "5m")
    paper = stored["config_snapshot"]["shadow_paper"]
    assert [paper[n] for n in ("start_balance", "position_fraction", "fee_rate")] == [
        *(5000.0, 0.5, 0.001),
    ]
    assert paper["slippage_bps"] == 1.0
    assert stored["config_snapshot"]["risk"] == {
        "max_position": 2300.0,
        "max_daily_loss": 50.0,
        "max_order_notional": 2600.0,
        "max_daily_loss_pct": 3.0,
    }
    told = "shadow_paper_logging.log_ohlc_details, [shadow_paper] enabled, "
    assert result.stderr.count(f"without effect in the configuration: {told}") == 1
    assert "[live_risk] max_open_positions" in result.stderr


def test_an_option_is_stronger(tmp_path: Path) -> None:
    words = ("--symbol", "BTC/EUR", "--fee-rate", "0", "--max-position", "99", "--format", "csv")
    assert run(tmp_path, *words, "--timeframe", "1m").exit_code == 0
    stored = meta(tmp_path)
    assert (stored["symbol"], stored["timeframe"]) == ("BTC/EUR", "1m")
    assert stored["config_snapshot"]["shadow_paper"]["fee_rate"] == 0
    assert stored["config_snapshot"]["risk"]["max_position"] == 99
    assert list(tmp_path.glob("runs_of_mine/*/events.csv"))


def test_limits_that_are_switched_off_are_not_in_force(tmp_path: Path) -> None:
    assert (
        run(tmp_path, text="[live_risk]\nenabled = false\nmax_daily_loss_abs = 1\n").exit_code == 0
    )
    assert meta(tmp_path)["config_snapshot"]["risk"] == {}


def test_a_run_without_artifacts_is_refused(tmp_path: Path) -> None:
    result = run(tmp_path, text="[shadow_paper_logging]\nenabled = false\n")
    assert (result.exit_code, "shadow_paper_logging.enabled is false" in result.output) == (2, True)


@pytest.mark.parametrize("name", ["shadow_paper.fee_rate", "live_risk.max_daily_loss_pct"])
def test_what_cannot_be_used_stops_a_runner_and_not_the_console(tmp_path: Path, name: str) -> None:
    section, key = name.split(".")
    result = run(tmp_path, text=f"[{section}]\n{key} = 1000\n")
    assert (result.exit_code, name in result.output) == (2, True)
    settings = load(tmp_path / "config.toml").settings
    assert any(name in line and "the default is taken" in line for line in settings.warnings)


def test_what_retention_keeps(tmp_path: Path) -> None:
    logs = tmp_path / "logs/execution"
    logs.mkdir(parents=True)
    moment = time.time() - 5 * 86_400
    for name in ("a.jsonl", "b.jsonl"):
        (logs / name).write_text("{}\n")
        os.utime(logs / name, (moment, moment))
    head = "[execution_telemetry.retention]\nmax_age_days = 4\nkeep_last_n_sessions = 1\n"
    words = ["retention", "--root", str(tmp_path), "--dry-run"]
    (tmp_path / "config.toml").write_text(head)
    assert "would delete: b" in CliRunner().invoke(telemetry, words).output
    assert "0 to delete" in CliRunner().invoke(telemetry, [*words, "--keep-last", "2"]).output
    (tmp_path / "config.toml").write_text(f"{head}enabled = false\n")
    result = CliRunner().invoke(telemetry, words)
    assert (result.exit_code, "nothing was changed" in result.output) == (0, True)


def test_every_setting_of_a_runner_is_tried_here() -> None:
    tried = {line.split(" = ")[0] for line in CONFIG.splitlines()}
    sections = ("shadow_paper.", "live_risk.")
    keys = {name.partition(".")[2] for name in table() if name.startswith(sections)}
    # those of a session have a test of their own
    assert keys - tried == {"poll_interval_seconds", "warmup_candles"}
