"""When a page brings itself up to date: soon after the store changed, and at least every period.

Guarantees: updates of one page never overlap; many changes within a moment make one update; a
hidden page does nothing until it is seen again; nothing is left behind when the session ends.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from typing import Any, Final

import panel as pn
from bokeh.core.property.validation import validate
from bokeh.document import Document
from panel.io.state import set_curdoc

from peak_trade.models.base import Look, ViewModel
from peak_trade.store.live import Change

MOMENT_SECONDS: Final = 0.1


class Live:
    """The updates of one page in its document."""

    def __init__(self, doc: Document, model: ViewModel, render: Callable[[], None]) -> None:
        self.visible = True
        self._doc: Any = doc  # Bokeh awaits callbacks, its types say it does not
        self._model = model
        self._render = render
        self._rendered = False
        self._waiting = False

    def start(self) -> None:
        """Read now, show as soon as the browser shows the page, and go on from there.

        What changes between the browser's reading of the document and its first display can be
        lost, so nothing changes before that.
        """
        self._doc.add_next_tick_callback(self._model.refresh)
        pn.state.onload(self._begin)

    def wake(self) -> None:
        """Update as soon as the document is free; from any thread that holds its lock."""
        self._doc.add_next_tick_callback(self._update)

    def see(self, visible: bool) -> None:
        """Note whether anyone can see the page."""
        self.visible = visible
        if visible:
            self.wake()

    async def _begin(self) -> None:
        unsubscribe = self._model.store.subscribe(self._on_change)
        self._doc.on_session_destroyed(lambda _: unsubscribe())
        self._doc.add_periodic_callback(self._on_period, int(self._model.period * 1000))
        self.wake()

    def _on_change(self, change: Change) -> None:
        if self._waiting or not self.visible or not self._model.concerns(change):
            return
        self._waiting = True
        # A clean context: a callback inherits the session of whoever made the change known.
        asyncio.get_running_loop().call_later(
            MOMENT_SECONDS, self.wake, context=contextvars.Context()
        )

    async def _on_period(self) -> None:
        await self._update(look=self._model.look_with_others)

    async def _update(self, *, look: Look | None = None) -> None:
        self._waiting = False
        if not self.visible:
            return
        changed = await self._model.refresh(look=look)
        if changed or (self._model.ready and not self._rendered):
            self._rendered = True
            # What is set is our own: Bokeh need not check it again for each page.
            with set_curdoc(self._doc), pn.io.hold(self._doc), validate(False):
                self._render()
