"""The console starts inside a trading system, whose files and variables hold names of its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from serving import PANEL, REPO, SERVE, start
from trading_system import VARIABLES, write_configuration

PLUGIN = ["--plugins", "peak_trade.serve.plugin"]
WAYS = {
    "serve": [*SERVE, "--root", "."],
    "panel serve": [*PANEL, "serve", str(REPO / "apps" / "main.py"), "--port", "{port}", *PLUGIN],
}


@pytest.mark.parametrize("way", WAYS)
def test_it_starts_and_tells_a_name_that_may_mean_a_setting_once(way: str, tmp_path: Path) -> None:
    write_configuration(tmp_path)
    log = tmp_path / "log"
    environment = VARIABLES | {
        "PEAK_TRADE_CONFIG_PATH": "config/config.toml",
        "PEAK_TRADE_WEB_UI__LOG_FORMAT": "json",
        "PEAK_TRADE_WEBUI_HOST": "",
    }
    served = start(WAYS[way], tmp_path, log, env=environment)
    try:
        health = served.ask("/api/v0/health_v02").json
        assert health["components"]["runs_dir"]["path"] == "runs"
    finally:
        served.stop()
    text = log.read_text()
    assert text.count("PEAK_TRADE_WEBUI_HOST is not known") == 1
    assert "secret" not in text
    if way == "serve":
        lines = [line for line in text.splitlines() if "is not known" in line]
        assert [json.loads(line)["level"] for line in lines] == ["WARNING"]
