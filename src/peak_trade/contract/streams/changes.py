"""One stream of server-sent events about every change of the store, for any number of followers.

Frames: `change` with `{"type", "id", "revision"}`; `heartbeat` with `{"now"}` at once and then
every two seconds; `gap` when a follower was too slow and changes were left out: it must take all
it shows as changed.

Frames have no ids. In which order changes are seen, and how many appends are one change, depends on
when a process looks; so a client that comes back, to this process or another, takes all it shows
as changed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Final, Literal, NamedTuple

from pydantic import Field

from peak_trade import clock
from peak_trade.contract.base.route import Context, Params
from peak_trade.contract.streams.hub import RETRY, TOO_MANY_STREAMS, Follower, Hub, frame
from peak_trade.errors import OverloadedError
from peak_trade.store.slots import Change

BACKLOG: Final = 256
HEARTBEAT_SECONDS: Final = 2.0

Kind = Literal["runs", "run", "session", "alert", "telemetry"]


class StreamParams(Params):
    """Which changes to follow."""

    type: tuple[Kind, ...] = Field(
        (), description="Only these kinds of change; all if absent", examples=[["run", "alert"]]
    )


class Frame(NamedTuple):
    """A frame and the kind of change that it tells; None is for everyone."""

    data: bytes
    kind: str | None = None


Subscribe = Callable[[Callable[[Change], None]], Callable[[], None]]


class ChangeStream:
    """The process-wide stream. `subscribe` is that of the store."""

    def __init__(self, subscribe: Subscribe, max_followers: int) -> None:
        self.followers = 0
        """Number of clients that follow."""
        self._subscribe = subscribe
        self._max_followers = max_followers
        self._unsubscribe: Callable[[], None] = lambda: None
        self._hub: Hub[Frame] = Hub(BACKLOG)
        self._heart: asyncio.Task[None] | None = None

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
        self._push(Frame(frame("change", data), change.family))

    def _push(self, found: Frame) -> None:
        self._hub.extend([found], self._hub.end + 1)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            self._push(Frame(frame("heartbeat", {"now": clock.now()})))

    async def build(self, context: Context, params: StreamParams) -> AsyncGenerator[bytes]:
        """Follow all changes."""
        if self.followers >= self._max_followers:
            raise OverloadedError(TOO_MANY_STREAMS)
        return self._follow({*params.type, None} if params.type else set(), context)

    async def _follow(self, kinds: set[str | None], context: Context) -> AsyncGenerator[bytes]:
        """Yield the frames of these kinds, of all if there are none."""
        self.followers += 1
        follower = Follower(self._hub, self._hub.end)
        try:
            yield RETRY + frame("heartbeat", {"now": context.now})
            while True:
                gap, frames = follower.take(BACKLOG)
                data = b"".join(one.data for one in frames if not kinds or one.kind in kinds)
                if gap or data:
                    yield (frame("gap", {}) if gap else b"") + data
                elif not follower.behind:
                    await self._hub.wait()
        finally:
            self.followers -= 1
