"""The one handler of all routes: check parameters, build the payload, answer.

Guarantees: parameters are checked before anything is looked up; bodies are strict JSON with
`Cache-Control: no-store`; HEAD gives the headers of GET; a public error is answered with its own
status, headers and text, any other is logged with its traceback and answered with a fixed text.
A payload that is a stream gets the connection. A
row with a revision gives a strong ETag, 304 without building anything to a client that has the
answer, and to others the bytes that were made for the first of them.
"""

from __future__ import annotations

import asyncio
import gzip
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Any

from pydantic import ValidationError
from tornado.httputil import HTTPHeaders
from tornado.iostream import StreamClosedError
from tornado.web import RequestHandler
from typing_extensions import override

from peak_trade import jsonio
from peak_trade.contract.base.route import (
    EVENT_STREAM,
    JSON,
    Context,
    EventStream,
    Params,
    Raw,
    Route,
)
from peak_trade.errors import OverloadedError, PeakTradeError
from peak_trade.store.reading import one_question
from peak_trade.web.answers import Answers
from peak_trade.web.connection import Connection
from peak_trade.web.etag import compressed_tag, entity_tag
from peak_trade.web.negotiation import COMPRESS_FROM, accepts_gzip
from peak_trade.web.query import describe, read_params
from peak_trade.web.refusal import NO_STORE, Refusal, refusal_of, refuse

COMPRESS_ON_LOOP = 100_000
"""Up to this many bytes compressing takes about a millisecond; more goes to a thread."""

MAX_UNSENT = 1 << 28
"""Bytes of answers, in all, that clients have not taken yet; beyond, 503."""


class Unsent:
    """Bytes of answers that clients have not taken yet, of all servers of this process."""

    total = 0

    @classmethod
    @contextmanager
    def counting(cls, size: int) -> Iterator[None]:
        """Count an answer while it is sent."""
        cls.total += size
        try:
            yield
        finally:
            cls.total -= size


