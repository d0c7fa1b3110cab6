"""A client of a page as a program of one's own would be: a websocket that says what it likes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Self

from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from serving import PATIENCE, Answer, Served

READY = {
    "kind": "MessageSent",
    "msg_type": "bokeh_event",
    "msg_data": {"type": "event", "name": "document_ready", "values": {"type": "map"}},
}


class PageClient:
    """An open page: its document, and what the server has sent since."""

    def __init__(self, socket: WebSocketClientConnection, address: str, token: str) -> None:
        self.socket = socket
        self._address, self._token = address, token
        self.document: Any = None
        self.sent: list[Any] = []
        self.arrays = b""
        self._number = 0

    @classmethod
    async def open(cls, served: Served, path: str, query: str = "") -> Self:
        """Open a page as a browser does."""
        return await cls.enter(served, path, served.ask(path + query))

    @classmethod
    async def enter(cls, served: Served, path: str, answer: Answer) -> Self:
        """Open the page that was answered, as a browser does."""
        client = await cls.join(served, path, token_of(answer.body))
        client.document = await client.pull()
        await client.patch(READY)
        return client

    @classmethod
    async def join(cls, served: Served, path: str, token: str) -> Self:
        """Connect to a page that was asked for."""
        return await cls._connect(f"{served.url}{path}/ws".replace("http", "ws", 1), token)

    async def again(self) -> Self:
        """Connect once more to the same page, which costs the server little."""
        return await self._connect(self._address, self._token)

    @classmethod
    async def _connect(cls, address: str, token: str) -> Self:
        request = HTTPRequest(address, connect_timeout=PATIENCE)
        socket = await websocket_connect(request, subprotocols=["bokeh", token])
        client = cls(socket, address, token)
        await client.answer("ACK")
        return client

    async def say(self, *fragments: str | bytes) -> None:
        for fragment in fragments:
            await self.socket.write_message(fragment, binary=isinstance(fragment, bytes))

    async def ask(self, kind: str, content: Any) -> Any:
        """Send a message, return header and content of the answer to it."""
        self._number += 1
        name = f"message {self._number}"
        header = {"msgid": name, "msgtype": kind}
        await self.say(json.dumps(header), "{}", json.dumps(content))
        return await self._read(lambda header, _: header.get("reqid") == name)

    async def patch(self, *events: Any) -> str:
        """Send changes, return the kind of the answer."""
        header, _ = await self.ask("PATCH-DOC", {"events": list(events)})
        return str(header["msgtype"])

    async def pull(self) -> Any:
        """Return the document as the server has it now."""
        _, content = await self.ask("PULL-DOC-REQ", {})
        return content["doc"]

    async def answer(self, kind: str) -> Any:
        return await self._read(lambda header, _: header["msgtype"] == kind)

    async def hears(self, text: str) -> None:
        """Wait until the server has sent a change that holds `text`."""
        if not any(text in json.dumps(known) for known in self.sent):
            await self._read(lambda _, content: text in json.dumps(content))

    async def ends(self) -> None:
        """Read on until the connection is closed."""
        while await self.socket.read_message() is not None:
            pass
        self.socket.close()

    async def leave(self) -> None:
        self.socket.close()
        await self.ends()

    def models(self, kind: str) -> Iterator[Any]:
        """Yield the models of a class, wherever they are in the document."""
        yield from _models(self.document, kind)

    async def _read(self, wanted: Callable[[Any, Any], bool]) -> Any:
        while True:
            header = json.loads(await self._fragment())
            await self._fragment()
            content = json.loads(await self._fragment())
            for _ in range(header.get("num_buffers", 0)):
                await self._fragment()
                self.arrays += await self._fragment()
            self.sent.append(content)
            if wanted(header, content):
                return header, content

    async def _fragment(self) -> Any:
        fragment = await self.socket.read_message()
        assert fragment is not None, "the server closed the connection"
        return fragment


def token_of(page: bytes) -> str:
    """Return the token that a page brings."""
    found = re.search(r'"token":"([^"]+)"', page.decode())
    assert found
    return found[1]


async def first_message(served: Served, path: str, token: str, **headers: str) -> str:
    """Return the first message of a page's websocket, and close it."""
    address = f"{served.url}{path}/ws".replace("http", "ws", 1)
    request = HTTPRequest(address, headers=headers, connect_timeout=PATIENCE)
    socket = await websocket_connect(request, subprotocols=["bokeh", token])
    first: Any = await socket.read_message()
    socket.close()
    while await socket.read_message() is not None:
        pass
    return str(first)


def handshake(served: Served, path: str, token: str, **headers: str) -> int:
    """Return the status that a page's websocket answers the first request with.

    Tornado's client leaves the socket open where the answer is a refusal.
    """
    own = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Key": "MDEyMzQ1Njc4OWFiY2RlZg==",
        "Sec-WebSocket-Version": "13",
        **({"Sec-WebSocket-Protocol": f"bokeh, {token}"} if token else {}),
    }
    return served.ask(f"{path}/ws", headers=own | headers).status


def _models(part: Any, kind: str) -> Iterator[Any]:
    if isinstance(part, dict):
        if part.get("type") == "object" and part.get("name") == kind and "id" in part:
            yield part
        part = list(part.values())
    if isinstance(part, list):
        for item in part:
            yield from _models(item, kind)


def change(model: Any, name: str, value: Any) -> Any:
    return {"kind": "ModelChanged", "model": {"id": model["id"]}, "attr": name, "new": value}


def event(name: str, model: Any, **values: Any) -> Any:
    entries = [["model", {"id": model["id"]}], *([key, value] for key, value in values.items())]
    data = {"type": "event", "name": name, "values": {"type": "map", "entries": entries}}
    return {"kind": "MessageSent", "msg_type": "bokeh_event", "msg_data": data}
