"""What open pages cost the server: memory of each, CPU while nothing changes and at a row a second.

The clients speak the protocol of the pages over real websockets, but draw nothing. The floor of the
same run is the server with one page, over the same time.
"""

from __future__ import annotations

import asyncio
import json
import re
import tempfile
from pathlib import Path

import psutil
from tornado.httpclient import AsyncHTTPClient
from tornado.websocket import WebSocketClientConnection, websocket_connect

from events import append, write_run
from server import free_port, serve

PAGES, ROWS = 50, 5000
QUIET_SECONDS, BUSY_SECONDS = 10, 20
READY = {
    "kind": "MessageSent",
    "msg_type": "bokeh_event",
    "msg_data": {"type": "event", "name": "document_ready", "values": {"type": "map"}},
}


class OpenPage:
    """A page that was opened and drawn, as far as the server can tell."""

    def __init__(self) -> None:
        self.current = False
        self._socket: WebSocketClientConnection | None = None

    async def open(self, port: int) -> None:
        """Ask for the page, connect its websocket, and say that it was drawn."""
        address = f"127.0.0.1:{port}/watch/runs/run"
        page = await AsyncHTTPClient().fetch(f"http://{address}", request_timeout=600)
        token = re.search(r'"token":"([^"]+)"', page.body.decode())
        assert token is not None
        self._socket = await websocket_connect(
            f"ws://{address}/ws", subprotocols=["bokeh", token[1]]
        )
        await self._take("ACK")
        await self._send("PULL-DOC-REQ", {})
        await self._take("PULL-DOC-REPLY")
        await self._send("PATCH-DOC", {"events": [READY]})

    async def _take(self, kind: str) -> None:
        assert self._socket is not None
        while kind not in (message := str(await self._socket.read_message())):
            assert message != "None", "the server closed the connection"

    async def _send(self, kind: str, content: object) -> None:
        assert self._socket is not None
        for part in ({"msgid": kind, "msgtype": kind}, {}, content):
            await self._socket.write_message(json.dumps(part))

    async def read(self, wanted: str) -> None:
        """Take all that comes; note whether `wanted` did."""
        assert self._socket is not None
        while (message := await self._socket.read_message()) is not None:
            self.current = self.current or (isinstance(message, str) and wanted in message)

    def close(self) -> None:
        """Leave the page."""
        if self._socket is not None:
            self._socket.close()


class Usage:
    """The CPU that a process uses."""

    def __init__(self, process: psutil.Process) -> None:
        self._process = process
        self._before = self._spent

    @property
    def _spent(self) -> float:
        times = self._process.cpu_times()
        return float(times.user + times.system)

    def percent(self, seconds: float) -> float:
        """Return the part of a core since this was made, in percent."""
        return (self._spent - self._before) / seconds * 100


async def measure(port: int, path: Path, server: psutil.Process) -> tuple[float, float]:
    """Open pages, print what they cost, and return the parts of a core: one page, all, in %."""
    wanted = f"{ROWS + BUSY_SECONDS:,}"
    pages = [OpenPage() for _ in range(PAGES + 1)]
    await pages[0].open(port)
    reading = [asyncio.create_task(pages[0].read(wanted))]
    await asyncio.sleep(3)
    usage = Usage(server)
    await asyncio.sleep(QUIET_SECONDS)
    floor, before = usage.percent(QUIET_SECONDS), server.memory_info().rss
    for page in pages[1:]:
        await page.open(port)
        reading.append(asyncio.create_task(page.read(wanted)))
    await asyncio.sleep(5)
    each = (server.memory_info().rss - before) / PAGES / 2**20
    usage = Usage(server)
    await asyncio.sleep(QUIET_SECONDS)
    quiet, usage = usage.percent(QUIET_SECONDS), Usage(server)
    for turn in range(BUSY_SECONDS):
        append(path, ROWS + turn, 1)
        await asyncio.sleep(1)
    busy = usage.percent(BUSY_SECONDS)
    await asyncio.sleep(1)
    for page in pages:
        page.close()
    await asyncio.gather(*reading)
    current = sum(page.current for page in pages)
    print(
        f"{PAGES} open pages: {each:.2f} MB each, {quiet:.1f} % of a core while"
        f" nothing changes (one page: {floor:.1f} %), {busy:.1f} % at one row a second;"
        f" {current} of {len(pages)} were sent the last row"
    )
    assert current == len(pages)
    return floor, busy


def watched() -> tuple[float, float]:
    """Measure over a server of its own."""
    port = free_port()
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        path = write_run(root, "run", ROWS)
        with serve(root, port) as server:
            return asyncio.run(measure(port, path, server))


if __name__ == "__main__":
    watched()