class RouteHandler(RequestHandler):
    """Serves one row of the route table."""

    @override
    def initialize(
        self, route: Route, ids: dict[str, str], context: Callable[[], Context], answers: Answers
    ) -> None:
        self.route = route
        self.answers = answers
        self.ids = ids
        self.context = context
        self._tag: str | None = None

    async def get(self) -> None:
        """Answer GET; HEAD is the same without the body."""
        try:
            payload, tag = await self._asked()
        except ValidationError as error:
            refuse(self, Refusal(422, describe(error)))
        except PeakTradeError as error:
            if error.http_status == HTTPStatus.INTERNAL_SERVER_ERROR:
                self.log_exception(*sys.exc_info())
            refuse(self, refusal_of(error))
        else:
            if self.get_status() != HTTPStatus.NOT_MODIFIED:
                await self._answer(payload, tag)

    head = get

    async def _asked(self) -> tuple[Any, str | None]:
        """Return the payload and its tag; answer 304 if the client has it.

        What it needs is gone when it returns: an answer that is a stream may take hours.
        """
        params = read_params(self.route.params, self.request.query_arguments)
        context = replace(self.context(), headers=self.request.headers)
        with one_question():
            tag = await self._entity_tag(context, params)
            if tag is not None and self._client_has(tag):
                return None, tag
            return await self._payload(context, params, tag), tag

    async def _entity_tag(self, context: Context, params: Params) -> str | None:
        """Return the tag of the answer, from artifacts as they are now.

        The payload is built from a later refresh: if a file grew in between, it is newer than its
        tag, and the next request gets it again under its own tag, never a wrong 304.
        """
        if self.route.revision is None:
            return None
        return self._tag_of(await self.route.revision(context, params, **self.ids), params)

    def _tag_of(self, revision: int | tuple[int, ...] | None, params: Params) -> str | None:
        return None if revision is None else entity_tag(self.route, revision, params, self.ids)

    async def _payload(self, context: Context, params: Params, tag: str | None) -> Any:
        """Return the answer, built once for its tag."""
        now = None
        if self.route.revision_but_asof is not None:
            now = context.now
            tag = self._tag_of(
                await self.route.revision_but_asof(context, params, **self.ids), params
            )
        kept = self.answers.get(tag, now) if tag else None
        if kept is not None:
            return kept
        payload = await self.route.build(context, params, **self.ids)
        if tag is None:
            return payload
        answer = _encoded(payload)
        self.answers.keep(tag, answer, now)
        return answer

    def _client_has(self, tag: str) -> bool:
        """Answer 304 if the client names `tag`; `*` waits until it is known that all is well."""
        asked = self.request.headers.get("If-None-Match", "").lstrip()
        if not asked or asked.startswith("*"):
            return False
        for named in (tag, compressed_tag(tag)):
            self.set_header("Etag", named)
            if self.check_etag_header():
                self._set_cache_headers()
                self.set_status(304)
                return True
        self.clear_header("Etag")
        return False

    def _set_cache_headers(self) -> None:
        self.set_header("Cache-Control", NO_STORE)
        self.set_header("Vary", "Accept-Encoding")

    async def _answer(self, payload: Any, tag: str | None) -> None:
        if isinstance(payload, EventStream):
            self._follow(payload)
            return
        self._set_cache_headers()
        answer = _encoded(payload)
        self.set_status(answer.status)
        self.set_header("Content-Type", answer.content_type)
        if answer.filename:
            self.set_header("Content-Disposition", f"attachment; filename={answer.filename}")
        body = answer.body
        if Unsent.total + len(body) > MAX_UNSENT:
            refuse(self, refusal_of(OverloadedError("Too many answers wait for slow clients.")))
            return
        if _is_compressed(answer) and accepts_gzip(self.request):
            self.set_header("Content-Encoding", "gzip")
            tag = compressed_tag(tag) if tag else None
            kept = self.answers.get(tag) if tag else None
            body = kept.body if kept else await _compressed(body)
            if tag and not kept:
                self.answers.keep(tag, replace(answer, body=body))
        self._tag = tag
        self.write(body)
        with Unsent.counting(len(body)), suppress(StreamClosedError):
            await self.finish()

    def _follow(self, payload: EventStream) -> None:
        """Begin a stream, and give the connection to it."""
        self.set_header("Cache-Control", NO_STORE)
        self.set_header("Content-Type", EVENT_STREAM)
        self.set_header("X-Accel-Buffering", "no")  # a proxy must not hold frames back
        if self.request.method == "HEAD":
            return
        self.set_header("Connection", "close")
        self.flush()
        # The log needs the handler in the end: without what it has no more use for, nor a cycle.
        self._headers = HTTPHeaders()
        self.ui.clear()
        is_chunked = self.request.version == "HTTP/1.1"  # so Tornado has told the client
        on_over = partial(self.application.log_request, self)
        Connection(self.detach(), is_chunked, on_over).follow(payload)

    @override
    def compute_etag(self) -> str | None:
        """Return the tag of the answer; Tornado then compares it with what the client has."""
        return self._tag

    @override
    def write_error(self, status_code: int, **_: Any) -> None:
        """Answer an unexpected error, which Tornado has logged with its traceback."""
        refuse(self, Refusal(status_code, "Internal Server Error"))


def _encoded(payload: Any) -> Raw:
    return payload if isinstance(payload, Raw) else Raw(jsonio.dumps(payload), JSON)


def _is_compressed(answer: Raw) -> bool:
    """Tell whether a client may get it compressed: a stream never is, even if it has ended."""
    return len(answer.body) >= COMPRESS_FROM and answer.content_type != EVENT_STREAM


async def _compressed(body: bytes) -> bytes:
    if len(body) <= COMPRESS_ON_LOOP:
        return gzip.compress(body, 5, mtime=0)
    return await asyncio.to_thread(gzip.compress, body, 5, mtime=0)
