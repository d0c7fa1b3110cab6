"""The demo: a server, and beside it a shadow run in its own process that writes its artifacts.

Guarantees: the run ends when this process ends, however it ends: it watches a pipe that the
system closes with this process. If the run fails, the server ends too, with the run's exit code.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from panel.io.server import Server
from tornado.ioloop import PeriodicCallback

from peak_trade.serve.server import run_server
from peak_trade.settings import Settings

WARM_BARS = 300
"""Bars written at once, so that there is something to see from the start."""

LIMITS = ("--max-drawdown", "0.05", "--max-daily-loss", "500")
"""Risk limits, so that they can be seen too; money in quote currency."""

CHECK_MS = 500
STOP_SECONDS = 10.0


def run_demo(settings: Settings, options: list[str], announce: Callable[[str], None]) -> int:
    """Serve while a shadow run with `options` writes into the served directories.

    Returns
    -------
    int
        0, or the exit code of a shadow run that ended by itself.
    """
    with shadow_run(settings, options) as process:

        def watch(server: Server) -> None:
            def check() -> None:
                if process.poll() is not None:
                    server.io_loop.stop()

            PeriodicCallback(check, CHECK_MS).start()

        run_server(settings, announce, watch)
        return process.poll() or 0


@contextmanager
def shadow_run(settings: Settings, options: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a shadow run in its own process; leaving the context ends it."""
    directories = {
        "--base-runs-dir": settings.runs_path,
        "--sessions-dir": settings.sessions_path,
        "--telemetry-dir": settings.telemetry_path,
        "--alerts-dir": settings.alerts_path,
    }
    command = [
        sys.executable,
        "-P",
        "-m",
        "peak_trade",
        "--end-with-stdin",
        "run",
        "shadow",
        "--quiet",
    ]
    command += ["--loop", "--warm-bars", str(WARM_BARS), *LIMITS, *options]
    command += [word for name, path in directories.items() for word in (name, str(path))]
    process = subprocess.Popen(  # noqa: S603  our own program, options from the command line
        command,
        stdin=subprocess.PIPE,
        start_new_session=True,  # a Ctrl-C in the terminal reaches it through the pipe, once
    )
    assert process.stdin is not None
    try:
        yield process
    finally:
        process.stdin.close()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
