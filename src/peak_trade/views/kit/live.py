"""When a page brings itself up to date: soon after the store changed, and at least every period.

Guarantees: updates of one page never overlap; a change after a pause is shown at once, and many
changes within a moment make one update; a hidden page does nothing until it is seen again, and one
that its browser has left does nothing at all; nothing is left behind when the session ends.
"""

from __future__ import annotations

import asyncio
import contextvars
import math
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import panel as pn
from bokeh.core.property.validation import validate
from bokeh.document import Document
from panel.io.state import set_curdoc

from peak_trade import clock
from peak_trade.models.base import Read, ViewModel

GATHER_SECONDS: Final = 0.02
"""What one look at the disk finds to have changed comes one after the other, within this."""

MOMENT_SECONDS: Final = 0.1
"""The least time between two updates that changes bring about."""

SOON_SECONDS: Final = 0.05
"""So long a page waits for its first content before it is sent without."""


class Live:
    """The updates of one page in its document.

    `render` is called after each new edition, `judge` after each new verdict.
    """

    def __init__(
        self,
        doc: Document,
        model: ViewModel,
        render: Callable[[], None],
        judge: Callable[[], None],
    ) -> None:
        self.visible = True
        self._doc: Any = doc  # Bokeh awaits callbacks, its types say it does not
        self._model = model
        self._render = render
        self._judge = judge
        self._unfollow: Callable[[], None] = lambda: None
        self._waiting = False
        self._updated = -math.inf
        self._shown = 0  # the edition
        self._ended = False

    def start(self) -> None:
        """Read now, show it as soon as the browser shows the page, and go on from there.

        What changes between the browser's reading of the document and its first display can be
        lost, so nothing changes before that.
        """
        self._model.request()
        pn.state.onload(self._begin)

    async def fill(self) -> None:
        """Show what is read soon before the browser reads the document, so that it draws once."""
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(self._model.updated()), SOON_SECONDS)
        if self._model.ready:
            self._shown = self._model.edition
            self._show(self._render)

    def see(self, visible: bool) -> None:
        """Note whether anyone can see the page."""
        self.visible = visible
        if visible:
            self._wake()

    async def _begin(self) -> None:
        self._unfollow = self._model.start(self._wake, self._wake_soon)
        self._doc.add_periodic_callback(self._on_period, int(self._model.period * 1000))
        self._model.param.watch(lambda _: self._show(self._render), ["edition"])
        self._model.param.watch(lambda _: self._show(self._judge), ["verdict"])
        self._show(self._judge)
        if self._model.ready and self._model.edition != self._shown:
            self._show(self._render)
        self._wake()

    def end(self) -> None:
        """Follow and show nothing any more."""
        self._ended = True  # a wake that waits finds no document any more
        self._unfollow()
        self._model.param.watchers = {}  # an update may still go on
        del self._doc, self._model, self._render, self._judge

    def _wake(self) -> None:
        """Update as soon as the document is free; from any thread that holds its lock."""
        if self._ended:
            return
        self._doc.add_next_tick_callback(self._update)

    def _is_seen(self) -> bool:
        """Tell whether anyone can see the page.

        One that was left would otherwise update until it is swept; and while it does, it is not.
        """
        session = getattr(self._doc.session_context, "session", None)  # a notebook has none
        return self.visible and (session is None or session.connection_count > 0)

    def _wake_soon(self) -> None:
        if self._ended or self._waiting or not self._is_seen():
            return
        self._waiting = True
        due = max(GATHER_SECONDS, self._updated + MOMENT_SECONDS - clock.monotonic())
        # A clean context: a callback inherits the session of whoever made the change known.
        asyncio.get_running_loop().call_later(due, self._wake, context=contextvars.Context())

    async def _on_period(self) -> None:
        await self._update(self._model.read_with_others)

    async def _update(self, read: Read | None = None) -> None:
        self._waiting, self._updated = False, clock.monotonic()
        if self._is_seen():
            await self._model.update(read)

    def _show(self, draw: Callable[[], None]) -> None:
        # What is set is our own: Bokeh need not check it again for each page.
        with set_curdoc(self._doc), pn.io.hold(self._doc), validate(False):
            draw()
