"""Run the server in this process until it is told to stop.

Assumes the main thread. SIGINT and SIGTERM end it in order; its artifacts are never touched.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from panel.io.server import Server, get_server

from peak_trade.contract.base.workers import Workers
from peak_trade.errors import PeakTradeError
from peak_trade.serve.access_log import configure_logging
from peak_trade.serve.install import install
from peak_trade.serve.ports import address, port_errors
from peak_trade.serve.runtime import configure
from peak_trade.settings import Settings


def run_server(
    settings: Settings,
    announce: Callable[[str], None],
    started: Callable[[Server], None] = lambda _: None,
    workers: Workers | None = None,
    secret: bytes | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM.

    Parameters
    ----------
    settings
        What to serve, and where.
    announce
        Called with the address to open, once the server listens.
    started
        Called with the server, before its loop runs.
    workers
        All workers, if this process is one of several; it then listens on the port of its own.
    secret
        What the tokens of pages are signed with; without it they are good for this process.

    Raises
    ------
    PeakTradeError
        If the address cannot be listened on, or pages are switched off.
    """
    if not settings.web_ui.enabled:
        raise PeakTradeError("web_ui.enabled is false: there is nothing to serve")
    configure_logging(settings.web_ui.log_format, workers.own if workers else None)
    configure(settings, workers)
    install()
    host, port, prefix = settings.web_ui.host, settings.web_ui.port, settings.web_ui.prefix
    if workers is not None:
        port = workers.all[workers.own - 1].port
    with port_errors(host, port):
        server = get_server({}, port=port, address=host, prefix=prefix, secret_key=secret)
    announce(address(host, server.port, prefix))
    started(server)
    server.run_until_shutdown()
    _leave_output()


def _leave_output() -> None:
    """Leave nothing that cannot be written for the end of Python, which would exit with 120."""
    for name in ("stdout", "stderr"):
        try:
            getattr(sys, name).flush()
        except OSError:
            nowhere = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  until the end
            setattr(sys, name, nowhere)
