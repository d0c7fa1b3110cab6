"""A real Tornado server behind the gate, with a small route table of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import Field, field_validator
from tornado.httpclient import AsyncHTTPClient, HTTPRequest, HTTPResponse
from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPMessageDelegate, HTTPServerRequest
from tornado.testing import bind_unused_port
from tornado.web import Application

from peak_trade.contract.base.route import Context, EventStream, Params, Route
from peak_trade.contract.registry.pages import PAGES
from peak_trade.contract.streams.changes import StreamParams
from peak_trade.contract.streams.follower import Follower
from peak_trade.contract.streams.hub import Hub
from peak_trade.errors import NotFoundError, OverloadedError, PeakTradeError
from peak_trade.serve.gate import Deciding, Gate, Passed
from peak_trade.serve.runtime import Runtime
from peak_trade.settings import Settings, load
from peak_trade.web.refusal import RefusalHandler, not_found
from peak_trade.web.security import SecurityHeaders
from serving import PATIENCE

LOOK = b"body { margin: 0 }\n" * 200
"""A static file."""


class EchoParams(Params):
    """One parameter of each kind."""

    limit: int = Field(50, ge=1, le=500)
    follow: bool = False
    format: str = Field("json", pattern="^(json|csv)$")
    kind: tuple[str, ...] = ()
    even: int = 0

    @field_validator("even")
    @classmethod
    def is_even(cls, value: int) -> int:
        if value % 2:
            raise ValueError("must be even")
        return value


async def echo(_: Context, params: EchoParams, **ids: str) -> dict[str, Any]:
    return {"params": params.model_dump(), "ids": ids, "text": "ü", "number": float("nan")}


async def find(_: Context, params: EchoParams, item_id: str) -> dict[str, Any]:
    if item_id != "known":
        raise NotFoundError(f"Item not found: {item_id}")
    return {"item": item_id}


async def broken(*_: object) -> None:
    raise RuntimeError("secret text of /a/path.py")


async def busy(*_: object) -> None:
    raise OverloadedError("Too many reads are waiting. Ask again in a second.")


class ClosedError(PeakTradeError):
    """An error with a status and headers that no other has."""

    http_status = 403
    http_headers = MappingProxyType({"X-Opens": "monday"})


async def closed(*_: object) -> None:
    raise ClosedError("Closed until Monday.")


async def misused(*_: object) -> None:
    raise PeakTradeError("Name a directory that exists.")


async def large(*_: object) -> list[str]:
    return ["text"] * 50_000


async def medium(*_: object) -> list[str]:
    return ["text"] * 1_000


REVISIONS = {"known": 1, "long": 1, "gone": 1}
BUILT: list[str] = []


async def current_revision(_: Context, params: EchoParams, item_id: str) -> int | None:
    return REVISIONS.get(item_id)


async def revised(_: Context, params: EchoParams, item_id: str) -> dict[str, Any]:
    BUILT.append(item_id)
    if item_id in {"gone", "unknown"}:
        raise NotFoundError(f"Item not found: {item_id}")
    text = "text" * 1000 if item_id == "long" else "text"
    return {"text": text, "limit": params.limit, "revision": REVISIONS[item_id]}


async def stamped(context: Context, params: EchoParams, item_id: str) -> dict[str, Any]:
    BUILT.append(item_id)
    text, now = '{"asof":null} "asof":null', context.now.isoformat()
    return {"item": text, "asof": now, "revision": REVISIONS[item_id]}


async def failing_stream(*_: object) -> EventStream:
    class Failing(Follower[bytes]):
        def next(self) -> bytes:
            raise RuntimeError("in the stream")

    return EventStream(lambda sink: Failing(Hub(1, end=1), 0, sink).leave)


ROUTES = (
    Route("/echo", echo, dict, "Echo", EchoParams),
    Route("/echo/{item_id}/of/{other}", echo, dict, "Echo ids", EchoParams),
    Route("/slash/{item_id}", echo, dict, "Echo", EchoParams, slash_ids=frozenset({"item_id"})),
    Route("/find/{item_id}", find, dict, "Find", EchoParams),
    Route("/api/broken", broken, dict, "Fail"),
    Route("/busy", busy, dict, "Refuse"),
    Route("/closed", closed, dict, "Refuse"),
    Route("/misused", misused, dict, "Refuse"),
    Route("/large", large, list, "A lot"),
    Route("/medium", medium, list, "Some"),
    Route("/revised/{item_id}", revised, dict, "Echo", EchoParams, revision=current_revision),
    Route("/stamped/{item_id}", stamped, dict, "Say when", revision_but_asof=current_revision),
    Route("/failing", failing_stream, str, "Fails"),
)


class Gated(Application):
    """A Tornado application behind a gate."""

    def __init__(self, runtime: Runtime, prefix: str, assets: Path) -> None:
        self.gate = Gate(runtime, PAGES, prefix, {file.name: file for file in assets.iterdir()})
        super().__init__(
            transforms=[SecurityHeaders],
            default_handler_class=RefusalHandler,
            default_handler_args={"refusal": not_found(self.gate.home)},
        )

    def find_handler(self, request: HTTPServerRequest, **_: Any) -> Any:
        return Deciding(lambda: self.find_answerer(request))

    async def find_answerer(self, request: HTTPServerRequest) -> HTTPMessageDelegate:
        target = await self.gate.target(request)
        if isinstance(target, Passed):
            return super().find_handler(request)
        return self.get_handler_delegate(request, target.handler, target.arguments, target.path)


@dataclass(frozen=True)
class Site:
    """A server on this loop and how to ask it."""

    runtime: Runtime
    server: HTTPServer
    port: int

    async def ask(self, path: str, method: str = "GET", **headers: str) -> HTTPResponse:
        request = HTTPRequest(
            f"http://127.0.0.1:{self.port}{path}",
            method=method,
            headers={name.replace("_", "-"): value for name, value in headers.items()},
            body=b"a=b" if method in {"POST", "PUT", "PATCH"} else None,
            follow_redirects=False,
            decompress_response=False,
            allow_nonstandard_methods=True,
            connect_timeout=PATIENCE,
            request_timeout=PATIENCE,
        )
        return await AsyncHTTPClient().fetch(request, raise_error=False)

    async def stream(self, path: str, **headers: str) -> Stream:
        """Ask for a stream; its head has been read."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        lines = [f"GET {path} HTTP/1.0", "Host: localhost"]  # 1.0: the body comes as it is
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode())
        async with asyncio.timeout(PATIENCE):
            head = await reader.readuntil(b"\r\n\r\n")
        return Stream(head.decode(), reader, writer)


