"""Writers: what is in the files, when it gets there, and what a reader can meet in between."""

from __future__ import annotations

import math
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from peak_trade import clock
from peak_trade.errors import SettingsError
from peak_trade.writing import (
    Alert,
    AlertWriter,
    Category,
    LogFormat,
    RunWriter,
    SessionRecord,
    Severity,
    Subject,
    TelemetryWriter,
)
from peak_trade.writing.files import append_lines, clean_name, replace_file
from runners.support import EVENT_NAMES, read_events, read_json, read_lines
from ticking import Ticking

RULE = ("rule", Severity.WARN, Category.RISK, "source", "Title", "body")
SUBJECT = Subject("shadow", "s", "BTC/EUR", "1m")
META = {
    "run_id": "r",
    "mode": "shadow",
    "strategy_name": "s",
    "symbol": "BTC/EUR",
    "timeframe": "1m",
}
BOTH = pytest.mark.parametrize("log_format", list(LogFormat))


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Ticking:
    return Ticking.instead(monkeypatch)


def row(step: int, **more: Any) -> dict[str, Any]:
    cells: dict[str, Any] = dict.fromkeys(EVENT_NAMES, 1.5)
    texts = {"ts_bar": "2026-01-01T00:00:00+00:00", "ts_event": None, "risk_reasons": ""}
    flags = {"signal_changed": False, "risk_allowed": True, "signal": -1, "step": step}
    counts = {name: 0 for name in EVENT_NAMES if name.startswith("orders_")}
    return {**cells, **texts, **flags, **counts, **more}


def steps(directory: Path) -> list[int]:
    present = any((directory / f"events.{ending}").exists() for ending in LogFormat)
    return read_events(directory)["step"].astype(int).tolist() if present else []


