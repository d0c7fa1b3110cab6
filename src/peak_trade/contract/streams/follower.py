"""A client that follows a hub: it is sent what is new as fast as it takes it.

The hub itself sends a frame to all who have taken what was before: nobody is woken for that, as
there may be thousands. Who has not is left alone until then, and has then missed nothing but what
the hub keeps no more.
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from typing import TypeVar

from peak_trade.contract.base.route import Sink
from peak_trade.contract.streams.hub import RETRY, Hub, Place

log = logging.getLogger(__name__)

T = TypeVar("T")


class Follower(Place[T], ABC):
    """A place in a hub, and the client that is sent what comes next."""

    __slots__ = ("_is_sending", "_sink")

    def __init__(self, hub: Hub[T], position: int, sink: Sink, first: bytes = b"") -> None:
        super().__init__(hub, position)
        self._sink = sink
        hub.followers.add(self)
        self._send(RETRY + first)

    @abstractmethod
    def next(self) -> bytes:
        """Return what is next, and go on behind it; nothing if there is nothing."""

    def advance(self) -> None:
        """Send what is next, unless the client has not taken yet what was before."""
        if self._is_sending:
            return
        try:
            data = self.next() if self.behind else b""
        except Exception:
            log.exception("A stream failed")
            self.end()
            return
        if data:
            self._send(data)

    def tell(self, data: bytes) -> None:
        """Send something that is no frame, unless there are frames to send."""
        if not self._is_sending:
            self._send(data)

    def end(self) -> None:
        """Send nothing more; `leave` follows."""
        self._sink.end()

    def leave(self) -> None:
        """Be told nothing more, as the client can take no more."""
        self._hub.followers.discard(self)

    def _send(self, data: bytes) -> None:
        taken = self._sink.send(data)
        self._is_sending = taken is not None or self.behind
        if taken is not None:
            taken.add_done_callback(self._go_on)
        elif self._is_sending:  # a client that takes all at once leaves others a turn
            asyncio.get_running_loop().call_soon(self._go_on)

    def _go_on(self, _: asyncio.Future[None] | None = None) -> None:
        self._is_sending = False
        if self in self._hub.followers:
            self.advance()
