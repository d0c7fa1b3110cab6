"""The event log of a run as a stream: resume, gap, reset, ends, and many followers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from contract.streams.client import Client
from contract.tree import NOW, Tree, as_csv, event
from peak_trade.contract.base.route import Context
from peak_trade.contract.runs.params import EventsParams
from peak_trade.contract.streams import run_events as run_stream
from peak_trade.contract.streams.run_events import RunStreams
from peak_trade.errors import OverloadedError
from peak_trade.serve.runtime import Runtime
from web.gated import Site, close_site, make_settings, serve, settled

EVENTS = "/api/v0/runs/r/events?sse=1"
MANY = 40


def append(directory: Path, first: int, count: int = 1) -> None:
    """Append events with `step` from `first` on."""
    rows = as_csv(event(step) for step in range(first, first + count))
    with (directory / "events.csv").open("a") as stream:
        stream.write(rows.partition("\n")[2])


def frames(data: bytes) -> list[tuple[str, str | None, Any]]:
    """Return event name, id and data of each frame; comments and `retry` are left out."""
    found = []
    for block in data.decode().removesuffix("\n\n").split("\n\n"):
        fields = dict(line.split(":", 1) for line in block.split("\n") if line[:1] != ":")
        if "event" in fields:
            stamp = fields["id"].strip() if "id" in fields else None
            found.append((fields["event"].strip(), stamp, json.loads(fields["data"])))
    return found


def seqs(data: bytes) -> list[int]:
    """Return the seqs of the events; each is the frame's id as well."""
    found = frames(data)
    assert all(name == "pt_event" and stamp == str(item["seq"]) for name, stamp, item in found)
    return [item["seq"] for _, _, item in found]


