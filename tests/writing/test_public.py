"""`peak_trade.writing` for a trading system of one's own: what it takes, refuses and survives."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from peak_trade import clock
from peak_trade.artifacts import events
from peak_trade.errors import ArtifactError, SettingsError
from peak_trade.settings import Settings
from peak_trade.writing import (
    Alert,
    AlertWriter,
    Category,
    Output,
    Recorder,
    RunWriter,
    SessionRecord,
    Severity,
    Subject,
)
from peak_trade.writing import files as written
from peak_trade.writing.session import end_gone_sessions, end_session
from runners.support import Tree, environment, read_json, read_lines, wait_for

SUBJECT = Subject("paper", "mine", "BTC/EUR", "1m", "kraken")
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
BOT = """
import os, sys
from peak_trade.writing import *
output = Output.below(sys.argv[1])
with Recorder(output, Subject("paper", "mine", "BTC/EUR", "1m"), "r") as recorder:
    for step in range(100_000_000):
        recorder.run.append({"price": 1.0, "equity": 1.0})
        recorder.beat()
"""


def test_the_directories_are_those_of_the_console(tmp_path: Path) -> None:
    settings = Settings.model_validate({"dashboard": {"root": str(tmp_path)}})
    output = Output.below(tmp_path)
    assert output.runs == settings.runs_path
    assert output.sessions == settings.sessions_path
    assert output.telemetry == settings.telemetry_path
    assert output.alerts == settings.alerts_path


def test_neither_pandas_nor_arrow_nor_panel_is_loaded() -> None:
    script = "import sys, peak_trade.writing; print(*sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", script], env=environment(), capture_output=True, text=True
    )
    loaded = {name.partition(".")[0] for name in result.stdout.split()}
    assert "peak_trade" in loaded, result.stderr
    heavy = {"numpy", "pandas", "pyarrow", "panel", "bokeh", "pydantic", "ccxt", "tornado"}
    assert not loaded & heavy


def test_a_row_needs_only_what_is_known(tmp_path: Path) -> None:
    with RunWriter(tmp_path, SUBJECT, "r", extra=["extra_fast"]) as run:
        run.append({"ts_bar": NOON, "close": np.float64(2), "equity": Decimal("10.5"), "signal": 1})
        run.append({"step": np.int64(7), "price": 3, "signal": 1, "extra_fast": 1.25})
        run.append({"signal_changed": np.bool_(1), "position_size": float("nan")})
    new = events.read_csv(run.directory / "events.csv", None)
    assert new is not None
    assert new.table is not None
    assert new.read_errors.total == 0
    rows = new.table.to_pylist()
    assert [row["step"] for row in rows] == [1, 7, 8]
    assert [row["price"] for row in rows] == [2.0, 3.0, None]
    assert [row["equity"] for row in rows] == [10.5, None, None]
    assert [row["signal_changed"] for row in rows] == [True, False, True]
    assert [row["extra_fast"] for row in rows] == [None, "1.25", None]  # free columns are text
    assert all(row["ts_event"] for row in rows)
    assert rows[0]["ts_bar"] == "2026-01-15T12:00:00.000000+00:00"
    assert run.metrics["steps"] == 3


@pytest.mark.parametrize("text", ["a\rb", "a\nb", "a\r\nb", '"\r"', "\r", ",\n", "a\r,b\n"])
def test_line_ends_in_a_text_do_not_end_its_row(tmp_path: Path, text: str) -> None:
    with RunWriter(tmp_path, SUBJECT, "r") as run:
        for reason in (text, "plain"):
            run.append({"ts_bar": NOON, "close": 2.0, "risk_reasons": reason})
    new = events.read_csv(run.directory / "events.csv", None)
    assert new is not None
    assert new.table is not None
    assert new.read_errors.total == 0
    assert new.table["risk_reasons"].to_pylist() == [text, "plain"]


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"pirce": 1.0}, "no column 'pirce'; did you mean 'price'"),
        ({"price": "1"}, "column 'price': '1' is not a number"),
        ({"price": True}, "column 'price': True is not a number"),
        ({"price": 10**400}, "column 'price'.* is beyond the range of numbers"),
        ({"step": 1.5}, "column 'step': 1.5 is not a whole number"),
        ({"step": 2**63}, "column 'step'.* has more than 64 bits"),
        ({"signal": 0.3}, "column 'signal': 0.3 is not a whole number"),
        ({"risk_allowed": "yes"}, "column 'risk_allowed': 'yes' is neither True nor False"),
        ({"ts_bar": datetime(2026, 1, 1)}, "column 'ts_bar'.* has no offset"),  # noqa: DTZ001
        ({"ts_bar": "2026-01-01"}, "column 'ts_bar'.* has no offset"),
        ({"ts_bar": 1767225600}, "column 'ts_bar'.* is not a datetime"),
        ({"risk_reasons": ["a"]}, "column 'risk_reasons'.* is not a text"),
        ({"extra_slow": 1.0}, "no column 'extra_slow'"),
    ],
)
def test_a_value_of_another_kind_is_refused_and_nothing_is_written(
    tmp_path: Path, cells: dict[str, Any], message: str
) -> None:
    with RunWriter(tmp_path, SUBJECT, "r") as run:
        with pytest.raises(ArtifactError, match=message):
            run.append(cells)
        assert run.metrics["steps"] == 0
    assert not (run.directory / "events.csv").exists()


@pytest.mark.parametrize(
    "cells",
    [
        {"side": "long"},
        {"quantity": 0.0},
        {"quantity": None},
        {"quantity": float("nan")},
        {"price": float("nan")},
        {"price": None},
        {"prize": 1.0},
    ],
)
def test_a_fill_that_no_statistic_could_use_is_refused(
    tmp_path: Path, cells: dict[str, Any]
) -> None:
    with RunWriter(tmp_path, SUBJECT, "r") as run, pytest.raises(ArtifactError, match="trades"):
        run.append_trade({"side": "buy", "quantity": 1.0, "price": 2.0, **cells})


@given(st.lists(st.text(), min_size=1, max_size=5))
@example(["\r", "ends\r"])
def test_any_text_is_read_back(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    directory = tmp_path_factory.mktemp("texts")
    with RunWriter(directory, SUBJECT, "r") as run:
        for text in texts:
            run.append({"risk_reasons": text})
    new = events.read_csv(run.directory / "events.csv", None)
    assert new is not None
    assert new.table is not None
    assert new.read_errors.total == 0
    unicode = [text.encode("utf-8", "replace").decode() for text in texts]
    assert [row["risk_reasons"] or "" for row in new.table.to_pylist()] == unicode


def test_what_json_has_no_word_for_is_written_as_text(tmp_path: Path) -> None:
    config = {"amount": Decimal("0.1"), "bad": "half \ud800", "gap": float("nan"), "at": NOON}
    with SessionRecord(tmp_path, SUBJECT, config={**config, "path": Path("x"), 1: "one"}):  # type: ignore[dict-item]
        (path,) = tmp_path.iterdir()
        stored = read_json(path)["config"]
        assert (stored["amount"], stored["bad"], stored["gap"]) == ("0.1", "half ?", None)
        assert (stored["path"], stored["1"]) == ("x", "one")


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (None, "completed", None),
        (ValueError("no"), "failed", "ValueError: no"),
        (KeyboardInterrupt(), "aborted", "KeyboardInterrupt"),
        (SystemExit(3), "aborted", "SystemExit: 3"),
        (asyncio.CancelledError(), "aborted", "CancelledError"),
    ],
)
def test_the_block_says_how_the_session_ends(
    tmp_path: Path, error: BaseException | None, status: str, text: str | None
) -> None:
    def trade() -> None:
        with Recorder(Output.below(tmp_path), SUBJECT) as recorder:
            recorder.run.append({"equity": 10.0, "cash": 10.0})
            recorder.run.append({"equity": 9.0, "orders_generated": 2, "orders_filled": 1})
            if error is not None:
                raise error

    if error is None:
        trade()
    else:
        with pytest.raises(type(error)):
            trade()
    tree = Tree(tmp_path)
    assert (tree.session["status"], tree.session["error"]) == (status, text)
    told = ("steps", "num_orders", "num_trades", "fill_rate", "equity")
    assert [tree.session["metrics"][name] for name in told] == [2, 1, 2, 0.5, 9.0]
    assert tree.session["metrics"]["max_drawdown"] == pytest.approx(-0.1)
    assert tree.session["process"]["pid"] == os.getpid()
    assert tree.meta["ended_at"] is not None
    assert [line["rule_id"] for line in tree.run_alerts] == ["run_started", f"run_{status}"]


def test_a_number_that_is_written_as_missing_counts_in_no_metric(tmp_path: Path) -> None:
    with RunWriter(tmp_path, SUBJECT) as run:
        for equity in (10.0, float("inf"), 9.0, float("nan")):
            run.append({"equity": equity})
    assert run.metrics["max_drawdown"] == pytest.approx(-0.1)
    assert run.metrics["steps"] == 4


async def test_tasks_and_threads_may_write_at_once(tmp_path: Path) -> None:
    with Recorder(Output.below(tmp_path), SUBJECT) as recorder:

        def work(number: int) -> None:
            for _ in range(100):
                recorder.run.append({"price": float(number)})
                recorder.telemetry.emit("error", {"error": f"{number}"})
                recorder.beat()

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(work, range(4)))
        await asyncio.gather(*(asyncio.to_thread(work, number) for number in range(4)))
    tree = Tree(tmp_path)
    assert tree.events["step"].tolist() == list(range(1, 801))
    assert len(tree.telemetry) == 800


def test_a_bot_that_is_killed_is_known_to_be_gone(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", BOT, str(tmp_path)], env=environment(), text=True
    )
    record = tmp_path / "live_runs/r/events.csv"
    wait_for(lambda: record.exists() and record.stat().st_size > 100_000, process)
    sessions = Output.below(tmp_path).sessions
    tree = Tree(tmp_path)
    session_id = tree.session["session_id"]
    assert end_gone_sessions(sessions) == []
    with pytest.raises(SettingsError, match=f"process {process.pid} is there"):
        end_session(sessions, session_id)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert tree.events["step"].tolist() == list(range(1, len(tree.events) + 1))
    assert end_gone_sessions(sessions) == [session_id]
    ended = tree.session
    assert (ended["status"], ended["error"]) == ("failed", "process ended")
    assert ended["finished_at"] == ended["heartbeat_at"]
    assert end_gone_sessions(sessions) == []
    with pytest.raises(SettingsError, match="no session"):
        end_session(sessions, session_id)


@pytest.mark.parametrize(
    ("more", "is_ended"),
    [
        ({"pid": 2**22 + 1}, True),
        ({"started": "1"}, True),
        ({"started": ""}, False),
        ({"pid": 2**22 + 1, "host": "elsewhere"}, False),
        ({"pid": 2**22 + 1, "namespace": "pid:[1]"}, False),
        ({"pid": "1"}, False),
        ({"pid": -1}, False),
        ({"pid": 2**80}, False),
    ],
)
def test_only_a_process_that_is_known_to_be_gone_is_ended(
    tmp_path: Path, more: dict[str, object], is_ended: bool
) -> None:
    SessionRecord(tmp_path, SUBJECT, session_id="s")
    (path,) = tmp_path.iterdir()
    record = read_json(path)
    assert record["process"]["host"] == socket.gethostname()
    written.write_json(path, {**record, "process": {**record["process"], **more}})
    (tmp_path / "broken.json").write_text("{")
    assert end_gone_sessions(tmp_path) == (["s"] if is_ended else [])


@pytest.mark.parametrize("kept", [0, 30, 2000])
def test_rows_that_somebody_removes_are_told_and_the_file_stays_a_table(
    tmp_path: Path, kept: int
) -> None:
    output = Output.below(tmp_path)
    with Recorder(output, SUBJECT) as recorder:
        path = recorder.run.directory / "events.csv"
        for step in range(1, 31):
            recorder.run.append({"step": step, "price": 1.0})
        recorder.run.flush()
        os.truncate(path, kept)
        if not kept:
            path.unlink()
        for step in range(31, 41):
            recorder.run.append({"step": step, "price": 1.0})
        recorder.run.flush()
        recorder.run.append({"step": 41})
    told = [line for line in Tree(tmp_path).run_alerts if line["rule_id"] == "rows_lost"]
    assert len(told) == 1
    assert "events.csv was removed or cut" in told[0]["message"]
    steps = pd.read_csv(path, on_bad_lines="skip")["step"].tolist() if kept != 30 else [41]
    assert steps[-1] == 41


def test_a_start_that_fails_half_way_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = [AlertWriter, SessionRecord]
    for kind in failing:
        with monkeypatch.context() as patch:
            patch.setattr(kind, "__init__", _fail)
            with pytest.raises(OSError, match="no"):
                Recorder(Output.below(tmp_path), SUBJECT)
        assert list(tmp_path.iterdir()) == []
    with monkeypatch.context() as patch:
        patch.setattr(AlertWriter, "write", _fail)
        with pytest.raises(OSError, match="no"):
            Recorder(Output.below(tmp_path), SUBJECT)
    assert list(tmp_path.iterdir()) == []


def _fail(*_arguments: object, **_options: object) -> None:
    raise OSError("no")


def test_a_full_disk_names_the_file_and_the_record_says_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    def trade() -> None:
        with Recorder(Output.below(tmp_path), SUBJECT) as recorder:
            recorder.run.append({"price": 1.0})
            recorder.run.flush()
            monkeypatch.setattr(os, "write", full)
            monkeypatch.setattr(os, "fsync", full)
            recorder.run.append({"price": 2.0})
            recorder.run.flush()

    with pytest.raises(OSError, match=r"No space left on device: '.*events\.csv'"):
        trade()
    monkeypatch.undo()
    session = Tree(tmp_path).session
    assert session["status"] == "failed"
    assert "events.csv" in session["error"]
    assert not list(tmp_path.rglob("*.tmp"))


def test_alerts_that_repeat_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = [0.0]
    monkeypatch.setattr(clock, "monotonic", lambda: seconds[0])
    alert = Alert("late", Severity.WARN, Category.SYSTEM, "feed", "Late", "3 s")
    critical = Alert("gone", Severity.CRITICAL, Category.SYSTEM, "feed", "Gone", "x")
    with AlertWriter(None, tmp_path, "s") as alerts:
        for _ in range(50):
            alerts.write(alert)
            alerts.write(critical)
            seconds[0] += 30
        assert len(_bodies(tmp_path, "late")) == 1
        assert len(_bodies(tmp_path, "gone")) == 25
        seconds[0] += 3600
        assert alerts.write(alert)
        assert not alerts.write(alert)
        assert not alerts.write(alert)
    late = _bodies(tmp_path, "late")
    assert [body.split("(")[-1].split(" ")[0] for body in late] == ["3", "49", "1"]
    assert len(_bodies(tmp_path, "gone")) == 26


def _bodies(store: Path, rule_id: str) -> list[str]:
    (day,) = store.iterdir()
    return [line["body"] for line in read_lines(day) if line["context"]["rule_id"] == rule_id]
