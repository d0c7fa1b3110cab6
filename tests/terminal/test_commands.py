"""What the commands print, and the exit codes that scripts go by."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import shutil
import subprocess
import sys
from pathlib import Path
from select import select
from typing import Any

import pyarrow.parquet as pq
import pytest

from contract.test_judged import books
from contract.tree import HOSTILE, NOW, Tree, event, rich_tree
from peak_trade.contract.base.query import Text
from peak_trade.contract.runs.search import RUNS
from peak_trade.contract.sessions.search import SESSIONS
from peak_trade.terminal.tables import BARS, WRITTEN, spark
from peak_trade.views.kit import text
from preloaded import Preloaded
from serving import PATIENCE, PEAK_TRADE, clean_environment, wait_until
from terminal.conftest import Call

CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
STEERING = f"{HOSTILE}\x1b]0;owned\x07\x1b[2J\x9b31m\r\x08[red]\u202e\u2066{{0}}"
FULL = Path("/dev/full")
ENDED = "2026-01-01T01:00:00+00:00"


def run_of_eight(tree: Tree, run_id: str = "r", **meta: Any) -> None:
    prices = [100.0, 101.0, 102.0, 99.0, 98.0, 103.0, 104.0, 100.0]
    rows = books(prices, [0.0, 1.0, 1.0, 1.0, 0.0, 2.0, 2.0, 0.0])
    tree.run(run_id, rows, *rows[0], **({"ended_at": ENDED} | meta))


def test_lists_take_the_queries_of_the_pages(tree: Tree, call: Call) -> None:
    for name, mode in (("a", "shadow"), ("b", "paper")):
        tree.run(name, [event(1)], mode=mode)
        tree.session(name, mode=mode, metrics={"realized_pnl": 5.0 if mode == "paper" else -5.0})
    said = call("ls", "mode:paper")
    assert said.code == 0
    assert [line.split()[0] for line in said.out.splitlines()] == ["run", "b", "1"]
    assert [
        row["session"] for row in call("ls", "--of", "sessions", "pnl<0", "--json").json["rows"]
    ] == ["a"]
    unread = call("ls", "return>-1", "--json").json["rows"]
    assert {row["run"] for row in unread} == {"a", "b"}
    columns = call("ls", "--sort", "-run", "--hide", "state,mode", "--rows", "1", "--json").json
    assert columns["total"] == columns["matching"] == 2
    assert [row["run"] for row in columns["rows"]] == ["b"]
    assert "state" not in columns["rows"][0]


def test_lists_write_their_values_as_the_pages_do(tree: Tree, call: Call) -> None:
    kinds = {**RUNS.names, **SESSIONS.names}
    written = {name for name, kind in kinds.items() if not isinstance(kind, Text)}
    assert written <= {*WRITTEN, "pnl"}
    run_of_eight(tree, symbol="BTC/JPY")
    (row,) = call("ls", "run:r", "--json").json["rows"]
    shown = {text.signed(row["pnl"], "JPY"), text.duration(row["age"])}
    shown |= {text.percent(row["dd"]), text.percent(row["maxdd"]), text.gain(row["return"])}
    assert shown <= set(re.split(r"  +", call("ls", "run:r").out.splitlines()[1]))


def test_exit_codes_for_scripts(tree: Tree, call: Call) -> None:
    run_of_eight(tree)
    run_of_eight(tree, "same")
    run_of_eight(tree, "apart", mode="paper")
    tree.run("silent", [event(1, equity=1.0)])
    tree.write(
        tree.runs / "apart" / "events.csv",
        (tree.runs / "r" / "events.csv").read_text().replace(",1,True,", ",0,True,"),
    )
    codes = {
        ("ls",): 0,
        ("ls", "mode:none"): 3,
        ("ls", "updated:yesterday"): 2,
        ("ls", "--sort", "nothing"): 2,
        ("show", "r"): 0,
        ("show", "silent"): 3,
        ("show", "nobody"): 1,
        ("stats", "r"): 0,
        ("compare", "r", "same"): 0,
        ("compare", "r", "apart"): 3,
        ("compare", "r", "nobody"): 1,
        ("tail", "r"): 0,
        ("tail", "nobody"): 1,
        ("export", "r", "--format", "csv"): 0,
        ("export", "r", "--format", "xml"): 2,
        ("export", "silent", "--table", "trades", "--format", "csv"): 1,
    }
    assert {words: call(*words).code for words in codes} == codes


@pytest.mark.parametrize(
    "words", [("ls",), ("ls", "--of", "sessions"), ("show", "r"), ("tail", "r")]
)
@pytest.mark.parametrize("state", ["no root", "no directory"])
def test_what_cannot_be_listed_is_told(
    tree: Tree, call: Call, words: tuple[str, ...], state: str, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.rmtree(tree.root)
    if state == "no directory":
        for directory in (tree.runs, tree.sessions):
            tree.write(directory, "")
    assert call(*words).code == 1
    assert "live_runs cannot be listed: " in caplog.text
    assert "live_sessions cannot be listed: " in caplog.text


def test_another_directory_that_cannot_be_listed_changes_no_exit_code(
    tree: Tree, call: Call, caplog: pytest.LogCaptureFixture
) -> None:
    run_of_eight(tree)
    tree.write(tree.logs / "execution", "")
    assert [call("ls").code, call("ls", "mode:none").code] == [0, 3]
    assert "execution cannot be listed: " in caplog.text


def test_an_unknown_id_names_the_nearest(tree: Tree, call: Call) -> None:
    run_of_eight(tree, "20260115_shadow")
    said = call("show", "20260116_shadow")
    assert said.error == "error: no run or session '20260116_shadow'; nearest: 20260115_shadow\n"


def test_a_session_stands_for_its_run(tree: Tree, call: Call) -> None:
    run_of_eight(tree)
    tree.session("s", run_id="r")
    assert call("stats", "s", "--json").json == call("stats", "r", "--json").json
    assert call("show", "s", "--json").json["detail"]["session_id"] == "s"
    tree.session("alone")
    assert "has no run" in call("stats", "alone").error


def test_json_is_that_of_the_routes(tree: Tree, call: Call) -> None:
    run_of_eight(tree)
    for words in (("show", "r"), ("stats", "r"), ("compare", "r"), ("ls",)):
        assert isinstance(call(*words, "--json").json, dict)
    lines = call("tail", "r", "-n", "3", "--json").out.splitlines()
    assert [json.loads(line)["seq"] for line in lines] == [5, 6, 7]


def test_tables_are_aligned_and_nothing_is_cut_off(tree: Tree, call: Call) -> None:
    name = "n" * 150
    run_of_eight(tree, name)
    run_of_eight(tree, "short")
    lines = call("ls").out.splitlines()[:3]
    assert len({line.index("ma") for line in lines[1:]}) == 1
    assert name in "".join(lines)


def test_a_row_is_a_line_of_what_is_no_terminal(tree: Tree, call: Call) -> None:
    long = "x " * 20_000
    for name in ("a", "b"):
        run_of_eight(tree, name, config_snapshot={"long": f"{long}{name}", "short": name})
    lines = call("compare", "a", "b").out.splitlines()
    assert [len(line.split()) for line in lines if line.startswith("config.long")] == [40_003]
    assert [line.split()[1:] for line in lines if line.startswith("config.short")] == [["a", "b"]]


def test_exports_are_whole(tree: Tree, call: Call, tmp_path: Path) -> None:
    run_of_eight(tree)
    out = tmp_path / "out.parquet"
    assert call("export", "r", "--format", "parquet", "--out", str(out)).code == 0
    assert pq.read_table(out).num_rows == 8
    rows = json.loads(call("export", "r", "--format", "json").out)
    assert [row["step"] for row in rows] == list(range(1, 9))
    closed = call("export", "r", "--table", "closed", "--format", "csv").out.splitlines()
    assert len(closed) == 3
    piped = call("export", "r", "--format", "parquet").body
    assert pq.read_table(io.BytesIO(piped)).num_rows == 8


def test_nothing_is_written_among_the_artifacts(tree: Tree, call: Call) -> None:
    run_of_eight(tree)
    inside = str(tree.runs / "r" / "out.csv")
    for words in (("export", "r", "--format", "csv"), ("report", "r", "--json")):
        said = call(*words, "--out", inside)
        assert said.code == 1
        assert "is among the artifacts" in said.error
    assert not Path(inside).exists()


def test_a_report_in_each_form(tree: Tree, call: Call, tmp_path: Path) -> None:
    run_of_eight(tree)
    out = tmp_path / "made.html"
    assert call("report", "r", "--html", "--json", "--parquet", "--out", str(out)).code == 0
    assert out.read_text().startswith("<!doctype html>")
    items = json.loads(out.with_suffix(".json").read_text())["runs"][0]["judged"]["rows"]
    assert pq.read_table(out.with_suffix(".parquet"))["name"].to_pylist() == [
        i["name"] for i in items
    ]
    assert call("report", "r", "--html", "--json", "--out", "-").code == 1


def hostile_tree(tree: Tree) -> None:
    rich_tree(tree.root)
    meta = dict.fromkeys(("mode", "strategy_name", "symbol", "timeframe", "notes"), STEERING)
    rows = [event(s, risk_reasons=STEERING, orders_blocked=1, equity=100.0 + s) for s in (1, 2)]
    columns = ("step", "ts_event", "equity", "orders_blocked", "risk_reasons")
    run = tree.run("odd", rows, *columns, config_snapshot={STEERING: STEERING}, **meta)
    alert = {"rule_id": STEERING, "severity": STEERING, "message": STEERING, "timestamp": STEERING}
    tree.write(run / "alerts.jsonl", json.dumps(alert) + "\n")
    tree.write(run / "trades.csv", f'ts,side,price\n{NOW},buy,"{HOSTILE}\x1b[31m"\n')
    facts = dict.fromkeys(("mode", "env_name", "symbol", "error", "status"), STEERING)
    tree.session("odd session", run_id="odd", **facts, cli_args=[STEERING])
    tree.session(STEERING, config={"strategy_name": STEERING})


EVERY = [
    ("ls",),
    ("ls", "--of", "sessions"),
    ("ls", STEERING),
    ("show", "odd"),
    ("show", "odd session"),
    ("show", STEERING),
    ("show", "nearly odd"),
    ("tail", "odd"),
    ("stats", "odd"),
    ("compare", "odd", "known", HOSTILE),
    *(("export", "odd", "--format", "json", "--table", table) for table in ("events", "alerts")),
    ("export", "odd", "--format", "json", "--table", "reasons"),
    ("report", "odd", "--json", "--out", "-"),
    ("report", "odd", "--out", "-"),
]


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_no_text_steers_a_terminal(tree: Tree, words: tuple[str, ...]) -> None:
    """On a terminal: what comes besides text is what the command itself colours with."""
    hostile_tree(tree)
    for more in (
        ([], ["--json"]) if words[0] in {"ls", "show", "tail", "stats", "compare"} else ([],)
    ):
        told = on_terminal(tree.root, *words, *more)
        plain = re.sub(r"\x1b\[[0-9;]*m", "", told.replace("\r\n", "\n"))
        assert plain.strip()
        assert CONTROLS.search(plain) is None
        assert "\x1b[2J" not in told
        assert "\x1b[31m\x1b" not in told


@pytest.mark.parametrize("wide", [40, 80, 170])
def test_no_word_of_a_list_is_torn_however_narrow_the_terminal(tree: Tree, wide: int) -> None:
    tree.run("20260115_173600_of_btc", [event(1)])
    told = re.sub(r"\x1b\[[0-9;]*m", "", on_terminal(tree.root, "ls", wide=wide))
    assert {"20260115_173600_of_btc", "crashed", "inactive", "shadow", "BTC/EUR"} < {*told.split()}
    assert max(map(len, told.splitlines())) <= wide


@pytest.mark.parametrize("wide", [40, 80, 120])
def test_no_word_is_lost_however_narrow_the_terminal(tree: Tree, wide: int) -> None:
    runs = [f"20260115_173600_shadow_of_a_long_name_BTC-EUR_{n}" for n in ("1m", "15m")]
    for run_id in runs:
        tree.run(run_id, [event(step, orders_generated=step) for step in range(1, 30)])
    for words in (["compare", *runs], ["show", runs[0]], ["stats", runs[0]], ["tail", runs[0]]):
        whole, told = (
            re.sub(r"\x1b\[[0-9;]*m", "", on_terminal(tree.root, *words, wide=columns))
            for columns in (400, wide)
        )
        assert max(map(len, told.splitlines())) <= wide
        assert {word for word in whole.split() if len(word) <= 12} <= {*told.split()}, words


def on_terminal(root: Path, *words: str, wide: int = 200) -> str:
    """Return what a command prints on a terminal."""
    ours, theirs = pty.openpty()
    environment = clean_environment({"PEAK_TRADE_NOW": NOW, "TERM": "xterm", "COLUMNS": str(wide)})
    command = [*PEAK_TRADE, *words, "--root", str(root)]
    process = Preloaded(command, root, environment, Path(os.ttyname(theirs)))
    told = b""
    while process.poll() is None or select([ours], [], [], 0)[0]:
        if select([ours], [], [], 0.05)[0]:
            told += os.read(ours, 65_536)
    os.close(theirs)
    os.close(ours)
    assert b"Traceback" not in told
    return told.decode()


def test_colours_are_for_terminals(tree: Tree, call: Call) -> None:
    tree.run("silent", [event(1)])
    assert "\x1b[" in on_terminal(tree.root, "show", "silent")
    assert "\x1b[" not in call("show", "silent").out


@pytest.mark.parametrize(
    ("values", "bars"),
    [
        ([], ""),
        ([1.0, None], ""),
        ([1.0, 2.0], "▁█"),
        ([1.0, 1.0, 1.0], "▁▁▁"),
        ([-1.7e308, 0.0, 1.7e308], "▁▅█"),
        ([float("nan"), 1.0, float("inf"), 3.0], "▁█"),
    ],
)
def test_sparklines(values: list[float | None], bars: str) -> None:
    assert spark(values) == bars
    assert len(spark(list(map(float, range(1000))))) == 60
    assert set(spark(list(map(float, range(1000))))) == set(BARS)


@pytest.mark.skipif(not FULL.exists(), reason="Linux has a device that is full")
@pytest.mark.parametrize(
    "words", ["ls --json", "show r", "tail r", "export r --format csv"], ids=lambda words: words
)
def test_a_full_disk_is_said(tree: Tree, words: str) -> None:
    tree.run("r", [event(1)])
    command = [*PEAK_TRADE, *words.split(), "--root", str(tree.root)]
    with FULL.open("wb") as out:
        done = subprocess.run(command, stdout=out, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "error: [Errno 28] No space left on device\n")


def test_ids_are_completed(tree: Tree) -> None:
    run_of_eight(tree, "2026_a")
    run_of_eight(tree, "2026_b")
    tree.session("2026_s")
    tree.run("2026_ü.1")
    for odd in ("\x1b[31m", "`touch x`", "$(touch x)", ";touch x", " x", "*", "'", '"', "\\", "&x"):
        tree.session(f"2026_{odd}", f"odd_{ord(odd[0])}{len(odd)}")
    environment = {"_PEAK_TRADE_COMPLETE": "complete_bash", "COMP_CWORD": "2"}
    environment |= {"COMP_WORDS": "peak-trade show 2026_"}
    done = subprocess.run(
        [str(Path(sys.executable).with_name("peak-trade"))],
        cwd=tree.root,
        env=clean_environment(environment),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.stdout.split() == ["2026_ü.1", "2026_s", "2026_b", "2026_a"]


def test_watching_shows_each_change(tree: Tree) -> None:
    tree.run("r", [event(1)])
    words = ["show", "r", "--watch", "--json", "--root", str(tree.root)]
    environment = clean_environment({"PEAK_TRADE_WEB_UI__AUTO_REFRESH_SECONDS": "1"})
    log = tree.root / "log"
    with log.open("wb") as out:
        process = subprocess.Popen([*PEAK_TRADE, *words], stdout=out, env=environment)
    try:
        wait_until(lambda: len(log.read_text().splitlines()) == 1)
        tree.run("r", [event(1), event(2)])
        wait_until(lambda: '"total_steps":2' in log.read_text())
        process.send_signal(2)
        assert process.wait(PATIENCE) == 130
    finally:
        process.kill()
