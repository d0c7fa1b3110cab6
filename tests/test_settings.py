"""The settings table: order of the sources, refusals, what is ignored, and the texts of it."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from peak_trade import settings_text
from peak_trade.errors import SettingsError
from peak_trade.settings import Settings, load, table, variable
from trading_system import VARIABLES, write_configuration

REPO = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def nobodys() -> Iterator[Path]:
    """Return a directory of one whom the system's permissions hold for, whoever runs the tests."""
    nobody, before = 65534, os.geteuid()
    with tempfile.TemporaryDirectory() as name:
        if before == 0:
            os.chown(name, nobody, -1)
            os.seteuid(nobody)
        yield Path(name)
        os.seteuid(before)


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


USED = {"PEAK_TRADE_PROMETHEUS_ENABLED", "PEAK_TRADE_LIVE_RISK__ENABLED"}


def test_files_and_environment_of_a_trading_system_load(
    empty_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_configuration(empty_directory)
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    loaded = load()
    settings = loaded.settings
    assert settings.web_ui.port == 8123
    assert settings.runs_path == empty_directory.resolve() / "runs"
    assert (settings.exchange.id, settings.exchange.sandbox) == ("bitstamp", False)
    assert loaded.origins["exchange.id"] == "config.toml"
    assert loaded.origins["web_ui.port"] == "config/config.toml"
    assert settings.prometheus_enabled is False
    assert settings.warnings == [
        (
            "config/config.toml: exchange.base_url = 'https://exchange.example/0/public':"
            " string should match pattern '^(https?://[^/]+)?$'; the default is taken"
        ),
        (
            "config/config.toml: exchange.attempts = 'many': input should be a valid integer,"
            " unable to parse string as an integer; the default is taken"
        ),
    ]
    assert settings_text.ignored(settings) == [
        (
            "config.toml: [environment], [resilience], portfolio, [exchange] enable_rate_limit,"
            " [exchange] credentials, [exchange] options"
        ),
        (
            "config/config.toml: title, [backtest], [live_exchange], [shadow_paper] enabled,"
            " [live_alerts], [alerts], [shadow_paper_logging] more, [web_ui] theme,"
            " [exchange] default_type, [exchange] dummy, [exchange] kraken_live"
        ),
        "environment: " + ", ".join(sorted(set(VARIABLES) - USED)),
    ]
    assert "secret" not in settings_text.as_table(loaded)


def test_who_reads_an_exchange_needs_its_settings(empty_directory: Path) -> None:
    write_configuration(empty_directory)
    with pytest.raises(SettingsError) as caught:
        load(needs={"exchange"})
    told = [line.split(" = ")[0] for line in str(caught.value).splitlines()]
    assert told == [f"config/config.toml: exchange.{key}" for key in ("base_url", "attempts")]


def test_files_are_found_where_the_artifacts_are(
    empty_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = empty_directory / "system"
    write_configuration(system)
    (empty_directory / "config.toml").write_text("[web_ui]\nport = 9\n")
    (empty_directory / "none").mkdir()
    assert load().settings.web_ui.port == 9
    for overrides in ({"dashboard.root": "system"}, {"dashboard.root": str(system)}):
        settings = load(overrides=overrides).settings
        assert settings.web_ui.port == 8123
        assert settings.runs_path == system.resolve() / "runs"
    assert load(overrides={"dashboard.root": "none"}).settings.web_ui.port == 9
    monkeypatch.setenv("PEAK_TRADE_DASHBOARD__ROOT", "system")
    assert load().settings.web_ui.port == 8123
    monkeypatch.setenv("PEAK_TRADE_CONFIG_PATH", "config.toml")
    assert load().settings.web_ui.port == 9


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("[web_ui]\nprot = 1", "[web_ui] prot is not known and has no effect; did you mean port?"),
        ("[web-ui]\na = 1", "[web-ui] is not known and has no effect; did you mean [web_ui]?"),
        ("[Store]", "[Store] is not known and has no effect; did you mean [store]?"),
        (
            "prometheus_enable = true",
            "prometheus_enable is not known and has no effect; did you mean prometheus_enabled?",
        ),
        ("port = 1", "port is not known and has no effect; did you mean web_ui.port?"),
        ('exchange = "x"', "exchange is not known and has no effect; did you mean [exchange]?"),
        ("[[store]]", "store is not known and has no effect; did you mean [store]?"),
        (
            '[web_ui]\nsessions_dir = "a"',
            (
                "[web_ui] sessions_dir is not known and has no effect;"
                " did you mean dashboard.sessions_dir?"
            ),
        ),
        ('[dashboard]\nruns = "a"', "[dashboard] runs is not known and has no effect"),
    ],
)
def test_a_name_that_may_mean_a_setting_is_a_warning(
    empty_directory: Path, text: str, warning: str, caplog: pytest.LogCaptureFixture
) -> None:
    (empty_directory / "config.toml").write_text(text)
    loaded = load()
    assert loaded.settings.warnings == [f"config.toml: {warning}"]
    assert settings_text.ignored(loaded.settings) == []
    loaded.settings.log_warnings()
    assert caplog.messages == loaded.settings.warnings


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("PEAK_TRADE_WEB_UI__PROT", "PEAK_TRADE_WEB_UI__PORT"),
        ("PEAK_TRADE_WEBUI_PORT", "PEAK_TRADE_WEB_UI__PORT"),
        ("peak_trade_config_file", ""),
        ("PEAK_TRADE_CONFIG_PAHT", "PEAK_TRADE_CONFIG_PATH"),
        ("PEAK_TRADE_REQUIRE_PROMETHEUS_CLIENT", "REQUIRE_PROMETHEUS_CLIENT"),
    ],
)
def test_a_variable_that_may_mean_a_setting_is_a_warning(
    name: str, hint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "1")
    told = f"environment: {name} is not known and has no effect; did you mean {hint}?"
    assert load().settings.warnings == ([told] if hint else [])