def count_frames(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that notes the seq of each event as it is encoded."""
    encoded: list[int] = []
    real = run_stream._frame

    def counted(item: Any) -> bytes:
        encoded.append(item["seq"])
        return real(item)

    monkeypatch.setattr(run_stream, "_frame", counted)
    return encoded


class Followed:
    """A run with three events, its streams, and followers that take a frame when told to."""

    def __init__(self, site: Site, tree: Tree) -> None:
        self.store = site.runtime.store
        self.streams: RunStreams = site.runtime.run_streams
        self.settings = site.runtime.settings
        self.directory = tree.run("r", [event(step) for step in (1, 2, 3)])
        self.opened: list[Client] = []

    async def follow(self, since: int = 0, headers: Mapping[str, str] | None = None) -> Client:
        """Return a follower that has been told when to retry."""
        now = datetime.fromisoformat(NOW).astimezone(UTC)
        context = Context(self.store, self.settings, now, headers or {})
        params = EventsParams(since_seq=since, follow=True, sse=True)
        stream = Client(await self.streams.build(context, params, "r"))
        self.opened.append(stream)
        assert await anext(stream) == b"retry: 1000\n\n"
        return stream

    async def refresh(self) -> None:
        """Look at the file, as any request does."""
        await self.store.run("r", rows=True)


@pytest.fixture
async def followed(
    site: Site, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Followed]:
    monkeypatch.setattr(run_stream, "REFRESH_SECONDS", 1000)
    run = Followed(site, tree)
    yield run
    for stream in run.opened:
        stream.leave()
    assert run.streams.followers == 0
    assert run.streams._runs == {}
    assert not run.store._subscribers


async def test_without_follow_the_stream_ends(site: Site, tree: Tree) -> None:
    tree.run("r", [event(step) for step in range(1, 9)])
    stream = await site.stream(f"{EVENTS}&since_seq=2&limit=3")
    assert "Content-Type: text/event-stream; charset=utf-8" in stream.head
    assert "Cache-Control: no-store" in stream.head
    body = await stream.rest()
    assert seqs(body) == [2, 3, 4]
    polled = json.loads((await site.ask("/api/v0/runs/r/events?since_seq=2&limit=3")).body)
    assert [data for _, _, data in frames(body)] == polled["items"]
    assert await (await site.stream(f"{EVENTS}&since_seq=8")).rest() == b""


async def test_a_client_that_accepts_event_streams_gets_one(site: Site, tree: Tree) -> None:
    tree.run("r", [event(1)])
    stream = await site.stream("/api/v0/runs/r/events", Accept="text/event-stream")
    assert seqs(await stream.rest()) == [0]


async def test_unknown_runs_are_404_before_the_stream(site: Site, tree: Tree) -> None:
    tree.run("empty")
    for run_id, text in (("nobody", "run_not_found"), ("empty", "events_not_available")):
        answer = await site.ask(f"/api/v0/runs/{run_id}/events?sse=1&follow=1")
        assert answer.code == 404
        assert json.loads(answer.body) == {"detail": f"{text}: {run_id}"}
    assert site.runtime.run_streams.followers == 0


async def test_max_seconds_ends_the_stream(site: Site, tree: Tree) -> None:
    tree.run("r", [event(1), event(2)])
    stream = await site.stream(f"{EVENTS}&follow=1&max_seconds=1")
    assert seqs(await stream.rest()) == [0, 1]
    assert site.runtime.run_streams.followers == 0


@pytest.mark.parametrize("text", ["1", "001"])
async def test_last_event_id_resumes(followed: Followed, text: str) -> None:
    stream = await followed.follow(headers={"Last-Event-ID": text})
    assert seqs(await anext(stream)) == [2]


@pytest.mark.parametrize("text", ["", "x", "-1", "9" * 30, "1.5", "¹"])
async def test_a_last_event_id_that_is_none_is_ignored(followed: Followed, text: str) -> None:
    stream = await followed.follow(1, headers={"Last-Event-ID": text})
    assert seqs(await anext(stream)) == [1, 2]


async def test_new_events_follow(followed: Followed) -> None:
    stream = await followed.follow()
    assert seqs(await anext(stream)) == [0, 1, 2]
    append(followed.directory, 4, 2)
    await followed.refresh()
    assert seqs(await anext(stream)) == [3, 4]


async def test_the_file_is_read_while_it_is_followed(
    followed: Followed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_stream, "REFRESH_SECONDS", 0.001)
    stream = await followed.follow(3)
    append(followed.directory, 4)
    assert seqs(await anext(stream)) == [3]


async def test_a_slow_reader_gets_one_gap_and_then_the_newest(
    followed: Followed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_stream, "KEPT_FRAMES", 3)
    slow, quick = await followed.follow(), await followed.follow()
    assert seqs(await anext(slow)) == seqs(await anext(quick)) == [0, 1, 2]
    for step in range(4, 9):
        append(followed.directory, step)
        await followed.refresh()
        assert seqs(await anext(quick)) == [step - 1]
    gap, *rest = frames(await anext(slow))
    assert gap == ("gap", None, {"from_seq": 3, "to_seq": 4})
    assert [item["seq"] for _, _, item in rest] == [5, 6, 7]
    append(followed.directory, 9)
    await followed.refresh()
    assert seqs(await anext(slow)) == [8]


async def test_more_rows_at_once_than_are_kept_are_a_gap(
    followed: Followed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_stream, "KEPT_FRAMES", 3)
    encoded = count_frames(monkeypatch)
    stream = await followed.follow(3)
    append(followed.directory, 4, 10)
    waiting = asyncio.ensure_future(anext(stream))
    await followed.refresh()
    assert encoded == [10, 11, 12]
    gap, *rest = frames(await waiting)
    assert gap == ("gap", None, {"from_seq": 3, "to_seq": 9})
    assert [item["seq"] for _, _, item in rest] == [10, 11, 12]


async def test_older_rows_are_read_without_a_gap(
    followed: Followed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_stream, "KEPT_FRAMES", 2)
    first = await followed.follow()
    append(followed.directory, 4, 6)
    await followed.refresh()
    late = await followed.follow()
    assert seqs(await anext(late)) + seqs(await anext(late)) == list(range(9))
    assert seqs(await anext(first)) + seqs(await anext(first)) == list(range(9))


async def test_who_takes_many_rows_at_once_leaves_others_a_turn(
    followed: Followed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_stream, "FRAMES_AT_ONCE", 1)
    late = await followed.follow()
    turns: list[bool] = []
    asyncio.get_running_loop().call_soon(turns.append, True)
    assert seqs(await anext(late)) + seqs(await anext(late)) == [0, 1]
    assert turns


async def test_a_replaced_file_is_a_reset(followed: Followed) -> None:
    stream = await followed.follow()
    await anext(stream)
    (followed.directory / "events.csv").write_text(as_csv(event(step) for step in (7, 8)))
    await followed.refresh()
    [(name, stamp, data)] = frames(await anext(stream))
    assert (name, stamp) == ("reset", "")
    assert data["epoch"] == followed.store.local.runs["r"].events.epoch
    assert seqs(await anext(stream)) == [0, 1]


async def test_a_run_that_is_made_again_is_a_reset(followed: Followed, tree: Tree) -> None:
    stream = await followed.follow()
    await anext(stream)
    for name in ("events.csv", "meta.json"):
        (followed.directory / name).unlink()
    await followed.store.index()
    tree.run("r", [event(step, equity=7) for step in range(1, 6)])
    await followed.refresh()
    assert frames(await anext(stream))[0][0] == "reset"
    assert seqs(await anext(stream)) == [0, 1, 2, 3, 4]


async def test_a_position_beyond_the_end_is_a_reset(followed: Followed) -> None:
    stream = await followed.follow(100)
    assert frames(await anext(stream))[0][0] == "reset"
    assert seqs(await anext(stream)) == [0, 1, 2]


async def test_who_polled_is_never_ahead_of_the_stream(followed: Followed) -> None:
    await followed.follow()
    append(followed.directory, 4)
    await followed.refresh()  # as a poll does; the next position is 4 then
    stream = await followed.follow(4)
    append(followed.directory, 5)
    await followed.refresh()
    assert seqs(await anext(stream)) == [4]


async def test_ping(followed: Followed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_stream, "PING_SECONDS", 0.0)
    stream = await followed.follow(3)
    assert await anext(stream) == b": ping\n\n"


async def test_a_client_that_leaves_is_forgotten(site: Site, tree: Tree) -> None:
    tree.run("r", [event(1)])
    streams = site.runtime.run_streams
    opened = [await site.stream(f"{EVENTS}&follow=1&max_seconds=600") for _ in range(3)]
    for stream in opened:
        await stream.until(b"}\n\n")
    assert streams.followers == 3
    for stream in opened:
        stream.writer.close()
    await settled(lambda: streams.followers == 0)
    assert streams._runs == {}
    assert not site.runtime.store._subscribers


async def test_followers_share_frames_that_are_encoded_once(
    site: Site, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = tree.run("r", [event(1)])
    monkeypatch.setattr(run_stream, "REFRESH_SECONDS", 0.001)
    opened = [await site.stream(f"{EVENTS}&follow=1&since_seq=1")]
    tasks = len(asyncio.all_tasks())
    opened += [await site.stream(f"{EVENTS}&follow=1&since_seq=1") for _ in range(MANY - 1)]
    await settled(lambda: len(asyncio.all_tasks()) <= tasks)  # none of a follower
    assert site.runtime.run_streams.followers == MANY
    encoded = count_frames(monkeypatch)
    append(directory, 2, 5)
    got = [await stream.until(b'id: 5\nevent: pt_event\ndata: {"seq":5') for stream in opened]
    assert len(set(got)) == 1
    assert encoded == [1, 2, 3, 4, 5]
    for stream in opened:
        stream.writer.close()
    await settled(lambda: site.runtime.run_streams.followers == 0)


async def test_too_many_streams_are_refused(tree: Tree) -> None:
    tree.run("r", [event(1)])
    site = serve(Runtime(make_settings(tree.root, **{"web_ui.max_streams": 1})), tree.root)
    for path in (f"{EVENTS}&follow=1", "/api/v0/stream"):
        held = await site.stream(path)
        await held.until(b"\n\n")
        refused = await site.ask(path)
        assert (refused.code, refused.headers["Retry-After"]) == (503, "1")
        held.writer.close()
    await close_site(site)


async def test_overload_does_not_end_a_stream(
    followed: Followed, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, refused = followed.store.run, asyncio.Event()

    async def overloaded_once(run_id: str, *, rows: bool = False) -> Any:
        if not refused.is_set():
            refused.set()
            raise OverloadedError("busy")
        return await real(run_id, rows=rows)

    monkeypatch.setattr(run_stream, "REFRESH_SECONDS", 0.001)
    stream = await followed.follow(3)
    monkeypatch.setattr(followed.store, "run", overloaded_once)
    append(followed.directory, 4)
    assert seqs(await anext(stream)) == [3]
    assert refused.is_set()
