"""Servers for tests: the exact command of a user in its own process, asked over HTTP."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any, Protocol
from urllib.parse import urlsplit

from preloaded import Preloaded

REPO = Path(__file__).parents[1]
PATIENCE = 120.0
"""Seconds after which waiting for a condition is given up: generous, as the machine may be busy."""

PEAK_TRADE = [sys.executable, "-m", "peak_trade"]
PANEL = [str(Path(sys.executable).with_name("panel"))]
SERVE = [*PEAK_TRADE, "serve", "--port", "{port}"]


@dataclass(frozen=True)
class Answer:
    """What came back from one request."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Process(Protocol):
    """What tests do with a process."""

    @property
    def pid(self) -> int: ...
    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def send_signal(self, sig: int) -> None: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...


@dataclass(frozen=True)
class Served:
    """A running server."""

    process: Process
    url: str
    log: Path

    @property
    def port(self) -> int:
        return int(urlsplit(self.url).port or 0)

    def ask(
        self, path: str, method: str = "GET", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send one request; `path` goes out as it is, below the server's prefix."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            prefix = urlsplit(self.url).path
            connection.putrequest(method, prefix + path, skip_host=True, skip_accept_encoding=True)
            for name, value in ({"Host": f"127.0.0.1:{self.port}"} | dict(headers or {})).items():
                connection.putheader(name, value)
            connection.endheaders()
            response = connection.getresponse()
            answered = {name.lower(): value for name, value in response.getheaders()}
            several = set(answered) - {"set-cookie"}
            assert all(len(response.headers.get_all(name, ())) == 1 for name in several), path
            return Answer(response.status, answered, response.read())
        finally:
            connection.close()

    def stop(self) -> int:
        """Ask the server to end; return its exit code."""
        self.process.terminate()
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


def find_free_port(count: int = 1) -> int:
    """Return a port below those that the system gives to connections: none takes it meanwhile.

    So many ports from there are free.
    """
    while True:
        port = secrets.choice(range(10_000, 32_000))
        with ExitStack() as probes, suppress(OSError):
            for number in range(count):
                probe = probes.enter_context(socket.socket())
                probe.bind(("127.0.0.1", port + number))
            return port


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment without settings of ours, plus `extra`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PEAK_TRADE_")}
    return kept | dict(extra or {})


def start(
    command: Sequence[str],
    cwd: Path,
    log: Path,
    *,
    prefix: str = "",
    env: Mapping[str, str] | None = None,
    preloaded: bool = False,
    ports: int = 1,
) -> Served:
    """Start `command`, with `{port}` filled in, and wait until `/health` answers.

    It may take several `ports`, from that one upwards. With `preloaded` a command `peak-trade` has
    imported the program before it starts.
    """
    port = find_free_port(ports)
    words = [word.replace("{port}", str(port)) for word in command]
    process = (Preloaded if preloaded else _begin)(words, cwd, clean_environment(env), log)
    served = Served(process, f"http://127.0.0.1:{port}{prefix}", log)
    wait_until(lambda: process.poll() is not None or answers(served))
    if process.poll() is not None:
        raise AssertionError(f"{words} ended: {log.read_text()}")
    return served


def _begin(words: Sequence[str], cwd: Path, env: Mapping[str, str], log: Path) -> Process:
    with log.open("wb") as output:
        return subprocess.Popen(words, cwd=cwd, env=env, stdout=output, stderr=subprocess.STDOUT)


def answers(served: Served) -> bool:
    """Tell whether a server answers, and is well."""
    try:
        return served.ask("/health").status == 200
    except OSError:
        return False


def wait_until(condition: Any, what: str = "", patience: float = PATIENCE) -> None:
    """Wait until `condition()` is true; for `patience` seconds at most."""
    end, pause = monotonic() + patience, Event()
    while not condition():
        assert monotonic() < end, f"waited in vain: {what or condition}"
        pause.wait(0.05)
