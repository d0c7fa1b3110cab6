"""The settings table: order of the sources, refusals, and the texts made from it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from peak_trade import settings_text
from peak_trade.errors import SettingsError
from peak_trade.settings import Settings, load, table, variable

REPO = Path(__file__).parents[1]

EXISTING_CONFIG = """
[exchange]
id = "kraken"
default_type = "dummy"
[exchange.credentials]
api_key = ""
[exchange.dummy]
anything = { deep = 1 }
[web_ui]
port = 8123
[shadow_paper_logging]
base_dir = "runs"
format = "csv"
[live_risk]
max_order_notional = 1000
[alerts.rules]
whatever = -500
[execution_telemetry.retention]
max_age_days = 30
[telemetry.alerting.history]
enabled = true
[resilience.circuit_breaker]
threshold = 3
"""


@pytest.fixture(autouse=True)
def empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def problems(config: Path | None = None, overrides: dict[str, object] | None = None) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load(config, overrides)
    return str(caught.value).splitlines()


def test_sources_in_order(empty_directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = empty_directory / "config" / "config.toml"
    file.parent.mkdir()
    file.write_text('[web_ui]\nhost = "::1"\nport = 1\nauto_refresh_seconds = 2.5\n')
    monkeypatch.setenv("PEAK_TRADE_WEB_UI__PORT", "2")
    monkeypatch.setenv("PEAK_TRADE_WEB_UI__AUTO_REFRESH_SECONDS", "3")
    loaded = load(overrides={"web_ui.auto_refresh_seconds": 4, "web_ui.host": None})
    web_ui = loaded.settings.web_ui
    assert (web_ui.host, web_ui.port, web_ui.auto_refresh_seconds) == ("::1", 2, 4.0)
    assert web_ui.enabled is True
    origins = [loaded.origins[f"web_ui.{key}"] for key in ("enabled", "host", "port")]
    assert origins == ["default", "config/config.toml", "environment"]
    assert loaded.origins["web_ui.auto_refresh_seconds"] == "command line"
    assert [name for name, _, _ in loaded.rows()] == list(table())


def test_named_file_comes_before_the_default_one(
    empty_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, port in (("a.toml", 11), ("b.toml", 12)):
        (empty_directory / name).write_text(f"[web_ui]\nport = {port}\n")
    monkeypatch.setenv("PEAK_TRADE_CONFIG_PATH", "a.toml")
    assert load().settings.web_ui.port == 11
    assert load(Path("b.toml")).settings.web_ui.port == 12
    assert load(Path("b.toml")).origins["web_ui.port"] == "b.toml"


def test_existing_configuration_files_load(empty_directory: Path) -> None:
    file = empty_directory / "existing.toml"
    file.write_text(EXISTING_CONFIG)
    settings = load(file).settings
    assert settings.web_ui.port == 8123
    assert settings.shadow_paper_logging.format == "csv"
    assert settings.shadow_paper_logging.base_dir == "runs"
    assert settings.runs_path == empty_directory.resolve() / "runs"


def test_all_problems_are_told_at_once(
    empty_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = empty_directory / "bad.toml"
    file.write_text(
        '[web_ui]\nprot = 1\nport = "x"\n[stroe]\na = 1\n[live_risk]\nmax_oder_notional = 1\n'
        '[web_ui.sessions_dir]\na = 1\n[shadow_paper_logging]\nformat = "xml"\n'
    )
    monkeypatch.setenv("PEAK_TRADE_WEB_UI__HOTS", "x")
    monkeypatch.setenv("PEAK_TRADE_STORE__READ_THREADS", "none")
    found = problems(Path("bad.toml"), {"web_ui.auto_refresh_seconds": 0})
    assert found == [
        "bad.toml: [web_ui] prot is not known; did you mean port?",
        "bad.toml: [web_ui] sessions_dir is not known; did you mean dashboard.sessions_dir?",
        "bad.toml: [stroe] is not known; did you mean store?",
        "bad.toml: [live_risk] max_oder_notional is not known; did you mean max_order_notional?",
        "environment: PEAK_TRADE_WEB_UI__HOTS is not known; did you mean PEAK_TRADE_WEB_UI__HOST?",
        (
            "bad.toml: web_ui.port = 'x': input should be a valid integer,"
            " unable to parse string as an integer"
        ),
        "command line: web_ui.auto_refresh_seconds = 0: input should be greater than 0",
        "bad.toml: shadow_paper_logging.format = 'xml': input should be 'parquet' or 'csv'",
        (
            "environment: PEAK_TRADE_STORE__READ_THREADS = 'none': input should be a valid integer,"
            " unable to parse string as an integer"
        ),
    ]


def test_unreadable_files_are_told(empty_directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert problems(Path("no.toml")) == ["no.toml: no such configuration file (given by --config)"]
    monkeypatch.setenv("PEAK_TRADE_CONFIG_PATH", "gone.toml")
    assert "given by PEAK_TRADE_CONFIG_PATH" in problems()[0]
    (empty_directory / "broken.toml").write_text("[web_ui\n")
    assert problems(Path("broken.toml"))[0].startswith("broken.toml: not a TOML file: ")
    assert problems(empty_directory)[0].endswith("cannot be read: Is a directory")


@pytest.mark.parametrize(
    ("text", "expected"), [("1", True), ("true", False), ("0", False), ("", False)]
)
def test_only_1_switches_prometheus_on(
    text: str, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PEAK_TRADE_PROMETHEUS_ENABLED", text)
    monkeypatch.setenv("REQUIRE_PROMETHEUS_CLIENT", text)
    settings = load().settings
    assert settings.prometheus_enabled is expected
    assert settings.require_prometheus_client is expected


def test_names_of_the_system_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEAK_TRADE_NOW", "2026-01-15T18:30:00+00:00")
    monkeypatch.setenv("PEAK_TRADE_LIVE_RISK__ENABLED", "true")
    monkeypatch.setenv("PEAK_TRADE_RESILIENCE__DEEP__NAME", "1")
    monkeypatch.setenv("PEAK_TRADE_WEB_UI__ALLOWED_HOSTS", "a.example, b.example")
    assert load().settings.web_ui.allowed_hosts == ("a.example", "b.example")


def test_paths(empty_directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(empty_directory / "home"))
    here = empty_directory.resolve()
    overrides: dict[str, object] = {"dashboard.root": "data", "dashboard.telemetry_dir": "~/t"}
    settings = load(overrides=overrides).settings
    assert settings.runs_path == here / "data/live_runs"
    assert settings.alerts_path == here / "data/live_runs/alerts"
    assert settings.sessions_path == here / "data/reports/experiments/live_sessions"
    assert settings.telemetry_path == here / "home/t"
    assert settings.health_snapshots_path == here / "data/logs/telemetry_health_snapshots.jsonl"
    assert settings.telemetry_alerts_path == here / "data/logs/telemetry_alerts.jsonl"
    assert load(overrides={"dashboard.alerts_dir": "al"}).settings.alerts_path == here / "al"
    assert settings.shadow_paper_logging.base_dir == "live_runs"


def test_settings_cannot_be_changed() -> None:
    settings = Settings()
    with pytest.raises(ValidationError, match="frozen"):
        settings.web_ui.port = 1  # type: ignore[misc]


def test_every_setting_is_described() -> None:
    assert len(table()) > 20
    assert [name for name, field in table().items() if not field.description] == []


def test_config_file_in_the_repository_is_the_table() -> None:
    file = REPO / "config" / "config.toml"
    assert file.read_text(encoding="utf-8") == settings_text.as_toml()
    loaded = load(file)
    assert loaded.settings == Settings()
    assert set(loaded.origins.values()) == {str(file)}


def test_documentation_holds_the_table() -> None:
    text = (REPO / "docs" / "settings.md").read_text(encoding="utf-8")
    assert settings_text.as_markdown() in text
    assert set(re.findall(r"^\| `([a-z_.]+)`", text, re.MULTILINE)) == set(table())


def test_listing_tells_value_and_origin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable("store.read_threads"), "7")
    lines = settings_text.as_table(load()).splitlines()
    assert len(lines) == len(table())
    assert [line.split() for line in lines if line.startswith("store.read_threads")] == [
        ["store.read_threads", "7", "environment"]
    ]
