"""The floor: a bare Tornado handler that answers every request with the same few bytes."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler
from typing_extensions import override


class Bare(RequestHandler):
    """Answers with JSON that is written already."""

    @override
    def get(self) -> None:
        self.set_header("Content-Type", "application/json")
        self.write(b'{"status":"ok"}')


@contextmanager
def bare() -> Iterator[int]:
    """Start it in a process of its own; give its port, and end it after the block."""
    process = subprocess.Popen([sys.executable, str(Path(__file__))], stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait()


async def main() -> None:
    """Listen on a free port and print it."""
    server = HTTPServer(Application([(r".*", Bare)]))
    sockets = bind_sockets(0, "127.0.0.1")
    server.add_sockets(sockets)
    print(sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
