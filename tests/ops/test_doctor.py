"""`peak-trade doctor`: each thing that can be wrong is found, named, and has a mend."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import watchfiles

from contract.tree import HOSTILE, Tree, event
from peak_trade.serve import doctor, doctor_machine
from peak_trade.serve.findings import Status
from serving import PATIENCE, PEAK_TRADE, SERVE, clean_environment, start


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """Artifacts with nothing wrong in them."""
    tree = Tree(tmp_path)
    tree.run("one", [event(1)], ended_at="2026-01-15T18:00:00+00:00")
    return tree


def ask(cwd: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PEAK_TRADE, "doctor", *words],
        cwd=cwd,
        env=clean_environment(environment),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


def examine(tree: Tree, **options: object) -> dict[str, list[tuple[str, str, str]]]:
    """Return the findings in this process; the port is a free one."""
    overrides = {"dashboard.root": str(tree.root), "web_ui.port": 0, **options}
    found = doctor.examine(None, overrides)
    bad = [item for items in found.values() for item in items if item.status is not Status.OK]
    assert [item for item in bad if not item.mend] == []
    return {
        name: [(item.status.label, item.text, item.mend) for item in items]
        for name, items in found.items()
    }


def problems(tree: Tree, **options: object) -> list[tuple[str, str, str]]:
    """Return check, status and text of what is not ok."""
    found = examine(tree, **options)
    return [
        (name, status, text)
        for name, items in found.items()
        for status, text, _ in items
        if status != "ok"
    ]


def test_all_is_well(tree: Tree) -> None:
    done = ask(tree.root, "--port", "0")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert {line.split()[0] for line in lines[:-1]} == {"ok"}
    assert {line.split()[1] for line in lines[:-1]} == {"settings", *doctor.CHECKS}
    assert lines[-1] == "ok: overall"


def test_json_holds_the_same(tree: Tree) -> None:
    document: Any = json.loads(ask(tree.root, "--port", "0", "--json").stdout)
    assert document["status"] == "ok"
    assert list(document["checks"]) == ["settings", *doctor.CHECKS]
    assert {"status", "text", "mend"} == set(document["checks"]["clock"][0])


def test_a_warning_is_2_and_an_error_1(tree: Tree) -> None:
    assert ask(tree.root, "--port", "0", "--root", "nowhere").returncode == 2
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        done = ask(tree.root, "--port", str(other.getsockname()[1]), "--root", "nowhere")
    assert done.returncode == 1
    assert "is in use" in done.stdout
    assert "End what listens there" in done.stdout


def test_settings_that_cannot_be_used(tree: Tree) -> None:
    done = ask(tree.root, PEAK_TRADE_WEB_UI__PORT="x")
    assert done.returncode == 1
    assert "PEAK_TRADE_WEB_UI__PORT = 'x'" in done.stdout


def test_names_that_are_no_settings(tree: Tree) -> None:
    tree.write(tree.root / "config.toml", "[backtest]\na = 1\n[web_ui]\nprot = 1\n")
    done = ask(tree.root, "--port", "0", PEAK_TRADE_SMTP_PASSWORD="a secret")
    assert done.returncode == 2
    lines = [line for line in done.stdout.splitlines() if line.split()[1] == "settings"]
    assert [line.split(maxsplit=2)[::2] for line in lines] == [
        ["warn", "config.toml: [web_ui] prot is not known and has no effect; did you mean port?"],
        ["ok", "names of the trading system are ignored, config.toml: [backtest]"],
        ["ok", "names of the trading system are ignored, environment: PEAK_TRADE_SMTP_PASSWORD"],
    ]


def test_missing_and_wrong_directories(tree: Tree) -> None:
    tree.write(tree.root / "file", "")
    ((check, status, text),) = problems(tree, **{"shadow_paper_logging.base_dir": "gone"})
    assert (check, status) == ("directories", "warn")
    assert text.endswith("gone does not exist")
    (check, status, text), (other, warned, named) = problems(
        tree, **{"dashboard.sessions_dir": "file"}
    )
    assert (check, status) == ("directories", "error")
    assert text.endswith("file: not a directory")
    assert (other, warned) == ("artifacts", "warn")
    assert "unlisted 1" in named


def test_files_that_may_not_be_read(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    def access(path: Path, mode: int) -> bool:
        return path.name != "events.csv" and mode & os.R_OK > 0

    monkeypatch.setattr(os, "access", access)
    ((check, status, text),) = problems(tree)
    assert (check, status) == ("permissions", "error")
    assert text.startswith("1 files or directories may not be read")
    assert text.endswith("one/events.csv")


def test_watching_that_does_not_work(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    def watch(*_: object, **__: object) -> Iterator[object]:
        yield from ()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(watchfiles, "watch", watch)
    ((check, status, text),) = problems(tree)
    assert (check, status) == ("watching", "warn")
    assert "polling" in text


def test_a_clock_that_stands_still(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEAK_TRADE_NOW", "2026-01-15T18:30:00+00:00")
    assert [item[:2] for item in problems(tree)] == [("clock", "warn")]


def test_events_in_the_future(tree: Tree) -> None:
    tree.run("ahead", [event(1, ts_event="2199-01-01T00:00:00+00:00")])
    ((check, status, text),) = problems(tree)
    assert (check, status) == ("artifacts", "warn")
    assert text == "1 runs have events in the future, such as ahead"


def test_a_running_console_is_no_occupied_port(tree: Tree, tmp_path: Path) -> None:
    served = start(SERVE, tree.root, tmp_path / "log")
    try:
        done = ask(tree.root, "--port", str(served.port))
        assert done.returncode == 0
        assert f"a Peak_Trade console answers on 127.0.0.1:{served.port}" in done.stdout
    finally:
        served.stop()


def test_read_errors_and_crashed_runs(tree: Tree) -> None:
    tree.run(HOSTILE, [event(1)])
    tree.write(tree.runs / f"bad\n{HOSTILE}" / "meta.json", "{")
    tree.write(tree.logs / "execution" / "s.jsonl", "no json\n")
    found = problems(tree)
    assert [item[:2] for item in found] == [("artifacts", "warn")] * 2
    covered = "in all of 2 runs, 0 alert files and 1 telemetry logs"
    kinds = "(bad_line 1, unusable_meta 1)"
    assert found[0][2].startswith(f"2 read errors {covered} {kinds}, such as: ")
    assert found[1][2] == f"1 runs stopped without an end, the newest: {HOSTILE}"
    text = ask(tree.root, "--port", "0").stdout
    assert "bad\\n<img" in text


def test_versions_that_do_not_fit(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = [
        "panel>=99",
        "no-such-package",
        "elsewhere; python_version < '3'",
        "typer; extra=='x'",
    ]
    monkeypatch.setattr(doctor_machine, "requires", lambda _: wanted)
    found = [text for check, _, text in problems(tree) if check == "versions"]
    assert found[0].startswith("panel>=99 is needed, installed: ")
    assert found[1:] == ["no-such-package is needed, installed: none"]


def test_the_doctor_changes_nothing(tree: Tree) -> None:
    def state() -> list[tuple[str, int, int]]:
        paths = sorted(tree.root.rglob("*"))
        return [(str(p), p.stat().st_mtime_ns, p.stat().st_size) for p in paths]

    before = state()
    examine(tree)
    assert state() == before
