"""How the page of a session is built: in steps, between which others are served."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any, Final
from weakref import WeakKeyDictionary

from bokeh.application.application import SessionContext
from bokeh.document import Document
from panel.io.application import Application
from panel.io.state import set_curdoc
from typing_extensions import override

from peak_trade.serve.garbage import leave_page

TURNS: Final = 10
"""Rounds of the event loop between two steps; a request that reads nothing takes fewer."""

_steps: WeakKeyDictionary[Document, Iterator[object]] = WeakKeyDictionary()


def build_in_steps(document: Document, steps: Iterator[object]) -> None:
    """Let `steps` be done in `document` after its app file was run."""
    _steps[document] = steps


class PageApplication(Application):  # type: ignore[misc]  # panel is untyped
    """The application of one page of ours.

    Bokeh fills the document of a session in one go, after a hook that it awaits; so the hook does.
    """

    @override
    async def on_session_created(self, session_context: SessionContext) -> None:
        await super().on_session_created(session_context)
        document: Any = session_context._document  # type: ignore[attr-defined]  # noqa: SLF001
        super().initialize_document(document)
        steps = _steps.pop(document, iter(()))
        while True:
            with set_curdoc(document):
                if next(steps, self) is self:
                    return
            for _ in range(TURNS):
                await asyncio.sleep(0)

    @override
    async def on_session_destroyed(self, session_context: SessionContext) -> None:
        await super().on_session_destroyed(session_context)
        leave_page()

    @override
    def initialize_document(self, doc: Document) -> None:
        """Do nothing: the document was filled when its session was created."""
