"""How the page of a session is built: in steps, between which others are served."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Iterator
from typing import Any, Final
from weakref import WeakKeyDictionary

from bokeh.application.application import SessionContext
from bokeh.application.handlers.handler import Handler
from bokeh.document import Document
from panel.io.application import Application
from panel.io.state import set_curdoc
from typing_extensions import override

from peak_trade import i18n
from peak_trade.contract.registry.pages import PAGES, PageRoute
from peak_trade.i18n import _, mark
from peak_trade.serve.garbage import leave_whole
from peak_trade.serve.left_pages import keep_models, take_apart, views_of
from peak_trade.views.kit.elements import Component
from peak_trade.views.kit.layout import framed, language, prepare, title
from peak_trade.views.kit.states import problem

log = logging.getLogger("peak_trade.serve")

TURNS: Final = 10
"""Rounds of the event loop between two steps; a request that reads nothing takes fewer."""

WHY: Final = mark("The program made an error, which its log tells; other pages are not touched.")

_steps: WeakKeyDictionary[Document, Iterator[object]] = WeakKeyDictionary()


async def _others() -> None:
    """Let others be served."""
    for _round in range(TURNS):
        await asyncio.sleep(0)


def build_in_steps(document: Document, steps: Iterator[object]) -> None:
    """Let `steps` be done in `document` after its app file was run."""
    _steps[document] = steps


class PageApplication(Application):  # type: ignore[misc]  # panel is untyped
    """The application of one page of ours.

    Bokeh fills the document of a session in one go, after a hook that it awaits; so the hook does.
    A page that cannot be built says so.
    """

    def __init__(self, handler: Handler, page: PageRoute) -> None:
        super().__init__(handler)
        self._page = page

    @override
    async def on_session_created(self, session_context: SessionContext) -> None:
        await super().on_session_created(session_context)
        document: Any = session_context._document  # type: ignore[attr-defined]  # noqa: SLF001
        super().initialize_document(document)
        if self._page in PAGES:
            keep_models(document)
        steps = _steps.pop(document, iter(()))
        try:
            while (step := self._next(document, steps)) is not self:
                await (step if isinstance(step, Awaitable) else _others())
        except Exception:
            log.exception("Page %s", self._page.path)
            with set_curdoc(document):
                self._say_so(document)

    def _next(self, document: Document, steps: Iterator[object]) -> object:
        with set_curdoc(document):
            return next(steps, self)

    def _say_so(self, document: Document) -> None:
        """Put into the frame that there is an error, in place of what there is of the page."""
        spoken = language()
        i18n.use(spoken)
        document.clear()
        prepare(document)
        fault = Component()
        fault.show(problem(_("This page cannot be shown"), WHY))
        for part in (Component(), Component(), fault):  # without the age of data and the verdict
            part.servable(location=False)
        document.title = title(spoken, self._page)
        framed(document, spoken, self._page, {2: "own-2"})

    @override
    async def on_session_destroyed(self, session_context: SessionContext) -> None:
        document: Any = session_context._document  # type: ignore[attr-defined]  # noqa: SLF001
        views = views_of(document)
        await super().on_session_destroyed(session_context)
        if self._page in PAGES:
            take_apart(document, views)
        else:  # its file may keep what it made, for the next session
            leave_whole()
        await _others()  # many pages may end at once

    @override
    def initialize_document(self, doc: Document) -> None:
        """Do nothing: the document was filled when its session was created."""
