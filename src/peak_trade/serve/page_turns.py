"""Who may build a page, and when: one at a time, and others are served between its steps.

Building a page takes the event loop for a while, and so does writing it for its websocket, which
has the same turns. Guarantees: requests that do neither wait for one step at most; clients take
turns, however many pages one of them asks for; what is open or waits is bounded, for each client
and in all. A client is an address: behind a proxy all are one.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final
from weakref import WeakKeyDictionary, WeakValueDictionary

from bokeh.server.session import ServerSession
from panel.io.server import DocHandler
from tornado.web import Finish
from typing_extensions import override

from peak_trade import clock
from peak_trade.errors import OverloadedError
from peak_trade.web.refusal import refusal_of, refuse

MAX_PAGES: Final = 1000
"""Pages that are open, wait to be built, or were left within the last half minute; beyond, 503."""

MAX_PAGES_OF_ONE: Final = 250
"""The same of one client."""

REST: Final = 0.2
"""Between two pages, for what came meanwhile: so much of what the last one took."""


class PageTurns:
    """The turns of one server, on its event loop."""

    def __init__(self) -> None:
        self._opened: WeakKeyDictionary[ServerSession, str] = WeakKeyDictionary()
        self._waiting: Counter[str] = Counter()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._busy = asyncio.Lock()

    def opened(self, session: ServerSession, client: str) -> None:
        """Count a page that was built for `client`, until it is swept."""
        self._opened[session] = client

    @asynccontextmanager
    async def turn(self, client: str) -> AsyncIterator[None]:
        """Wait until `client` may build a page.

        Raises
        ------
        OverloadedError
            If it has too many, or all have.
        """
        pages = Counter(of for session, of in self._opened.items() if not session.destroyed)
        pages.update(self._waiting)
        if pages[client] >= MAX_PAGES_OF_ONE or pages.total() >= MAX_PAGES:
            raise OverloadedError("Too many pages are open. Close some, or try again soon.")
        # A client waits for itself first, so that it stands in the line of all but once.
        own = self._turns.setdefault(client, asyncio.Lock())
        self._waiting[client] += 1
        try:
            async with own, self.alone():
                yield
        finally:
            self._waiting[client] -= 1
            self._waiting += Counter()  # without clients that wait for nothing

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Wait until nobody else does what takes long; the next one waits a little longer."""
        await self._busy.acquire()
        began = clock.monotonic()
        try:
            yield
        finally:
            rest = (clock.monotonic() - began) * REST
            asyncio.get_running_loop().call_later(rest, self._busy.release)


class PageHandler(DocHandler):  # type: ignore[misc]  # panel is untyped
    """Builds the page of a request in its turn."""

    @override
    async def get(self, *args: Any, **kwargs: Any) -> None:
        try:
            await super().get(*args, **kwargs)
        except OverloadedError as error:
            refuse(self, refusal_of(error, self.application.home))

    @override
    async def get_session(self) -> ServerSession:
        turns, client = self.application.page_turns, str(self.request.remote_ip)
        async with turns.turn(client):
            if self.request.connection.stream.closed():
                raise Finish  # whoever asked is gone
            session: ServerSession = await super().get_session()
            turns.opened(session, client)
            return session
