"""Connections of clients: what they can make the server hold is bounded.

Guarantees: bodies are small, idle connections end, and so do those whose client does not take what
is sent to it, be it a page, a stream, a file or an answer; some file descriptors stay free for
reading artifacts, and a server that has none left goes on when there are some.
"""

from __future__ import annotations

import errno
import logging
import os
import resource
import socket
from collections.abc import Iterable
from typing import Any, Final

from tornado.httpserver import HTTPServer
from tornado.ioloop import PeriodicCallback
from tornado.iostream import IOStream
from typing_extensions import override

from peak_trade.seldom import Seldom
from peak_trade.serve.options import ONE_PROCESS, refusal

log = logging.getLogger(__name__)

MAX_BODY_BYTES: Final = 1 << 16
"""No request needs a body; a larger one is refused before it is read."""

IDLE_SECONDS: Final = 120.0
"""How long a connection may be open without a request, or with a part of one."""

LOOK_SECONDS: Final = 10.0
"""How often it is looked at who takes what is sent."""

SLOWEST_BYTES: Final = 1 << 16
"""A client that takes less from one look to the next, while there is more for it, is cut off."""

MAX_CONNECTIONS: Final = 8192
KEPT_FREE: Final = 64
"""File descriptors, at least, that connections leave to all else; beyond, a fourth of them."""

OUT_OF_DESCRIPTORS: Final = frozenset({errno.EMFILE, errno.ENFILE})

TURNED_AWAY: Final = Seldom(log, "Turned a client away")
CUT_OFF: Final = Seldom(log, "Cut a client off")


class ConsoleHTTPServer(HTTPServer):
    """Tornado's HTTP server, in one process."""

    @override
    def initialize(self, *args: Any, **kwargs: Any) -> None:
        kwargs |= {
            "max_body_size": MAX_BODY_BYTES,
            "body_timeout": IDLE_SECONDS,
            "idle_connection_timeout": IDLE_SECONDS,
        }
        super().initialize(*args, **kwargs)
        self._streams: set[IOStream] = set()
        self._unsent: dict[IOStream, tuple[int, int]] = {}
        self._looking = PeriodicCallback(self._look, LOOK_SECONDS * 1000)

    @override
    def start(self, num_processes: int | None = 1, max_restarts: int | None = None) -> None:
        if num_processes != 1:
            raise refusal(ONE_PROCESS)
        super().start(1)

    @override
    def add_sockets(self, sockets: Iterable[socket.socket]) -> None:
        super().add_sockets(sockets)
        self._looking.start()

    @override
    def stop(self) -> None:
        self._looking.stop()
        super().stop()

    @override
    def handle_stream(self, stream: IOStream, address: Any) -> None:
        if len(self._streams) >= most_connections():
            self._forget_closed()
        if len(self._streams) >= most_connections():
            TURNED_AWAY.warn("too many connections are open")
            stream.close()
            return
        self._streams.add(stream)
        super().handle_stream(stream, address)

    def _forget_closed(self) -> None:
        closed = {stream for stream in self._streams if stream.closed()}
        self._streams -= closed
        for stream in closed:
            if stream.error:  # its traceback refers to the stream: nobody would free them for long
                stream.error.__traceback__ = None

    def _look(self) -> None:
        """Cut off who has not taken what was there at the last look, nor much of it."""
        self._forget_closed()
        before, self._unsent = self._unsent, {}
        for stream in self._streams:
            taken, written = _progress(stream)
            taken_before, written_before = before.get(stream, (0, 0))
            if taken < min(written_before, taken_before + SLOWEST_BYTES):
                CUT_OFF.warn("it takes too little of what is sent to it")
                stream.close()
            elif taken < written:
                self._unsent[stream] = taken, written


def _progress(stream: IOStream) -> tuple[int, int]:
    """Return how many bytes were taken from, and how many written to a stream; of none other."""
    return stream._total_write_done_index, stream._total_write_index  # noqa: SLF001


def most_connections() -> int:
    """Return how many connections may be open, by the limit of this process as it is now."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit == resource.RLIM_INFINITY:
        return MAX_CONNECTIONS
    return min(MAX_CONNECTIONS, max(1, limit - max(KEPT_FREE, limit // 4)))


class ListeningSocket(socket.socket):
    """A listening socket that turns clients away while no descriptors are left.

    Without that the loop would find the same waiting client again and again. For each one a
    descriptor is needed; one is kept for it.
    """

    _spare: int | None = None

    @classmethod
    def of(cls, bound: socket.socket) -> ListeningSocket:
        """Take over a socket."""
        taken = cls(bound.family, bound.type, bound.proto, bound.detach())
        taken.setblocking(False)
        taken._spare = _spare()
        return taken

    @override
    def accept(self) -> tuple[socket.socket, Any]:
        try:
            return super().accept()
        except OSError as error:
            if error.errno not in OUT_OF_DESCRIPTORS or self._spare is None:
                raise
            TURNED_AWAY.warn("no file descriptors are left")
            self._turn_away(self._spare)
            raise ConnectionAbortedError from None

    @override
    def close(self) -> None:
        spare, self._spare = self._spare, None
        if spare is not None:
            os.close(spare)
        super().close()

    def _turn_away(self, spare: int) -> None:
        os.close(spare)
        try:
            super().accept()[0].close()
        finally:
            self._spare = _spare()


def _spare() -> int:
    return os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
