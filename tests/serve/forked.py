"""Starts of servers, many of them: each in a process of its own that need not import everything.

Not for pytest: `python forked.py` reads `[program, code, words, variables]` from standard input,
a list of them, and answers with a list of `[exit code, output]`. Each is one of the programs below
with arguments and variables of the environment, after `code` was run.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable

import panel as pn
from bokeh.command.bootstrap import main as bokeh_main
from bokeh.server.server import BaseServer
from panel.command import main as panel_main
from panel.command.serve import Serve  # noqa: F401  what it needs is imported once

import peak_trade.cli
import peak_trade.serve.served
import peak_trade.serve.server
from peak_trade.serve.install import install
from peak_trade.views.kit import registered

PATIENCE = 120
"""Seconds after which a start ends that neither was refused nor serves."""

SERVES = "it serves"


def _serves(_: BaseServer) -> None:
    """End a start that was not refused, before it waits for requests for ever."""
    raise SystemExit(SERVES)


def _serve() -> None:
    install()
    pn.serve({}, port=0, show=False, **json.loads(sys.argv[1]))


PROGRAMS: dict[str, Callable[[], None]] = {
    "panel": panel_main,
    "bokeh": lambda: bokeh_main(sys.argv),
    "peak-trade": peak_trade.cli.main,
    "pn.serve": _serve,
}


def _become(program: str, code: str, words: list[str], variables: dict[str, str]) -> int:
    os.environ.update(variables)
    sys.argv = [f"/usr/bin/{program}", *words]
    sys.orig_argv = [sys.executable, *sys.argv]
    try:
        exec(code, {"pn": pn})
        PROGRAMS[program]()
    except SystemExit as end:
        if isinstance(end.code, str):
            sys.stderr.write(end.code)
        return end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001  what Python does at the end of a program
        traceback.print_exc()
        return 1
    return 0


def _fork(case: list[str]) -> tuple[int, str]:
    with tempfile.TemporaryFile() as output:
        child = os.fork()
        if child == 0:
            signal.alarm(PATIENCE)
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
            code = _become(*case)  # type: ignore[arg-type]
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
        _, status = os.waitpid(child, 0)
        output.seek(0)
        return os.waitstatus_to_exitcode(status), output.read().decode()


if __name__ == "__main__":
    registered.load()
    BaseServer.start = _serves  # type: ignore[assignment, method-assign]
    json.dump([_fork(case) for case in json.load(sys.stdin)], sys.stdout)
