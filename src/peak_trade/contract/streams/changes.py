"""One stream of server-sent events about every change of the store, for any number of followers.

Frames: `change` with `{"type", "id", "revision"}`; `heartbeat` with `{"now"}` at once and then
every two seconds; `gap` when a follower was too slow and changes were left out: it must take all
it shows as changed.

Guarantees: a frame is encoded once for all followers; a follower holds at most `BACKLOG` frames
and is forgotten when its generator is closed. All of it lives on the event-loop thread.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from typing import Any, Final, Literal

from pydantic import Field

from peak_trade import clock, jsonio
from peak_trade.contract.base.route import Context, Params
from peak_trade.errors import OverloadedError
from peak_trade.store.live import Change

BACKLOG: Final = 256
HEARTBEAT_SECONDS: Final = 2.0
RETRY_MS: Final = 1000
TOO_MANY_STREAMS: Final = "Too many streams are open. Ask again in a second."

Kind = Literal["runs", "run", "session", "alert", "telemetry"]


class StreamParams(Params):
    """Which changes to follow."""

    type: tuple[Kind, ...] = Field(
        (), description="Only these kinds of change; all if absent", examples=[["run", "alert"]]
    )


def frame(event: str, data: dict[str, Any]) -> bytes:
    """Return one server-sent event."""
    return b"event: %s\ndata: %s\n\n" % (event.encode(), jsonio.dumps(data))


class Follower:
    """The frames that wait for one client."""

    def __init__(self, kinds: frozenset[str]) -> None:
        self._kinds = kinds
        self._frames: deque[bytes] = deque()
        self._ready = asyncio.Event()

    def push(self, data: bytes, kind: str | None = None) -> None:
        """Add a frame; `kind` None is for everyone. A full backlog shrinks to one `gap`."""
        if kind is not None and self._kinds and kind not in self._kinds:
            return
        if len(self._frames) >= BACKLOG:
            self._frames.clear()
            self._frames.append(frame("gap", {}))
        self._frames.append(data)
        self._ready.set()

    async def take(self) -> bytes:
        """Wait for frames and return all that are there."""
        await self._ready.wait()
        self._ready.clear()
        data = b"".join(self._frames)
        self._frames.clear()
        return data


Subscribe = Callable[[Callable[[Change], None]], Callable[[], None]]


class ChangeStream:
    """The process-wide stream. `subscribe` is that of the store."""

    def __init__(self, subscribe: Subscribe, max_followers: int) -> None:
        self._subscribe = subscribe
        self._max_followers = max_followers
        self._unsubscribe: Callable[[], None] = lambda: None
        self._followers: set[Follower] = set()
        self._heart: asyncio.Task[None] | None = None

    @property
    def followers(self) -> int:
        """Number of clients that follow."""
        return len(self._followers)

    def start(self) -> None:
        """Begin to listen to the store, in a task of the running loop."""
        self._unsubscribe = self._subscribe(self._on_change)
        self._heart = asyncio.create_task(self._beat())

    async def stop(self) -> None:
        """Stop listening."""
        self._unsubscribe()
        if self._heart is not None:
            self._heart.cancel()
            await asyncio.wait([self._heart])

    def _on_change(self, change: Change) -> None:
        data = {"type": change.family, "id": change.key, "revision": change.revision}
        self._push(frame("change", data), change.family)

    def _push(self, data: bytes, kind: str | None = None) -> None:
        for follower in self._followers:
            follower.push(data, kind)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            self._push(frame("heartbeat", {"now": clock.now()}))

    async def build(self, context: Context, params: StreamParams) -> AsyncGenerator[bytes]:
        """Follow all changes."""
        if self.followers >= self._max_followers:
            raise OverloadedError(TOO_MANY_STREAMS)
        return self._follow(frozenset(params.type), context)

    async def _follow(self, kinds: frozenset[str], context: Context) -> AsyncGenerator[bytes]:
        follower = Follower(kinds)
        self._followers.add(follower)
        try:
            yield b"retry: %d\n\n" % RETRY_MS + frame("heartbeat", {"now": context.now})
            while True:
                yield await follower.take()
        finally:
            self._followers.discard(follower)
