"""`peak-trade check`: what is wrong with artifacts is told by file and line, and nothing else."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

from peak_trade.artifacts import events, trades
from peak_trade.checking.cli import app
from peak_trade.checking.models import schemas
from peak_trade.cli import app as program
from peak_trade.runners.feed import synthetic_feed
from peak_trade.writing import Alert, Category, Output, Recorder, Severity, Subject
from runners.support import Tree, output, read_json, read_lines, shadow


def check(*words: str) -> tuple[int, list[str]]:
    result = CliRunner().invoke(app, list(words))
    return result.exit_code, result.stdout.splitlines()


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    with Recorder(Output.below(tmp_path), Subject("paper", "mine", "BTC/EUR", "1m")) as recorder:
        for step in range(1, 4):
            recorder.run.append({"step": step, "price": 1.0, "equity": 2.0})
        recorder.run.append_trade({"side": "buy", "quantity": 1.0, "price": 2.0, "step": 1})
        recorder.telemetry.emit("gate", {"gate_name": "risk", "passed": True, "reason": ""})
        recorder.alerts.write(
            Alert("late", Severity.WARN, Category.SYSTEM, "feed", "Late", "3 s behind")
        )
    return Tree(tmp_path)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))


def test_what_the_writers_write_is_right(tree: Tree) -> None:
    assert check(str(tree.root)) == (0, [])
    assert check(str(tree.run)) == (0, [])


def test_what_a_run_writes_is_right(tmp_path: Path) -> None:
    shadow(tmp_path, synthetic_feed(bars=300), output=output(tmp_path))
    assert check(str(tmp_path)) == (0, [])


def test_the_schemas_are_in_the_package_and_hold_for_what_is_written(tree: Tree) -> None:
    place = files("peak_trade.checking") / "schemas"
    stored = {one.name: json.loads(one.read_text()) for one in place.iterdir()}
    assert stored == {f"{name}.json": schema for name, schema in schemas().items()}
    run = tree.run
    new, fills = events.read_csv(run / "events.csv", None), trades.refresh(run, None)
    assert new is not None
    assert new.table is not None
    assert fills is not None
    rows = [{k: v for k, v in row.items() if k[0] != "_"} for row in new.table.to_pylist()]
    found: dict[str, list[Any]] = {
        "run_meta": [tree.meta],
        "run_alert": tree.run_alerts,
        "session": [tree.session],
        "stored_alert": tree.alerts,
        "execution_event": tree.telemetry,
        "event_row": rows,
        "trade_row": list(fills.rows or ()),
    }
    assert found.keys() | {"health_snapshot"} == schemas().keys()
    for name, records in found.items():
        assert records, name
        for record in records:
            jsonschema.validate(record, schemas()[name])


BAD: dict[str, tuple[str, str, str]] = {
    "key": ("meta.json", '{"run_id": "r"}', "meta.json: mode: is missing"),
    "kind": ("meta.json", '{"run_id": 1}', "meta.json: run_id: 1: input should be a valid string"),
    "json": ("meta.json", "{", "meta.json: is not JSON"),
    "list": ("meta.json", "[]", "meta.json: is not a JSON object"),
    "line": ("alerts.jsonl", '{"rule_id": ""}\n{\n', "alerts.jsonl:2: is not JSON"),
    "time": (
        "alerts.jsonl",
        '{"rule_id": "", "severity": "info", "message": "", "timestamp": "noon"}\n',
        "alerts.jsonl:1: timestamp: 'noon' is no ISO 8601 time",
    ),
    "word": (
        "alerts.jsonl",
        '{"rule_id": "", "severity": "bad", "message": "", "timestamp": "2026-01-01"}\n',
        "alerts.jsonl:1: severity: 'bad' is none of info, warning, critical",
    ),
    "end": ("alerts.jsonl", "{}", "alerts.jsonl:1: no line end"),
    "cell": ("events.csv", "step,equity\n1,2\n2,x\n", "events.csv:3: "),
    "damaged": ("events.parquet", "x" * 99, "events.parquet: half-written or damaged"),
    "width": ("events.csv", "step,equity\n1,2,3\n", "events.csv:2: "),
    "name": (
        "events.csv",
        "pirce,equity\n1,2\n",
        "events.csv:1: column 'pirce': is 'price'",
    ),
    "equity": ("events.csv", "step,price\n1,2\n", "events.csv:1: no column 'equity'"),
    "offset": ("events.csv", "ts_bar,equity\n2026-01-01T00:00:00,1\n", "events.csv:2: column 'ts_"),
    "side": ("trades.csv", "side,quantity,price\nlong,1,2\n", "trades.csv:2: side 'long'"),
    "quantity": ("trades.csv", "side,quantity,price\nbuy,1,2\nbuy,0,2\n", "trades.csv:3: quantity"),
    "price": ("trades.csv", "side,quantity,price\nsell,1,\n", "trades.csv:2: no price"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_fault_is_told_with_its_line(tree: Tree, name: str) -> None:
    file, text, told = BAD[name]
    (tree.run / file).write_text(text)
    code, lines = check(str(tree.root))
    assert code == 1
    assert any(f"{tree.run.name}/{told}" in line for line in lines), lines
    assert all(f"{tree.run.name}/{file}" in line for line in lines)


def test_an_empty_table_hides_no_other_one(tree: Tree) -> None:
    (tree.run / "events.parquet").write_bytes(b"")
    assert check(str(tree.root)) == (0, [])


def test_other_families_are_checked(tree: Tree) -> None:
    (session,) = tree.root.glob("reports/experiments/live_sessions/*.json")
    session.write_text(json.dumps(read_json(session) | {"started_at": None}))
    (log,) = tree.root.glob("logs/execution/*.jsonl")
    log.write_text(json.dumps(read_lines(log)[0] | {"kind": "other"}) + "\n")
    store = tree.root / "live_runs/alerts"
    (store / "alerts.jsonl").write_text("")
    (store / "alerts_2026-13-01.jsonl").write_text("")
    (tree.root / "live_runs/empty").mkdir()
    (tree.root / "logs/telemetry_health_snapshots.jsonl").write_text("1\n")
    code, lines = check(str(tree.root))
    assert code == 1
    parts = ["empty: has no meta.json", "started_at: ", ":1: kind: "]
    parts += [f"{name}.jsonl: is not called" for name in ("alerts", "alerts_2026-13-01")]
    for part in (*parts, "snapshots.jsonl:1: is not a JSON object"):
        assert any(part in line for line in lines), (part, lines)
    assert len(lines) == 6


def test_the_shared_corpus_is_gone_through(tmp_path: Path) -> None:
    corpus = Path(__file__).resolve().parents[3] / "shared/contract/corpus_a"
    if not corpus.is_dir():
        pytest.skip("no contract folder beside the checkout")
    code, lines = check(str(corpus))
    assert code == 1
    assert len(lines) > 15


def test_a_directory_that_is_not_there_is_said() -> None:
    result = CliRunner().invoke(app, ["missing"])
    assert (result.exit_code, result.stderr) == (2, "error: missing is no directory\n")


def test_a_schema_is_printed() -> None:
    result = CliRunner().invoke(program, ["check", "--schema", "trade_row"])
    assert json.loads(result.stdout) == schemas()["trade_row"]
    assert check("--schema", "all") == (0, list(schemas()))
    assert check("--schema", "x")[0] == 2