@BOTH
def test_rows_are_flushed_when_enough_wait(
    tmp_path: Path, time: Ticking, log_format: LogFormat
) -> None:
    writer = RunWriter(tmp_path, SUBJECT, "r", log_format=log_format, flush_steps=3)
    for step in range(1, 8):
        writer.append(row(step))
        assert steps(tmp_path / "r") == list(range(1, step // 3 * 3 + 1))
    writer.close()
    assert steps(tmp_path / "r") == list(range(1, 8))


@BOTH
def test_rows_are_flushed_when_time_has_passed(
    tmp_path: Path, time: Ticking, log_format: LogFormat
) -> None:
    writer = RunWriter(tmp_path, SUBJECT, "r", log_format=log_format, flush_seconds=1.0)
    writer.append(row(1))
    time.seconds += 0.9
    writer.append(row(2))
    assert steps(tmp_path / "r") == []
    time.seconds += 0.2
    writer.append(row(3))
    assert steps(tmp_path / "r") == [1, 2, 3]


def test_a_flush_that_takes_long_is_followed_by_a_rest(
    tmp_path: Path, time: Ticking, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = RunWriter(tmp_path, SUBJECT, "r", flush_steps=1)

    def slow(path: Path, lines: bytes, header: bytes) -> int:
        time.seconds += 0.5
        return append_lines(path, lines, header)

    monkeypatch.setattr("peak_trade.writing.tables.append_lines", slow)
    writer.append(row(1))
    writer.append(row(2))
    writer.append(row(3))
    time.seconds += 4.4
    writer.append(row(4))
    assert steps(tmp_path / "r") == [1, 2]
    time.seconds += 0.2
    writer.append(row(5))
    assert steps(tmp_path / "r") == [1, 2, 3, 4, 5]


@BOTH
def test_rows_that_wait_are_bounded_however_slow_the_disk_is(
    tmp_path: Path, time: Ticking, monkeypatch: pytest.MonkeyPatch, log_format: LogFormat
) -> None:
    monkeypatch.setattr("peak_trade.writing.run._MOST_WAITING", 8)
    writer = RunWriter(tmp_path, SUBJECT, "r", log_format=log_format, flush_steps=1)
    monkeypatch.setattr(RunWriter, "rest_seconds", float("inf"))
    for step in range(1, 21):
        writer.append(row(step))
        assert steps(tmp_path / "r") == list(range(1, step // 8 * 8 + 1))


def test_a_flush_is_one_write_of_whole_lines(
    tmp_path: Path, time: Ticking, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = RunWriter(tmp_path, SUBJECT, "r", flush_steps=40)
    written: list[bytes] = []
    write = os.write

    def note(descriptor: int, data: bytes) -> int:
        written.append(bytes(data))
        return write(descriptor, data)

    monkeypatch.setattr(os, "write", note)
    for step in range(1, 121):
        writer.append(row(step))
    assert [data.count(b"\n") for data in written] == [40, 40]
    assert all(data.endswith(b"\n") for data in written)
    head, _, rest = (tmp_path / "r" / "events.csv").read_bytes().partition(b"\n")
    assert head == ",".join(EVENT_NAMES).encode()
    assert rest.endswith(b"".join(written))


@BOTH
def test_cells_come_back_as_they_were_given(tmp_path: Path, log_format: LogFormat) -> None:
    writer = RunWriter(tmp_path, SUBJECT, "r", log_format=log_format)
    value = 0.1 + 0.2
    text = 'a "quoted", reason; naïve'
    writer.append(row(1, equity=value, volume=math.nan, cash=math.inf, risk_reasons=text))
    writer.append(row(2, signal_changed=True, orders_blocked=2, risk_allowed=False))
    writer.close()
    frame = read_events(tmp_path / "r")
    assert frame["equity"].tolist() == [value, 1.5]
    assert frame["risk_reasons"].tolist()[0] == text
    assert frame["volume"].isna().tolist() == [True, False]
    assert frame["cash"].isna().tolist() == [True, False]
    assert frame["signal_changed"].tolist() == [False, True]
    assert frame["orders_blocked"].tolist() == [0, 2]
    assert frame["ts_event"].isna().all()


def test_parquet_columns_have_the_types_of_the_contract(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path, SUBJECT, "r", log_format=LogFormat.PARQUET, flush_steps=2)
    for step in range(1, 8):
        writer.append(row(step))
    schema = pq.read_schema(tmp_path / "r" / "events.parquet")
    assert schema.names == EVENT_NAMES
    types = {str(field.name): str(field.type) for field in schema}
    assert {types[name] for name in ("step", "signal", "orders_filled")} == {"int64"}
    assert {types[name] for name in ("price", "equity", "volume")} == {"double"}
    assert {types[name] for name in ("ts_bar", "ts_event", "risk_reasons")} == {"string"}
    assert {types[name] for name in ("signal_changed", "risk_allowed")} == {"bool"}


def test_a_parquet_reader_keeps_the_version_that_it_opened(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path, SUBJECT, "r", log_format=LogFormat.PARQUET, flush_steps=1)
    writer.append(row(1))
    with pq.ParquetFile(tmp_path / "r" / "events.parquet") as opened:
        writer.append(row(2))
        writer.flush()
        assert opened.read().num_rows == 1
    assert steps(tmp_path / "r") == [1, 2]
    assert sorted(path.name for path in (tmp_path / "r").iterdir()) == [
        "events.parquet",
        "meta.json",
    ]


def test_meta_and_trades(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path, SUBJECT, "r", config={"a": 1}, notes="né")
    meta = read_json(tmp_path / "r" / "meta.json")
    assert datetime.fromisoformat(meta.pop("started_at")).utcoffset() == UTC.utcoffset(None)
    assert meta == {**META, "notes": "né", "ended_at": None, "config_snapshot": {"a": 1}}
    trade: dict[str, Any] = {
        "ts": "2026-01-01T00:00:00+00:00",
        "step": 1,
        "side": "buy",
        "quantity": 0.1,
        "price": 2.0,
        "fee": 0.0,
    }
    trade |= {"order_id": "a", "ts_bar": "2026-01-01T00:00:00+00:00"}
    writer.append_trade(trade)
    writer.close()
    assert pd.read_csv(tmp_path / "r" / "trades.csv").to_dict("records") == [trade]
    ended = datetime.fromisoformat(read_json(tmp_path / "r" / "meta.json")["ended_at"])
    assert ended.utcoffset() == UTC.utcoffset(None)


def test_a_run_that_exists_is_refused_and_untouched(tmp_path: Path) -> None:
    RunWriter(tmp_path, SUBJECT, "r").close()
    before = (tmp_path / "r" / "meta.json").read_bytes()
    with pytest.raises(SettingsError, match="'r' exists already"):
        RunWriter(tmp_path, Subject("paper", "s", "BTC/EUR", "1m"), "r")
    assert (tmp_path / "r" / "meta.json").read_bytes() == before


def test_a_replaced_file_is_never_seen_half(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    path.write_bytes(b"old")

    def fail(draft: Path) -> None:
        draft.write_bytes(b"half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        replace_file(path, fail)
    assert path.read_bytes() == b"old"
    replace_file(path, lambda draft: draft.write_bytes(b"new"))
    assert path.read_bytes() == b"new"


def test_lines_after_a_torn_one_begin_on_their_own(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    path.write_bytes(b'{"whole": 1}\n{"torn"')
    append_lines(path, b'{"next": 2}\n')
    append_lines(path, b'{"last": 3}\n')
    assert path.read_bytes() == b'{"whole": 1}\n{"torn"\n{"next": 2}\n{"last": 3}\n'


def test_lines_of_several_writers_stay_whole(tmp_path: Path) -> None:
    path, line = tmp_path / "log.jsonl", b"x" * 100_000 + b"\n"  # longer than is written at once

    def write(_: int) -> None:
        for _ in range(100):
            append_lines(path, line)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    assert path.read_bytes() == line * 400


def test_a_write_that_was_cut_short_is_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:5]))
    append_lines(tmp_path / "file", b"a line that is long\n")
    assert (tmp_path / "file").read_bytes() == b"a line that is long\n"


def test_names_are_cleaned_before_they_become_files() -> None:
    assert clean_name("a/b\\c:d e\n\x00f") == "a_b_c_d_e__f"


def test_the_registry_record_follows_the_session(tmp_path: Path) -> None:
    started = datetime(2026, 1, 15, 17, 30, tzinfo=UTC)
    writer = SessionRecord(tmp_path, SUBJECT, session_id="s/1", run_id="r", started_at=started)
    path = tmp_path / "20260115T173000_live_session_shadow_s_1.json"
    assert list(tmp_path.iterdir()) == [path]
    first = read_json(path)
    assert (first["status"], first["session_id"], first["finished_at"]) == ("started", "s/1", None)
    assert datetime.fromisoformat(first["started_at"]) == started
    writer.refresh({"steps": 7})
    beating = read_json(path)
    assert beating["heartbeat_at"] > first["heartbeat_at"]
    assert beating == {**first, "metrics": {"steps": 7}, "heartbeat_at": beating["heartbeat_at"]}
    writer.finish("failed", "ValueError: no", {"steps": 8})
    last = read_json(path)
    assert (last["status"], last["error"]) == ("failed", "ValueError: no")
    assert last["metrics"] == {"steps": 8}
    assert datetime.fromisoformat(last["finished_at"]).utcoffset() == UTC.utcoffset(None)


@pytest.mark.parametrize(
    ("category", "source", "severity", "ids"),
    [
        ("RISK", "live_risk_severity", "WARN", "live_risk_severity live_alert_pipeline"),
        ("RISK", "live_risk_limits", "INFO", "live_risk_limits live_alert_pipeline"),
        ("RISK", "other", "CRITICAL", "live_risk_limits live_alert_pipeline incident_drills"),
        ("EXECUTION", "x", "WARN", "live_deployment live_alert_pipeline"),
        ("SYSTEM", "x", "WARN", "live_alert_pipeline"),
        ("SYSTEM", "x", "CRITICAL", "live_deployment live_alert_pipeline incident_drills"),
    ],
)
def test_alerts_name_their_runbooks(
    tmp_path: Path, category: str, source: str, severity: str, ids: str
) -> None:
    writer = AlertWriter(tmp_path, tmp_path / "alerts", "s", "https://books.example/")
    writer.write(Alert("rule", Severity(severity), Category(category), source, "Title", "body"))
    (day,) = (tmp_path / "alerts").iterdir()
    (line,) = read_lines(day)
    books = line["context"]["runbooks"]
    assert [book["id"] for book in books] == ids.split()
    assert books[0]["url"] == f"https://books.example/{ids.split()[0]}.md"


def test_alerts_go_to_the_run_and_to_the_utc_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tmp_path / "run"
    run.mkdir()
    writer = AlertWriter(run, tmp_path / "alerts", "session_1")
    alert = Alert(*RULE, {"extra": 1}, repeats=False)
    for moment in ("2026-01-15T23:59:59+00:00", "2026-01-16T00:00:00+00:00"):
        monkeypatch.setattr(clock, "now", lambda moment=moment: datetime.fromisoformat(moment))
        writer.write(alert)
    days = sorted((tmp_path / "alerts").iterdir())
    assert [day.name for day in days] == ["alerts_2026-01-15.jsonl", "alerts_2026-01-16.jsonl"]
    first, second = (read_lines(day)[0] for day in days)
    assert first["id"] != second["id"]
    assert first["session_id"] == "session_1"
    assert first["context"]["extra"] == 1
    assert first["context"]["runbooks"][0]["url"] == ""
    assert first["timestamp"] == "2026-01-15T23:59:59.000000+00:00"
    assert read_lines(run / "alerts.jsonl")[1] == {
        "rule_id": "rule",
        "severity": "warning",
        "message": "Title: body",
        "run_id": "run",
        "timestamp": "2026-01-16T00:00:00.000000+00:00",
    }


@pytest.mark.parametrize(("severity", "seconds"), [("WARN", 3600.0), ("CRITICAL", 60.0)])
def test_repeats_are_one_line_when_their_time_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, severity: str, seconds: float
) -> None:
    at = 1000.0
    monkeypatch.setattr(clock, "monotonic", lambda: at)
    (tmp_path / "run").mkdir()
    writer = AlertWriter(tmp_path / "run", tmp_path / "alerts", "session_1")
    alert = Alert("rule", Severity(severity), Category.RISK, "source", "Title", "body")

    def told() -> list[int]:
        (day,) = (tmp_path / "alerts").iterdir()
        return [line["context"].get("repeats", 0) for line in read_lines(day)]

    for _ in range(5):
        writer.write(alert)
        at += seconds / 10
    writer.tell_held()
    assert told() == [0]
    at += seconds / 2
    writer.tell_held()
    writer.tell_held()
    assert told() == [0, 3], "the newest of four, and three more"
    at += seconds * 2
    writer.tell_held()
    assert told() == [0, 3], "nothing was counted"
    writer.write(alert)
    assert told() == [0, 3, 0]


def test_what_is_left_is_told_in_the_order_in_which_it_came(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = 0.0
    monkeypatch.setattr(clock, "monotonic", lambda: at)
    with AlertWriter(None, tmp_path / "alerts", "session_1") as writer:
        for severity in (Severity.WARN, Severity.INFO, Severity.WARN, Severity.INFO, Severity.WARN):
            writer.write(Alert("rule", severity, Category.RISK, "source", "Title", "body"))
            at += 1.0
    (day,) = (tmp_path / "alerts").iterdir()
    severities = [line["severity"] for line in read_lines(day)]
    assert severities == ["WARN", "INFO", "INFO", "WARN"]


def test_telemetry_goes_to_the_log_of_its_session(tmp_path: Path) -> None:
    writer = TelemetryWriter(tmp_path / "execution", "../s 1", SUBJECT)
    writer.emit("gate", {"gate_name": "risk", "passed": True, "reason": ""})
    writer.emit("error", {"error": "é"})
    (path,) = (tmp_path / "execution").iterdir()
    assert path.name == ".._s_1.jsonl"
    gate, error = read_lines(path)
    assert gate["payload"] == {"gate_name": "risk", "passed": True, "reason": ""}
    assert (error["session_id"], error["symbol"], error["mode"], error["kind"]) == (
        "../s 1",
        "BTC/EUR",
        "shadow",
        "error",
    )
