"""The demo: a server, and beside it runs in processes of their own that write their artifacts.

Three go on, in three modes, at three speeds; one has finished; one is killed after a minute, so
that the console shows what a crash looks like. Guarantees: the runs end when this process ends,
however it ends: each watches a pipe that the system closes with this process. A run that is killed
leaves the server alone; one that fails by itself ends it, with the exit code of that run.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

from panel.io.server import Server
from tornado.ioloop import PeriodicCallback

from peak_trade import clock
from peak_trade.serve.server import run_server
from peak_trade.settings import Settings

LIMITS: Final = ("--max-drawdown", "0.05", "--max-daily-loss", "500")
"""Risk limits, so that they can be seen too; money in quote currency."""

GOING_ON: Final = ("--loop", "--warm-bars", "300")
"""Bars written at once, so that there is something to see from the start."""

SHADOW: Final = (*GOING_ON, *LIMITS)
PAPER: Final = (
    *("--mode", "paper", "--strategy", "rsi_reversion", "--symbol", "ETH/EUR"),
    *("--timeframe", "5m", "--seed", "17", "--speed", "2", "--position-fraction", "0.4"),
    *("--max-position", "4010", *GOING_ON),
)
"""Its limit is that of a position at the start: while it has gained, orders are blocked."""

TESTNET: Final = (
    *("--mode", "testnet", "--strategy", "bollinger_bands", "--symbol", "SOL/EUR"),
    *("--timeframe", "15m", "--seed", "34", "--speed", "1", "--position-fraction", "0.5"),
    *("--max-daily-loss", "60", *GOING_ON),
)
"""It breaches its daily limit now and then, which is a critical alert."""

FINISHED: Final = (
    *("--mode", "paper", "--timeframe", "1h", "--seed", "11", "--bars", "2000"),
    *("--position-fraction", "0.6", "--symbol", "XBT/EUR", "--notes", "finished"),
)
DOOMED: Final = (
    *("--symbol", "LTC/EUR", "--timeframe", "1s", "--seed", "3", "--speed", "1", *GOING_ON),
    *("--notes", "killed on purpose"),
)
DOOMED_SECONDS: Final = 60.0

CHECK_MS: Final = 500
STOP_SECONDS: Final = 10.0

Run = subprocess.Popen[bytes]


def run_demo(settings: Settings, options: list[str], announce: Callable[[str], None]) -> int:
    """Serve while runs write into the served directories; `options` are those of the first.

    Returns
    -------
    int
        0, or the exit code of a run that failed by itself.
    """
    with ExitStack() as stack:
        runs = [
            stack.enter_context(running(settings, words))
            for words in ([*SHADOW, *options], PAPER, TESTNET, FINISHED)
        ]
        doomed = stack.enter_context(running(settings, DOOMED))
        end = clock.monotonic() + DOOMED_SECONDS

        def failed() -> int:
            codes = (run.poll() for run in runs)
            return next((code for code in codes if code and code > 0), 0)

        def watch(server: Server) -> None:
            def check() -> None:
                if failed():
                    checks.stop()  # the loop goes on for a while, to end the server
                    server.io_loop.stop()
                if clock.monotonic() > end:
                    doomed.kill()

            checks = PeriodicCallback(check, CHECK_MS)
            checks.start()

        run_server(settings, announce, watch)
        return failed()


@contextmanager
def running(settings: Settings, options: list[str] | tuple[str, ...]) -> Iterator[Run]:
    """Run a shadow run in its own process; leaving the context ends it."""
    directories = {
        "--base-runs-dir": settings.runs_path,
        "--sessions-dir": settings.sessions_path,
        "--telemetry-dir": settings.telemetry_path,
        "--alerts-dir": settings.alerts_path,
    }
    command = [sys.executable, "-P", "-m", "peak_trade", "--end-with-stdin"]
    command += ["run", "shadow", "--quiet", *options]
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
