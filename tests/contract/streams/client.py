"""A client of a stream that takes what it is sent when a test says so."""

from __future__ import annotations

import asyncio

from peak_trade.contract.base.route import EventStream
from serving import PATIENCE


class Client:
    """A sink; what was sent last counts as taken when the next is asked for, as with a slow one."""

    def __init__(self, payload: object) -> None:
        assert isinstance(payload, EventStream)
        self.is_over = False
        self._sent: asyncio.Queue[bytes] = asyncio.Queue()
        self._taken: asyncio.Future[None] | None = None
        self._leave = payload.begin(self)

    def send(self, data: bytes) -> asyncio.Future[None]:
        assert self._taken is None or self._taken.done(), "more than one is on its way"
        self._sent.put_nowait(data)
        self._taken = asyncio.get_running_loop().create_future()
        return self._taken

    def end(self) -> None:
        self.leave()

    def leave(self) -> None:
        """Go away, once."""
        if not self.is_over:
            self.is_over = True
            self._leave()

    async def __anext__(self) -> bytes:
        """Take what was sent before, and return what is sent next."""
        if self._sent.empty() and self._taken is not None and not self._taken.done():
            self._taken.set_result(None)
        async with asyncio.timeout(PATIENCE):
            return await self._sent.get()
