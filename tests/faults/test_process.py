"""Signals, clients and outputs that could end, hold up or flood a server."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from threading import Thread

import pytest

from conftest import Start
from contract.tree import NOW, Tree, rich_tree
from peak_trade.serve.access_log import OnceAMinute
from preloaded import finish
from serving import (
    PATIENCE,
    PEAK_TRADE,
    SERVE,
    Served,
    answers,
    clean_environment,
    find_free_port,
    wait_until,
)

FIRST_BEYOND = 2**63


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    return rich_tree(tmp_path_factory.mktemp("process"))


@pytest.fixture(scope="module")
def served(tree: Tree, server: Start) -> Served:
    return server(tree.root, env={"PEAK_TRADE_NOW": NOW})


def test_two_signals_end_a_server_that_parses(tmp_path: Path, server: Start) -> None:
    tree = rich_tree(tmp_path)
    line = b"{bad 1234567890123456\n"  # not JSON, and found out the slow way
    tree.write(tree.logs / "execution" / "slow.jsonl", line * 2_000_000)
    busy = server(tree.root)

    def ask() -> None:
        with suppress(OSError, HTTPException):  # the end comes before the answer
            busy.ask("/api/telemetry?session_id=slow")

    asking = Thread(target=ask)
    asking.start()
    wait_until(lambda: "peak_trade_reads_waiting 1" in busy.ask("/metrics").body.decode())
    busy.process.terminate()
    busy.process.terminate()
    assert busy.process.wait(PATIENCE) == 0
    asking.join()


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_the_end_takes_no_object_apart(tree: Tree, server: Start, sign: int) -> None:
    """Python would: for seconds with many open pages, in which no timer can end it."""
    [python, *words] = SERVE
    told = server(tree.root, [python, "-v", *words], preloaded=False)
    told.process.send_signal(sign)
    assert told.process.wait(PATIENCE) == 0
    log = told.log.read_text()
    assert "import 'bokeh.server.server'" in log
    assert "# cleanup[" not in log


@pytest.mark.parametrize("value", [FIRST_BEYOND, 10**30, -1, "1e3", "%00", "x"])
def test_numbers_that_no_position_is_are_refused(served: Served, value: object) -> None:
    answer = served.ask(f"/api/v0/runs/known/events?since_seq={value}")
    assert answer.status == 422


@pytest.mark.parametrize(
    "path", ["/static/%00", "/static/js/bokeh.min.js%00", "/static/peak_trade/%00", "/runs/%00"]
)
def test_a_nul_in_a_path_is_not_found(served: Served, path: str) -> None:
    assert served.ask(path).status == 404


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_large_body_is_refused_before_it_is_read(served: Served, method: str) -> None:
    head = f"{method} /runs HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\n"
    with socket.create_connection(("127.0.0.1", served.port), PATIENCE) as client:
        client.sendall(f"{head}Content-Length: 90000000\r\n\r\n".encode())
        assert client.recv(100).startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 405 "))


@pytest.mark.parametrize(
    "now", ["x", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1e9"]
)
def test_a_clock_that_is_no_time_is_refused_at_the_start(tree: Tree, now: str) -> None:
    environment = clean_environment({"PEAK_TRADE_NOW": now})
    done = finish([*PEAK_TRADE, "serve", "--port", "0"], tree.root, environment, PATIENCE)
    assert done.returncode != 0
    assert "PEAK_TRADE_NOW" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
def test_a_full_disk_behind_the_output_does_no_harm(tree: Tree) -> None:
    port = find_free_port()
    with Path("/dev/full").open("w") as full:
        process = subprocess.Popen(
            [*PEAK_TRADE, "serve", "--port", str(port)],
            cwd=tree.root,
            env=clean_environment(),
            stdout=full,
            stderr=full,
        )
    served = Served(process, f"http://127.0.0.1:{port}", Path(os.devnull))
    wait_until(lambda: process.poll() is not None or answers(served))
    assert served.ask("/runs").status == 200
    assert served.stop() == 0


def test_the_same_warning_is_told_once_a_minute_with_its_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moment = [0.0]
    monkeypatch.setattr("peak_trade.clock.monotonic", lambda: moment[0])
    once = OnceAMinute()

    def tell(text: str, level: int = logging.WARNING) -> str | None:
        record = logging.LogRecord("x", level, "", 0, "%s", (text,), None)
        return record.getMessage() if once.filter(record) else None

    assert tell("a") == "a"
    assert [tell("a") for _ in range(99)] == [None] * 99
    assert tell("b") == "b"
    assert [tell("c", logging.INFO) for _ in range(2)] == ["c", "c"]
    moment[0] = 60.0
    assert tell("a") == "a (100 since the last such line)"
    assert tell("b") == "b"
