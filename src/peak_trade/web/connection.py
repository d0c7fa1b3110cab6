"""The connection of a client that follows a stream, taken over from the handler of its request.

A follower may stay for hours, and there may be thousands: of its request nothing is kept but what
is logged in the end, and no task waits for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from tornado.iostream import IOStream

from peak_trade.contract.base.route import EventStream

LAST_CHUNK: Final = b"0\r\n\r\n"


class Connection:
    """A sink of what is streamed; `on_over` is called once, when nothing more can be sent."""

    __slots__ = ("_is_chunked", "_leave", "_on_over", "_stream")

    def __init__(self, stream: IOStream, is_chunked: bool, on_over: Callable[[], None]) -> None:
        self._stream = stream
        self._is_chunked = is_chunked
        self._on_over = on_over
        self._leave: Callable[[], None] | None = None

    def follow(self, payload: EventStream) -> None:
        """Send what comes, until the stream ends or the client is gone."""
        self._leave = payload.begin(self)
        if self._stream.closed():  # nobody is called back then, and the stream would keep this
            self._over()
        else:
            self._stream.set_close_callback(self._over)

    def send(self, data: bytes) -> asyncio.Future[None] | None:
        """Send bytes; return what is done once the client has taken them, None if it has."""
        if self._stream.closed():
            return None
        if self._is_chunked:
            data = b"%x\r\n%b\r\n" % (len(data), data)
        sent = self._stream.write(data)
        return None if sent.done() else sent

    def end(self) -> None:
        """Send nothing more, and close the connection when all was taken."""
        self._over()
        if not self._stream.closed():
            sent = self._stream.write(LAST_CHUNK if self._is_chunked else b"")
            sent.add_done_callback(lambda _: self._stream.close())

    def _over(self) -> None:
        leave, self._leave = self._leave, None
        if leave is not None:
            leave()
            self._on_over()
