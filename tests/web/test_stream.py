"""The stream of changes: frames, filters, gaps, and followers that go away."""

from __future__ import annotations

import asyncio
import gc
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from contract.streams.client import Client
from peak_trade.contract.base.route import Context
from peak_trade.contract.streams import changes as change_stream
from peak_trade.contract.streams import hub
from peak_trade.contract.streams.changes import BACKLOG, ChangeStream, Kind, StreamParams
from peak_trade.serve.runtime import Runtime
from peak_trade.store.slots import Change
from peak_trade.web.handler import RouteHandler
from web.gated import Site, Stream, make_settings, settled


class Source:
    """A store that changes on demand."""

    def __init__(self) -> None:
        self.callbacks: list[Callable[[Change], None]] = []
        self.changes = ChangeStream(self.subscribe, 99)
        self.opened: list[Client] = []

    async def follow(self, *kinds: Kind) -> Client:
        """Return a follower that has been told when to retry, and the time."""
        runtime = Runtime(make_settings(Path("none")))
        context = Context(runtime.store, runtime.settings, datetime(2026, 1, 15, tzinfo=UTC), {})
        stream = Client(await self.changes.build(context, StreamParams(type=kinds)))
        self.opened.append(stream)
        assert (await anext(stream)).startswith(b"retry: 1000\n\nevent: heartbeat\n")
        return stream

    def subscribe(self, callback: Callable[[Change], None]) -> Callable[[], None]:
        self.callbacks.append(callback)
        return lambda: self.callbacks.remove(callback)

    def change(self, family: str, key: str = "k", revision: int = 1) -> None:
        for callback in self.callbacks:
            callback(Change(family, key, revision))


def parse(data: bytes) -> list[tuple[str, Any]]:
    """Return event name and data of each frame; lines of other kinds are left out."""
    found = []
    for block in data.decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
        if "event" in fields:
            found.append((fields["event"], json.loads(fields["data"])))
    return found


async def follow(site: Site, query: str = "") -> Stream:
    stream = await site.stream(f"/api/v0/stream{query}")
    assert "Content-Type: text/event-stream" in stream.head
    assert "Content-Encoding" not in stream.head
    return stream


async def test_changes_reach_a_follower_over_http(site: Site) -> None:
    site.runtime.changes.start()
    stream = await follow(site, "?type=run&type=alert")
    first = await stream.until(b"}\n\n")
    assert b"retry: 1000\n\n" in first
    assert b"event: heartbeat\n" in first
    for family in ("session", "run", "telemetry", "alert"):
        site.runtime.store._publish(family, 'quote " ü\n', 7)
    text = await stream.until(b'"alert","id":"quote \\" \xc3\xbc\\n","revision":7}\n\n')
    assert b'{"type":"run"' in text
    assert b"session" not in text
    assert b"telemetry" not in text
    stream.writer.close()
    await settled(lambda: site.runtime.changes.followers == 0)


async def test_many_followers_are_all_freed_at_once(site: Site) -> None:
    # Nothing is sent meanwhile: it is not a failed write that tells the server.
    open_ones = [await follow(site) for _ in range(50)]
    await settled(lambda: site.runtime.changes.followers == 50)
    for stream in open_ones:
        stream.writer.close()
    await settled(lambda: site.runtime.changes.followers == 0)


async def test_nothing_of_a_follower_is_left_for_a_search(site: Site) -> None:
    def handlers() -> int:
        return sum(isinstance(held, RouteHandler) for held in gc.get_objects())

    gc.collect()
    gc.disable()
    try:
        stream = await follow(site)
        assert handlers() == 1
        stream.writer.close()
        await settled(lambda: handlers() == 0)
    finally:
        gc.enable()


async def test_head_follows_nothing(site: Site) -> None:
    response = await site.ask("/api/v0/stream", "HEAD")
    assert response.code == 200
    assert response.headers["Content-Type"].startswith("text/event-stream")
    assert site.runtime.changes.followers == 0


async def test_unknown_types_are_422(site: Site) -> None:
    response = await site.ask("/api/v0/stream?type=run&type=nobody")
    assert response.code == 422
    detail = json.loads(response.body)["detail"]
    assert detail[0]["loc"] == ["query", "type", 1]


@pytest.fixture
async def source(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Source]:
    """A store whose changes are streamed; nobody follows in the end."""
    source = Source()
    source.changes.start()
    yield source
    for stream in source.opened:
        stream.leave()
    assert source.changes.followers == 0
    await source.changes.stop()
    assert source.callbacks == []


async def test_heartbeats_tell_the_time_of_the_server(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = datetime(2026, 1, 15, 18, 30, tzinfo=UTC)
    monkeypatch.setenv("PEAK_TRADE_NOW", moment.isoformat())
    monkeypatch.setattr(change_stream, "HEARTBEAT_SECONDS", 0.0)
    event, data = parse(await anext(await source.follow("run")))[0]
    assert (event, datetime.fromisoformat(data["now"])) == ("heartbeat", moment)


async def test_a_slow_follower_gets_one_gap_and_the_newest(source: Source) -> None:
    slow, quick = await source.follow(), await source.follow()
    got: list[tuple[str, Any]] = []
    for revision in range(BACKLOG + 3):
        source.change("run", revision=revision)
        got += parse(await anext(quick))
    gap, *rest = parse(await anext(slow))
    assert gap == ("gap", {})
    assert [(event, data["revision"]) for event, data in rest] == [
        ("change", revision) for revision in range(3, BACKLOG + 3)
    ]
    assert [data["revision"] for _, data in got] == list(range(BACKLOG + 3))
    source.change("run", revision=999)
    assert [data["revision"] for _, data in parse(await anext(slow))] == [999]


async def test_other_kinds_wake_nobody(source: Source) -> None:
    stream = await source.follow("alert")
    waiting = asyncio.ensure_future(anext(stream))
    source.change("run")
    await asyncio.sleep(0)
    source.change("alert")
    assert [data["type"] for _, data in parse(await waiting)] == ["alert"]


async def test_a_frame_is_encoded_once(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    streams = [await source.follow() for _ in range(10)]
    encoded: list[str] = []
    real = hub.frame

    def counted(event: str, data: dict[str, Any]) -> bytes:
        encoded.append(event)
        return real(event, data)

    monkeypatch.setattr(change_stream, "frame", counted)
    source.change("run")
    assert len({await anext(stream) for stream in streams}) == 1
    assert encoded == ["change"]
