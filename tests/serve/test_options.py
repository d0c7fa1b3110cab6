"""Options that cannot be kept are refused; servers that are not ours say what to type."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import panel as pn
import psutil
import pytest
from bokeh.application.application import Application
from bokeh.server.auth_provider import AuthProvider
from panel.io.liveness import LivenessHandler
from panel.io.server import get_static_routes, per_app_patterns
from tornado.web import RequestHandler

from conftest import Start
from peak_trade.errors import PeakTradeError
from peak_trade.serve.connections import ConsoleHTTPServer
from peak_trade.serve.options import check_options
from serve.test_matrix import BOKEH, FILES
from serving import (
    PANEL,
    PATIENCE,
    PEAK_TRADE,
    REPO,
    Served,
    clean_environment,
    find_free_port,
    wait_until,
)

APPS = REPO / "apps"
SENTENCE = "This server cannot show the console: stop it and start it with one of these commands."


class Login(AuthProvider):
    get_user = property(lambda self: lambda handler: "somebody")
    get_user_async = property(lambda self: None)
    endpoints = property(lambda self: [])


class Other(RequestHandler): ...


@pytest.mark.both
@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"auth_provider": Login.__new__(Login)}, "auth_provider"),
        ({"cookie_secret": "x"}, "cookie_secret"),
        ({"generate_session_ids": False}, "--session-ids external-signed"),
        ({"extra_patterns": get_static_routes({"files": str(APPS)})}, "--static-dirs"),
        ({"extra_patterns": [("/liveness", LivenessHandler, {})]}, "--liveness"),
        ({"extra_patterns": [(f"/admin{p[0]}", p[1]) for p in per_app_patterns]}, "--admin"),
        ({"extra_patterns": [("/other", Other)]}, "the option that adds /other"),
    ],
)
def test_options_that_cannot_be_kept(options: dict[str, Any], named: str) -> None:
    with pytest.raises(PeakTradeError, match=f"^leave out {named}.*: "):
        check_options(options)


@pytest.mark.both
@pytest.mark.parametrize(
    ("setting", "value", "named"),
    [("nthreads", 2, "--num-threads"), ("reuse_sessions", True, "--reuse-sessions")],
)
def test_settings_of_panel_that_cannot_be_kept(setting: str, value: object, named: str) -> None:
    check_options({"extra_patterns": get_static_routes({})})
    with pn.config.set(**{setting: value}), pytest.raises(PeakTradeError, match=named):
        check_options({})


@pytest.mark.both
@pytest.mark.parametrize("processes", [0, 2, None])
def test_more_processes_are_refused(processes: int | None) -> None:
    with pytest.raises(PeakTradeError, match="--num-procs"):
        ConsoleHTTPServer(Application()).start(processes)


def test_refusals_are_one_sentence_of_the_command_line(tmp_path: Path) -> None:
    command = [*PANEL, "serve", str(APPS), "--port", "0", "--num-procs", "2"]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 1
    assert "leave out --num-procs: what was read is held by one process" in done.stderr
    assert "Traceback" not in done.stderr


def test_panel_serves_no_other_machine_either(tmp_path: Path) -> None:
    files = [*FILES, "--plugins", "peak_trade.serve.plugin"]
    command = [*PANEL, "serve", *files, "--port", "0", "--address", "0.0.0.0"]
    environment = clean_environment()
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.returncode == 1
    assert "0.0.0.0 can be reached from other machines, and there is no log-in" in done.stderr
    assert "Traceback" not in done.stderr


def begin(command: list[str], cwd: Path, ready: Callable[[Served], bool]) -> Served:
    """Start a server and wait until it is `ready`."""
    port = find_free_port()
    log = cwd / "log"
    with log.open("wb") as output:
        words = [*command, "--port", str(port), "--address", "127.0.0.1"]
        process = subprocess.Popen(
            words, cwd=cwd, env=clean_environment(), stdout=output, stderr=subprocess.STDOUT
        )
    served = Served(process, f"http://127.0.0.1:{port}", log)

    def is_ready() -> bool:
        assert process.poll() is None, log.read_text()
        try:
            return ready(served)
        except OSError:
            return False

    wait_until(is_ready)
    return served


@pytest.mark.both
@pytest.mark.parametrize(
    ("command", "pages"),
    [
        ([*PANEL, "serve", *FILES], ("/main", "/run", "/app_hooks")),
        ([BOKEH, "serve", str(APPS / "main.py")], ("/main",)),
    ],
)
def test_a_server_that_is_not_ours_says_what_to_type(
    tmp_path: Path, command: list[str], pages: tuple[str, ...]
) -> None:
    served = begin(command, tmp_path, lambda server: server.ask(pages[0]).status == 200)
    try:
        for page in pages:
            text = served.ask(page).body.decode()
            assert SENTENCE in text
            assert "peak-trade serve\npanel serve apps/" in text
            assert "<script" not in text
        german = served.ask(pages[0], headers={"Accept-Language": "de"}).body.decode()
        assert SENTENCE not in german
        assert 'lang="de"' in german
        assert served.log.read_text().count(SENTENCE) == 1
    finally:
        served.stop()


@pytest.mark.both
def test_a_server_for_which_an_app_file_is_run_first_is_ours(server: Start, tree: Path) -> None:
    """Panel runs the file before it builds the server: early enough."""
    command = [*PANEL, "serve", str(APPS / "run.py"), "--warm", "--port", "{port}"]
    served = server(tree, command)
    assert served.ask("/watch/runs/known").status == 200
    assert served.ask("/run").status == 404


@pytest.mark.both
def test_dev_starts_anew_on_edits_and_ends(server: Start, tree: Path) -> None:
    command = [*PANEL, "serve", f"{APPS}/", "--dev", "--port", "{port}"]
    served = server(tree, command)
    process = psutil.Process(served.process.pid)
    created, starts = process.create_time(), started(served)

    def edited() -> bool:
        # Again and again: an edit before the first look at the files is none.
        (APPS / "about.py").touch()
        return started(served) > starts

    wait_until(edited, "a second start")
    wait_until(lambda: answers(served), "an answer after it")
    assert process.create_time() == created
    served.process.send_signal(signal.SIGTERM)
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(PATIENCE) == 0, served.log.read_text()
    assert "Traceback" not in served.log.read_text()


def started(served: Served) -> int:
    return served.log.read_text().count("Starting Bokeh server with process id")


def answers(served: Served) -> bool:
    try:
        return served.ask("/health").status == 200
    except OSError:
        return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_asking_twice_ends_in_order(server: Start, tree: Path, number: signal.Signals) -> None:
    served = server(tree)
    served.process.send_signal(number)
    served.process.send_signal(number)
    assert served.process.wait(PATIENCE) == 0, served.log.read_text()
    assert "Traceback" not in served.log.read_text()


def test_it_ends_where_nobody_reads_its_output(tree: Path) -> None:
    port = find_free_port()
    command = [*PEAK_TRADE, "serve", "--port", str(port), "--root", str(tree)]
    output = subprocess.PIPE
    with subprocess.Popen(command, stdout=output, stderr=output, env=clean_environment()) as server:
        served = Served(server, f"http://127.0.0.1:{port}", Path(os.devnull))
        wait_until(lambda: answers(served), "an answer")
        assert server.stdout
        assert server.stderr
        server.stdout.close()
        server.stderr.close()
        server.terminate()
        assert server.wait(PATIENCE) == 0