@dataclass(frozen=True)
class Stream:
    """One open answer."""

    head: str
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def until(self, text: bytes) -> bytes:
        """Read up to and including `text`."""
        async with asyncio.timeout(PATIENCE):
            return await self.reader.readuntil(text)

    async def rest(self) -> bytes:
        """Read to the end of the answer."""
        async with asyncio.timeout(PATIENCE):
            data = await self.reader.read()
        self.writer.close()
        return data


async def settled(condition: Callable[[], bool]) -> None:
    """Let the loop run until `condition()` is true."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110  the server has no event for it
            await asyncio.sleep(0)


def make_settings(root: Path, **overrides: object) -> Settings:
    return load(None, {"dashboard.root": str(root), **overrides}).settings


def open_site(settings: Settings, assets: Path, prefix: str = "") -> Site:
    runtime = Runtime(settings)
    changes = Route("/api/v0/stream", runtime.changes.build, str, "Follow", StreamParams)
    runtime.routes = (*ROUTES, changes)
    return serve(runtime, assets, prefix)


def serve(runtime: Runtime, assets: Path, prefix: str = "") -> Site:
    """Serve the routes of `runtime` on this loop."""
    listening, port = bind_unused_port()
    server = HTTPServer(Gated(runtime, prefix, assets))
    server.add_sockets([listening])
    return Site(runtime, server, port)


async def close_site(site: Site) -> None:
    site.server.stop()
    await site.server.close_all_connections()
    await site.runtime.stop()
