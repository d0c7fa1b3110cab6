"""The websocket of a page: takes from a browser what is on the list, and nothing else.

A message is three texts: header, metadata and content. Guarantees: one that cannot be read ends
its connection, one that is not accepted changes nothing and is answered with an error; neither is
more than a line a minute in the log.
"""

from __future__ import annotations

import logging
from typing import Any, Final

from bokeh.document.json import PatchJson
from bokeh.protocol.messages.patch_doc import patch_doc
from bokeh.server.urls import per_app_patterns
from bokeh.util.token import get_session_id
from panel.io.server import DocHandler, WSHandler
from typing_extensions import override

from peak_trade import jsonio
from peak_trade.errors import OverloadedError
from peak_trade.seldom import Seldom
from peak_trade.serve.client_messages import allowed, of_own_page
from peak_trade.serve.page_turns import PageHandler

FRAGMENTS: Final = 3
LARGEST: Final = 2**18
"""Bytes of one text; those of pages have a few hundred."""

PROTOCOL_ERROR: Final = 1002
"""Code with which a connection ends whose other side speaks another language (RFC 6455)."""

TRY_AGAIN_LATER: Final = 1013
"""Code with which a connection ends that the server has no room for (IANA's registry)."""

REFUSED: Final = Seldom(logging.getLogger(__name__), "Refused what a client sent to its page")


class ClientSocket(WSHandler):  # type: ignore[misc]  # panel is untyped
    """The websocket of one page."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._fragments: list[str] = []
        self._ended = False

    @override
    def open(self, *args: Any, **kwargs: Any) -> None:
        try:
            if self._token is not None:
                get_session_id(self._token).encode()
            super().open(*args, **kwargs)
        except Exception:  # noqa: BLE001  a bad token raises errors of many kinds in Bokeh
            self._end("a token that is none, or is too old")

    @override
    async def _async_open(self, token: str) -> None:
        """Go on with the page; one that was swept is built again, in its turn."""
        if get_session_id(token) in self.application_context._sessions:  # noqa: SLF001
            await super()._async_open(token)
            return
        turns, client = self.application.page_turns, str(self.request.remote_ip)
        try:
            async with turns.turn(client):
                await super()._async_open(token)
                if self.connection is not None:
                    turns.opened(self.connection.session, client)
        except OverloadedError as error:
            self.close(TRY_AGAIN_LATER, str(error))

    @override
    async def on_message(self, fragment: str | bytes) -> None:
        if self._ended:
            return
        if self.connection is None or not isinstance(fragment, str):
            self._end("a message that is no text, or that comes too early")
            return
        self._fragments.append(fragment)
        if len(self._fragments) < FRAGMENTS:
            return
        texts, self._fragments = self._fragments, []
        try:
            header, _, content = (jsonio.loads(text.encode()) for text in texts)
        except ValueError:
            self._end("a message that is no JSON")
            return
        if _is_header(header):
            await self._answer({name: header[name] for name in ("msgid", "msgtype")}, content)
        else:
            self._end("a message without a header, or with binary parts")

    async def _answer(self, header: Any, content: Any) -> None:
        """Apply what is accepted of a message, and answer it."""
        session = self.connection.session
        if session.destroyed:
            return
        answer: Any = None
        refused: list[str] = []
        if header["msgtype"] == "PULL-DOC-REQ":
            answer = await session.with_document_locked(self._written, header["msgid"])
        elif header["msgtype"] == "PATCH-DOC":
            if session.document.template_variables.get("own"):
                events = of_own_page(content)
            else:
                events, refused = allowed(content, session.document)
            answer = await self._handle(patch_doc(header, {}, PatchJson(events=events)))
        else:
            refused = ["a message of a kind that pages do not send"]
        if refused:
            REFUSED.warn(refused[0])
            text = f"Refused: {refused[0]}"
            answer = self.connection.protocol.create("ERROR", header["msgid"], text)
        if answer is not None:
            await self.send_message(answer)

    async def _written(self, request: str) -> Any:
        """Return the answer to a request for the document, unless the client is gone meanwhile."""
        async with self.application.page_turns.alone():
            if self.ws_connection is None:
                return None
            document = self.connection.session.document
            return self.connection.protocol.create("PULL-DOC-REPLY", request, document)

    def _end(self, why: str) -> None:
        REFUSED.warn(why)
        self._ended = True
        self.close(PROTOCOL_ERROR, why)


def _is_header(header: object) -> bool:
    if not isinstance(header, dict) or header.get("num_buffers"):
        return False
    return all(isinstance(header.get(name), str) for name in ("msgid", "msgtype"))


def use_for_pages() -> None:
    """Let all pages of servers that are built from now on have this websocket, and take turns."""
    ours = {WSHandler: ClientSocket, DocHandler: PageHandler}
    patterns: list[Any] = per_app_patterns
    patterns[:] = [(path, ours.get(of, of)) for path, of in patterns]
