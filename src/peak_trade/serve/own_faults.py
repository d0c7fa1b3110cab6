"""What a page of the user's own raises: on that page, as text, and in the log.

A file raises when a page is built; its functions raise later: after a click, with a new row, each
second. Guarantees: what comes of either stands above what there is of the page, and touches no
other one; what is shown holds no control character and ends.
"""

from __future__ import annotations

import logging
import traceback
import weakref
from collections.abc import Awaitable, Callable
from functools import partial, wraps
from inspect import isawaitable
from pathlib import Path
from typing import Any, Final

import panel as pn
from bokeh.document import Document

from peak_trade.guarded import Take, guard
from peak_trade.i18n import _, mark
from peak_trade.plain import escaped_lines
from peak_trade.views.kit.elements import Component, Node, h
from peak_trade.views.kit.states import problem

WHY: Final = mark("The file of this page raised an error; other pages are not touched by it.")
WHY_LATER: Final = mark(
    "One of its functions raised an error: what stands here may be old. Other pages are not"
    " touched by it."
)
SAID: Final = "Page %s: %.200s"
"""The same is logged once a minute, so it is said what it was."""

LONGEST: Final = 10_000
"""Characters of a traceback, from its end; the log has all of it."""

CALLING: Final = {"add_session_callback": 1, "notify_change": 6, "notify_event": 2}
"""Methods of what Bokeh calls in a document, with the place of the function that each is given."""

log = logging.getLogger("peak_trade.serve")


class Faults(Component):
    """The newest error of a page, in the language that it was built in."""

    def __init__(self, path: str, file: Path, doc: Document) -> None:
        super().__init__()
        self._path, self._file = path, str(file)
        self._doc = weakref.ref(doc)
        self._later = problem(_("A part of this page failed"), WHY_LATER)
        self.elements.visible = False
        self._catch(doc)

    @property
    def guard(self) -> Callable[[Take], Take]:
        """What stands around functions that are kept beside the page; it does not keep the page."""
        known = weakref.ref(self)

        def around(take: Take) -> Take:
            faults = known()
            return take if faults is None else partial(faults.in_turn, faults.caught(take))

        return around

    def in_turn(self, take: Take) -> None:
        """Do it in the next turn of the page: what it awaits belongs to the page then, too.

        The page may have ended, and others go on with what it opened.
        """
        doc = self._open()
        if doc is None:
            take()
        else:
            doc.add_next_tick_callback(take)

    def _open(self) -> Document | None:
        """Return the document, unless the page has ended."""
        doc = self._doc()
        return doc if doc is not None and doc.session_context else None

    def _catch(self, doc: Document) -> None:
        """Learn of what functions raise in `doc`, which is the current document.

        What a browser asks for goes through Panel, or through models of Bokeh alone, what the clock
        asks for through Bokeh, and what new rows ask for through the live objects that the file
        opens.
        """
        pn.config.exception_handler = self.raised
        callbacks: Any = doc.callbacks
        for name, place in CALLING.items():
            setattr(callbacks, name, self._catching(getattr(callbacks, name), place))

    def _catching(self, method: Callable[..., Any], place: int) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            return method(*given[:place], self.caught(given[place]), *given[place + 1 :], **named)

        return call

    def caught(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that does the same, and whose errors are those of the page."""

        @wraps(function)  # Bokeh looks at attributes of it
        def call(*args: Any) -> Any:
            token = guard.set(self.guard)
            try:
                given = function(*args)
            except Exception as error:  # noqa: BLE001  it is logged and shown
                self.raised(error)
                return None
            finally:
                guard.reset(token)
            return self._awaited(given) if isawaitable(given) else given

        return call

    async def _awaited(self, given: Awaitable[Any]) -> Any:
        try:
            return await given
        except Exception as error:  # noqa: BLE001  it is logged and shown
            self.raised(error)

    def raised(self, error: BaseException) -> None:
        """Log what a function raised, and show it in the next turn of the page; from any thread."""
        log.error(SAID, self._path, error, exc_info=error)
        doc = self._open()
        if doc is not None:
            doc.add_next_tick_callback(lambda: self._show(self._later, error))

    def file_raised(self, error: Exception) -> None:
        """Show, in place of the page that is being built, what its file raised."""
        self._show(problem(_("This page cannot be shown"), WHY), error)

    def _show(self, head: Node, error: BaseException) -> None:
        lines = traceback.format_exception(error.with_traceback(self._below(error)))
        told = escaped_lines("".join(lines))
        cut = "\N{HORIZONTAL ELLIPSIS}" if len(told) > LONGEST else ""
        self.elements.visible = True
        self.show(head, h("pre", cut + told[-LONGEST:], class_="own"))

    def _below(self, error: BaseException) -> Any:
        """Return the traceback from the file on: what called it says nothing to who wrote it."""
        found = error.__traceback__
        while found is not None and found.tb_frame.f_code.co_filename != self._file:
            found = found.tb_next
        return found or error.__traceback__
