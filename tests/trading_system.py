"""What a trading system leaves where the console starts: the names of its files, made-up values."""

from __future__ import annotations

from pathlib import Path

FOREIGN_ROOT = """
[environment]
first = "a"
[resilience]
second = 2
[resilience.data]
third = 3
[[portfolio]]
name = "x"
[exchange]
id = "bitstamp"
sandbox = false
enable_rate_limit = true
[exchange.credentials]
fourth = "secret-value"
[exchange.options]
"""
"""The names of a trading system's `config.toml`; its values are made up."""

FOREIGN = """
title = "a system"
[backtest]
first = 1
[strategy.one]
second = [1, 2]
[strategy."with spaces\\n"]
third = 3
[live_exchange]
base_url = 4
[shadow_paper]
enabled = "maybe"
[live_alerts]
format = "any"
[alerts.rules]
limit = -500
[shadow_paper_logging]
enabled = true
base_dir = "runs"
format = "csv"
log_order_details = true
[shadow_paper_logging.more]
fifth = 5
[web_ui]
enabled = true
host = "127.0.0.1"
port = 8123
auto_refresh_seconds = 5
theme = "dark"
[exchange]
default_type = "dummy"
attempts = "many"
base_url = "https://exchange.example/0/public"
[exchange.dummy]
price = 5.0
[exchange.kraken_live]
enabled = false
timeout_seconds = 30.0
rate_limit_ms = 1000
"""
"""The names of its `config/config.toml`."""

VARIABLES = {
    "PEAK_TRADE_LIVE_MODE": "false",
    "PEAK_TRADE_TEST_MODE": "1",
    "PEAK_TRADE_SLACK_WEBHOOK": "https://secret.example",
    "PEAK_TRADE_SMTP_PASSWORD": "secret-value",
    "PEAK_TRADE_CONFIG": "other.toml",
    "PEAK_TRADE_ENV": "prod",
    "PEAK_TRADE_WEB_UI": "{",
    "PEAK_TRADE_STORE": "a store",
    "PEAK_TRADE_LIVE_RISK__ENABLED": "true",
    "PEAK_TRADE_PROMETHEUS_ENABLED": "yes",
    "PEAK_TRADE_": "nothing",
}


def write_configuration(directory: Path) -> None:
    """Lay the files of a trading system out as it has them."""
    (directory / "config").mkdir(parents=True)
    (directory / "config.toml").write_text(FOREIGN_ROOT)
    (directory / "config" / "config.toml").write_text(FOREIGN)
