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
from collections.abc import Callable
from typing import Final, Literal, NamedTuple

from pydantic import Field
from typing_extensions import override

from peak_trade import clock
from peak_trade.contract.base.route import Context, EventStream, Params, Sink
from peak_trade.contract.streams.follower import Follower
from peak_trade.contract.streams.hub import TOO_MANY_STREAMS, Hub, frame
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
        self._subscribe = subscribe
        self._max_followers = max_followers
        self._unsubscribe: Callable[[], None] = lambda: None
        self._hub: Hub[Frame] = Hub(BACKLOG)
        self._heart: asyncio.Task[None] | None = None

    @property
    def followers(self) -> int:
        """Number of clients that follow."""
        return len(self._hub.followers)

    def start(self) -> None:
        """Begin to listen to the store, in a task of the running loop."""
        self._unsubscribe = self._subscribe(self._on_change)
        self._heart = asyncio.create_task(self._beat())

    async def stop(self) -> None:
        """Stop listening, and end all streams."""
        self._unsubscribe()
        self._hub.close()
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

    async def build(self, context: Context, params: StreamParams) -> EventStream:
        """Follow all changes."""
        if self.followers >= self._max_followers:
            raise OverloadedError(TOO_MANY_STREAMS)
        kinds: frozenset[str | None] = frozenset({*params.type, None} if params.type else ())
        first = frame("heartbeat", {"now": context.now})
        return EventStream(lambda sink: _Follower(self._hub, sink, first, kinds).leave)


class _Follower(Follower[Frame]):
    """A client that is told changes of these kinds, of all if there are none."""

    __slots__ = ("_kinds",)

    def __init__(
        self, hub: Hub[Frame], sink: Sink, first: bytes, kinds: frozenset[str | None]
    ) -> None:
        self._kinds = kinds
        super().__init__(hub, hub.end, sink, first)

    @override
    def next(self) -> bytes:
        gap, frames = self.take(BACKLOG)
        kinds = self._kinds
        data = b"".join(one.data for one in frames if not kinds or one.kind in kinds)
        return frame("gap", {}) + data if gap else data
