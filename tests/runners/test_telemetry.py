"""`peak-trade telemetry`: health with its history, and retention of the logs."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from peak_trade import clock, jsonio
from peak_trade.artifacts.record import Record
from peak_trade.artifacts.telemetry import make_snapshot
from peak_trade.runners import retention
from peak_trade.runners.retention import Action, ChangedMeanwhileError, Policy
from peak_trade.runners.telemetry_cli import app
from serving import PATIENCE

from .support import shared, start_command, wait_for

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
DAY = 86_400
PAGE = Path(__file__).resolve().parents[2] / "docs" / "runners.md"
LOGS = Path("logs/execution")
SNAPSHOTS = Path("logs/telemetry_health_snapshots.jsonl")


@pytest.fixture(autouse=True)
def frozen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # where no configuration file is
    monkeypatch.setenv(clock.FREEZE_VARIABLE, NOW.isoformat())


def age(path: Path, days: float) -> Path:
    changed = NOW.timestamp() - days * DAY
    os.utime(path, (changed, changed))
    return path


def log(root: Path, name: str, days: float, content: bytes = b'{"kind":"fill"}\n' * 10) -> Path:
    path = root / LOGS / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return age(path, days)


def record(root: Path, session_id: str, status: str, finished_at: str | None = None) -> None:
    directory = root / "reports/experiments/live_sessions"
    directory.mkdir(parents=True, exist_ok=True)
    content = {"session_id": session_id, "status": status, "finished_at": finished_at}
    (directory / f"{session_id}_{status}.json".replace("/", "_")).write_bytes(jsonio.dumps(content))


def run(root: Path, *words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, [*words, "--root", str(root)])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.output


def names(root: Path) -> set[str]:
    return {path.name for path in (root / LOGS).iterdir()}


def state(root: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path.relative_to(root)): (path.lstat().st_mtime_ns, path.read_bytes())
        for path in root.rglob("*")
        if path.is_file()
    }


def test_health_of_a_sound_directory(tmp_path: Path) -> None:
    log(tmp_path, "a.jsonl", 1)
    age(log(tmp_path, ".last_retention_run", 0), 0.5)
    code, text = run(tmp_path, "health")
    assert code == 0
    lines = text.splitlines()
    assert lines[0] == "ok        disk_usage            Disk usage 0.0 MB is within limits"
    assert "Retention last run 12.0 hours ago (ok)" in lines[1]
    assert "Parse error rate 0.0% (0/10 lines sampled)" in lines[3]
    assert lines[-1] == "ok"
    assert not (tmp_path / SNAPSHOTS).exists()


@pytest.mark.parametrize(("bad", "code", "severity"), [(1, 2, "warn"), (5, 3, "critical")])
def test_exit_codes_tell_the_severity(tmp_path: Path, bad: int, code: int, severity: str) -> None:
    log(tmp_path, "a.jsonl", 1, b"{}\n" * (19 - bad) + b"no\n" * bad)
    assert run(tmp_path, "health")[0] == code
    exit_code, text = run(tmp_path, "health", "--json")
    assert exit_code == code
    assert jsonio.loads(text.encode())["severity"] == severity


def test_a_snapshot_is_a_line_of_the_history(tmp_path: Path) -> None:
    log(tmp_path, "a.jsonl", 1, b"x" * 2**20)
    for count in (1, 2):
        assert run(tmp_path, "health", "--snapshot")[0] == 0
        lines = (tmp_path / SNAPSHOTS).read_bytes().splitlines()
        assert len(lines) == count
    line: dict[str, Any] = jsonio.loads(lines[-1])
    assert line["ts_utc"] == "2026-01-15T12:00:00.000000+00:00"
    assert line["metrics"] == {
        "disk_usage_mb": 1.0,
        "disk_usage_pct": 100 / 2048,
        "retention_staleness_hours": None,
        "compression_failure_rate": 0.0,
        "parse_error_rate": 0.0,
    }
    snapshot = make_snapshot(Record(line))
    assert snapshot is not None
    assert (snapshot.instant, snapshot.severity, snapshot.disk_mb) == (NOW, "ok", 1.0)


@pytest.mark.shared
def test_a_snapshot_keeps_the_contract(tmp_path: Path) -> None:
    run(tmp_path, "health", "--snapshot")
    line = jsonio.loads((tmp_path / SNAPSHOTS).read_bytes())
    (path,) = shared("contract", "schemas").glob("artifact_*health_snapshot*.json")
    schema = jsonio.loads(path.read_bytes())
    Draft202012Validator(schema).validate(line)


def test_age_and_number(tmp_path: Path) -> None:
    for days in (1, 2, 31, 32, 40):
        log(tmp_path, f"d{days}.jsonl", days)
    code, text = run(tmp_path, "retention", "--keep-last", "3", "--compress-after-days", "99")
    assert code == 0
    assert names(tmp_path) == {"d1.jsonl", "d2.jsonl", "d31.jsonl", ".last_retention_run"}
    assert "delete: d40 (40.0 days old)" in text
    assert text.endswith("5 logs: 2 to delete, 0 to compress; 0 failed\n")


def test_size_comes_before_number(tmp_path: Path) -> None:
    for days in (1, 2, 3):
        log(tmp_path, f"d{days}.jsonl", days, b"x" * 2**20)
    run(tmp_path, "retention", "--max-total-mb", "2")
    assert names(tmp_path) == {"d1.jsonl", "d2.jsonl", ".last_retention_run"}
    run(tmp_path, "retention", "--max-total-mb", "0")
    assert names(tmp_path) == {".last_retention_run"}


def test_compression_keeps_content_and_time(tmp_path: Path) -> None:
    content = os.urandom(300_000)
    plain = log(tmp_path, "old.jsonl", 8, content)
    changed = plain.stat().st_mtime_ns
    log(tmp_path, "new.jsonl", 6)
    (tmp_path / LOGS / "old.jsonl.gz.tmp").write_bytes(b"left by a killed run")
    code, text = run(tmp_path, "retention")
    assert (code, "compress: old (8.0 days old)" in text) == (0, True)
    assert names(tmp_path) == {"old.jsonl.gz", "new.jsonl", ".last_retention_run"}
    packed = tmp_path / LOGS / "old.jsonl.gz"
    assert gzip.decompress(packed.read_bytes()) == content
    assert packed.stat().st_mtime_ns == changed
    before = state(tmp_path / LOGS)
    assert "0 to compress" in run(tmp_path, "retention")[1]
    del before[".last_retention_run"]
    assert before.items() <= state(tmp_path / LOGS).items()


def test_a_cut_compressed_file_gives_way_to_the_plain_one(tmp_path: Path) -> None:
    log(tmp_path, "both.jsonl", 8, b"{}\n")
    (tmp_path / LOGS / "both.jsonl.gz").write_bytes(b"cut")
    run(tmp_path, "retention")
    assert names(tmp_path) == {"both.jsonl.gz", ".last_retention_run"}
    assert gzip.decompress((tmp_path / LOGS / "both.jsonl.gz").read_bytes()) == b"{}\n"


def test_a_log_that_grows_meanwhile_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = log(tmp_path, "old.jsonl", 8)
    (found,) = retention.find_logs(plain.parent)

    def copy_and_grow(source: Any, target: Any) -> None:
        target.write(source.read())
        with plain.open("ab") as more:
            more.write(b"{}\n")

    monkeypatch.setattr(shutil, "copyfileobj", copy_and_grow)
    with pytest.raises(ChangedMeanwhileError, match=r"old\.jsonl"):
        retention.carry_out(plain.parent, Action("compress", found, ""))
    assert names(tmp_path) == {"old.jsonl"}
    age(plain, 8)
    assert run(tmp_path, "retention")[0] == 1


def test_running_sessions_and_foreign_things_are_left_alone(tmp_path: Path) -> None:
    for session_id in ("runs/1", "ended", "dead"):
        log(tmp_path, f"{session_id.replace('/', '_')}.jsonl", 50)
    record(tmp_path, "runs/1", "started")
    record(tmp_path, "ended", "completed", "2026-01-01T00:00:00+00:00")
    record(tmp_path, "dead", "aborted")
    (tmp_path / "reports/experiments/live_sessions/cut.json").write_text('{"session_id": "en')
    foreign = ["notes.txt", "x.json", ".jsonl", "a.jsonl.tmp", "sub.jsonl/deep.jsonl"]
    for name in foreign:
        path = tmp_path / LOGS / name
        path.parent.mkdir(exist_ok=True)
        age(path, 99) if path.exists() else path.write_text("keep")
    outside = tmp_path / "outside.jsonl"
    outside.write_text("keep")
    (tmp_path / LOGS / "link.jsonl").symlink_to(outside)
    (tmp_path / LOGS / "loop.jsonl.gz").symlink_to("loop.jsonl.gz")
    code, text = run(tmp_path, "retention", "--keep-last", "0", "--max-total-mb", "0")
    assert code == 0
    assert "left alone: runs_1 (its session runs)" in text
    assert "left alone: link.jsonl (a symbolic link)" in text
    assert outside.read_text() == "keep"
    assert names(tmp_path) == {
        *("runs_1.jsonl", "notes.txt", "x.json", ".jsonl", "a.jsonl.tmp", "sub.jsonl"),
        *("link.jsonl", "loop.jsonl.gz", ".last_retention_run"),
    }
    assert (tmp_path / LOGS / "sub.jsonl/deep.jsonl").read_text() == "keep"


def test_the_log_of_a_session_that_runs_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(clock.FREEZE_VARIABLE)
    process = start_command("shadow", "--loop", "--speed", "100", "--quiet", cwd=tmp_path)
    try:
        wait_for(lambda: any((tmp_path / LOGS).glob("*.jsonl")), process)
        (running,) = (tmp_path / LOGS).glob("*.jsonl")
        harsh = ("--max-total-mb", "0", "--keep-last", "0", "--compress-after-days", "0")
        assert f"left alone: {running.stem}" in run(tmp_path, "retention", *harsh)[1]
        assert running.exists()
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE)
    assert f"delete: {running.stem}" in run(tmp_path, "retention", *harsh)[1]
    assert not running.exists()


def test_a_dry_run_changes_nothing(tmp_path: Path) -> None:
    for days in (1, 8, 40):
        log(tmp_path, f"d{days}.jsonl", days)
    before = state(tmp_path)
    code, text = run(tmp_path, "retention", "--dry-run", "--keep-last", "0")
    assert code == 0
    assert text.splitlines() == [
        "would delete: d40 (40.0 days old)",
        "would compress: d8 (8.0 days old)",
        "3 logs: 1 to delete, 1 to compress; nothing was changed",
    ]
    assert state(tmp_path) == before


def test_no_directory_is_made(tmp_path: Path) -> None:
    assert run(tmp_path, "retention") == (0, "0 logs: 0 to delete, 0 to compress; 0 failed\n")
    assert run(tmp_path, "health")[0] == 0
    assert list(tmp_path.iterdir()) == []


def test_retention_shows_in_health(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(clock.FREEZE_VARIABLE)
    log(tmp_path, "a.jsonl", 1)
    assert "No retention history" in run(tmp_path, "health")[1]
    run(tmp_path, "retention")
    assert "Retention last run 0.0 hours ago (ok)" in run(tmp_path, "health")[1]
    marker = tmp_path / LOGS / ".last_retention_run"
    assert datetime.fromisoformat(marker.read_text().strip()).tzinfo is not None


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("retention", "--keep-last", "-1"), 2, "keep_last_n_sessions = -1: input should be"),
        (("retention", "--max-age-days", "nan"), 2, "max_age_days = nan: input should be a finite"),
        (("retention", "--config", "none.toml"), 2, "no such configuration file"),
        (("health", "--config", "none.toml"), 1, "no such configuration file"),
    ],
)
def test_bad_options(tmp_path: Path, words: tuple[str, ...], code: int, message: str) -> None:
    exit_code, text = run(tmp_path, *words)
    assert exit_code == code
    assert message in text
    assert list(tmp_path.iterdir()) == []


def test_the_command_is_mounted(tmp_path: Path) -> None:
    program = [sys.executable, "-W", "error", "-m", "peak_trade", "telemetry", "health"]
    result = subprocess.run(program, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.endswith("ok\n")


def test_defaults_of_the_policy() -> None:
    assert Policy() == Policy(30.0, 200, 2048.0, 7.0)


def test_every_option_is_documented() -> None:
    commands = typer.main.get_group(app).commands.values()
    options = {word for command in commands for item in command.params for word in item.opts}
    section = PAGE.read_text().partition("## Telemetry commands")[2].partition("\n## ")[0]
    assert set(re.findall(r"`(--[a-z-]+)`", section)) == options | {"--no-registry"}