def test_all_problems_are_told_at_once(
    empty_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = empty_directory / "bad.toml"
    file.write_text(
        '[web_ui]\nport = "x"\n[shadow_paper_logging]\nformat = "xml"\n[dashboard.root]\na = 1\n'
    )
    monkeypatch.setenv("PEAK_TRADE_STORE__READ_THREADS", "none")
    found = problems(Path("bad.toml"), {"web_ui.auto_refresh_seconds": 0})
    assert found == [
        (
            "bad.toml: web_ui.port = 'x': input should be a valid integer,"
            " unable to parse string as an integer"
        ),
        "command line: web_ui.auto_refresh_seconds = 0: input should be greater than 0",
        "bad.toml: shadow_paper_logging.format = 'xml': input should be 'parquet' or 'csv'",
        "bad.toml: dashboard.root = {'a': 1}: input should be a valid string",
        (
            "environment: PEAK_TRADE_STORE__READ_THREADS = 'none': input should be a valid integer,"
            " unable to parse string as an integer"
        ),
    ]


def test_unreadable_files_are_told(empty_directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert problems(Path("no.toml")) == ["no.toml: no such configuration file (given by --config)"]
    (empty_directory / "broken.toml").write_text("[web_ui\n")
    (broken,) = problems(Path("broken.toml"))
    assert broken.startswith("broken.toml: not a TOML file: ")
    assert problems(Path("/dev/zero")) == [
        "/dev/zero: not a TOML file: longer than 4 MiB (given by --config)"
    ]
    (empty_directory / "config").mkdir()
    (empty_directory / "config" / "config.toml").write_bytes(b"\xff")
    (empty_directory / "config.toml").write_text("a = " + "[" * 100_000)
    assert [line.split(": ")[0] for line in problems()] == ["config.toml", "config/config.toml"]
    assert problems()[0].endswith("(found; --config names another one)")
    assert problems(empty_directory)[0].endswith(
        "cannot be read: Is a directory (given by --config)"
    )
    monkeypatch.setenv("PEAK_TRADE_CONFIG_PATH", "gone.toml")
    assert "given by PEAK_TRADE_CONFIG_PATH" in problems()[0]
    assert load(Path("/dev/null")).settings == Settings()


def test_what_is_no_file_is_not_found(empty_directory: Path) -> None:
    os.mkfifo(empty_directory / "config.toml")
    (empty_directory / "config").write_text("no directory")
    assert load().settings == Settings()


def test_a_root_that_cannot_be_entered_has_no_configuration(nobodys: Path) -> None:
    """The program starts, and its pages name the directories; a file that is there is told."""
    (nobodys / "config.toml").write_text("broken")
    (nobodys / "config.toml").chmod(0)
    nobodys.chmod(0)
    overrides: dict[str, object] = {"dashboard.root": str(nobodys)}
    assert load(overrides=overrides).settings.dashboard.root == str(nobodys)
    nobodys.chmod(0o700)
    assert "config.toml: cannot be read: Permission denied" in problems(overrides=overrides)[0]


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


def test_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEAK_TRADE_NOW", "2026-01-15T18:30:00+00:00")
    monkeypatch.setenv("PEAK_TRADE_WEB_UI__ALLOWED_HOSTS", "a.example, b.example")
    monkeypatch.setenv("peak_trade_store__read_threads", "7")
    monkeypatch.setenv("PEAK_TRADE_WEB_UI__PORT", "")
    loaded = load()
    assert loaded.settings.web_ui.allowed_hosts == ("a.example", "b.example")
    assert loaded.settings.store.read_threads == 7
    assert loaded.origins["web_ui.port"] == "default"
    assert loaded.settings.foreign == []


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
    told = {origin for name, origin in loaded.origins.items() if name not in {"strategy", "roots"}}
    assert told == {str(file)}


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
    monkeypatch.setenv("PEAK_TRADE_TEST_MODE", "1")
    monkeypatch.setenv("PEAK_TRADE_WEB_UI__PROT", "1")
    assert settings_text.as_table(load()).splitlines() == [
        *lines,
        (
            "# warning: environment: PEAK_TRADE_WEB_UI__PROT is not known and has no effect;"
            " did you mean PEAK_TRADE_WEB_UI__PORT?"
        ),
        "# ignored: environment: PEAK_TRADE_TEST_MODE",
    ]


def test_names_and_passwords_in_addresses_are_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    variable_of_it = variable("exchange.base_url")
    monkeypatch.setenv(variable_of_it, "https://me:xy@zzy@example.org")
    assert '"https://***@example.org"' in settings_text.as_table(load())
    monkeypatch.setenv(variable_of_it, "https://me:xy/zzy@example.org")  # that is no address
    listed = settings_text.as_table(load())
    assert f"{variable_of_it} = 'https://***@example.org': " in listed
    assert "zzy" not in listed
    with pytest.raises(SettingsError, match=r"https://\*\*\*@example\.org': ") as refused:
        load(needs={"exchange"})
    assert "zzy" not in str(refused.value)


PERIODS = [name for name in table() if name.endswith("_seconds")]
PLACES = [
    "dashboard.root",
    "fleet.path",
    "shadow_paper_logging.base_dir",
    "storage.cache",
    *(name for name in table() if name.startswith("dashboard.") and "_" in name),
]


@pytest.mark.parametrize("value", [1e300, 1e10])
def test_no_period_is_longer_than_times_can_be_reckoned_with(value: float) -> None:
    sections = {name.partition(".")[0] for name in PERIODS}
    with pytest.raises(SettingsError) as caught:
        load(overrides=dict.fromkeys(PERIODS, value), needs=sections)
    told = str(caught.value)
    assert [name for name in PERIODS if f"{name} = " not in told] == []


@pytest.mark.parametrize("value", ["a\0b", "\ud800", os.fsdecode(b"a\xff")])
def test_no_place_has_a_name_that_cannot_be_shown(value: str) -> None:
    found = problems(None, dict.fromkeys(PLACES, value))
    assert [name for name in PLACES if not any(f"{name} = " in told for told in found)] == []
