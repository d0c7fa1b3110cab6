"""A worker: one of several servers of one parent, `python -P -m peak_trade.serve.worker`.

Its standard input is a socket to the parent (`serve/workers.py`): pickles of what it is given come
from there, and a byte goes back each second that its event loop runs. Guarantees: it ends when the
parent does, however that ends; the secret stands in no list of processes and in no environment.
"""

from __future__ import annotations

import os
import pickle
import signal
import socket
import threading
from contextlib import suppress
from typing import BinaryIO, Final

import typer
from panel.io.server import Server
from tornado.ioloop import PeriodicCallback

from peak_trade.cli_options import exit_codes
from peak_trade.serve.runtime import runtime
from peak_trade.serve.server import run_server
from peak_trade.serve.workers import Given

app = typer.Typer(pretty_exceptions_enable=False)

BEAT: Final = b"."
BEAT_MS: Final = 1000


@app.command()
def work() -> None:
    """Serve until a signal comes or the parent is gone."""
    parent = socket.socket(fileno=0)
    stream = parent.makefile("rb")
    given: Given = pickle.load(stream)  # noqa: S301  from our own parent, over a socket of two

    def beat() -> None:
        with suppress(OSError):  # nobody takes them: the parent hangs, or is gone
            parent.send(BEAT, socket.MSG_DONTWAIT)

    def started(server: Server) -> None:
        server.io_loop.add_callback(beat)
        PeriodicCallback(beat, BEAT_MS).start()
        threading.Thread(target=_listen, args=(stream,), daemon=True).start()

    with exit_codes():
        run_server(given.settings, lambda _: None, started, given.workers, given.secret)


def _listen(stream: BinaryIO) -> None:
    """Take what the parent tells of all workers; end this process when it tells no more."""
    with suppress(EOFError, OSError):
        while True:
            runtime().workers = pickle.load(stream)  # noqa: S301  as above
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    app()
