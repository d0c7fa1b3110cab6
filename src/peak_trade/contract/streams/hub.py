"""A broadcast hub: the newest frames of a stream, once for any number of followers.

A hub numbers its frames: a frame's position is what the stream's source says, so that hubs of the
same source in two processes give the same frame the same position. A follower is a position, too:
a slow one costs no memory, and misses frames only with a gap. When positions mean other frames
than before, the hub is in another epoch and its followers begin again from 0.

All of it lives on the event-loop thread.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import Any, Final, Generic, NamedTuple, TypeVar

from peak_trade import jsonio

T = TypeVar("T")

RETRY: Final = b"retry: 1000\n\n"
"""How long a browser waits before it comes back, in ms."""
TOO_MANY_STREAMS: Final = "Too many streams are open. Ask again in a second."


def frame(event: str, data: dict[str, Any]) -> bytes:
    """Return one server-sent event."""
    return b"event: %s\ndata: %s\n\n" % (event.encode(), jsonio.dumps(data))


class Gap(NamedTuple):
    """Positions of frames that a follower missed, both included."""

    first: int
    last: int


class Hub(Generic[T]):
    """The newest frames, `size` at most; `end` is the position after the last one."""

    def __init__(self, size: int, *, epoch: int = 0, end: int = 0) -> None:
        self.epoch = epoch
        self.end = end
        self._frames: deque[T] = deque(maxlen=size)
        self._waiting: set[asyncio.Future[None]] = set()

    @property
    def first(self) -> int:
        """Position of the oldest frame that is kept."""
        return self.end - len(self._frames)

    def extend(self, frames: Iterable[T], end: int) -> None:
        """Add frames, the last one at `end` - 1; those between the known ones and them are lost."""
        added = list(frames)
        if end - len(added) > self.end:
            self._frames.clear()
        self._frames.extend(added)
        self.end = end
        self._wake()

    def restart(self, epoch: int, end: int) -> None:
        """Begin another epoch, with `end` frames that are not kept."""
        self._frames.clear()
        self.epoch, self.end = epoch, end
        self._wake()

    def read(self, start: int, most: int) -> list[T]:
        """Return up to `most` frames that are kept, from position `start` on."""
        skipped = start - self.first
        kept = self._frames  # an index near its end is found at once, however many there are
        return [kept[place] for place in range(skipped, min(skipped + most, len(kept)))]

    async def wait(self, seconds: float | None = None) -> None:
        """Wait for a change, for so long at most."""
        # A future for each follower and nothing else: they are woken by the thousand.
        loop = asyncio.get_running_loop()
        woken = loop.create_future()
        self._waiting.add(woken)
        timer = None if seconds is None else loop.call_later(seconds, _wake, woken)
        try:
            await woken
        finally:
            self._waiting.discard(woken)
            if timer is not None:
                timer.cancel()

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, set()
        for woken in waiting:
            _wake(woken)


def _wake(woken: asyncio.Future[None]) -> None:
    if not woken.done():
        woken.set_result(None)


class Follower(Generic[T]):
    """A client's place in a hub: `position` is that of the frame it is given next.

    Until it has `caught_up` with the frames that are kept, older ones are no gap: whoever has them
    gives them.
    """

    def __init__(self, hub: Hub[T], position: int) -> None:
        self.position = position
        self._hub = hub
        self._epoch = hub.epoch
        self.caught_up = position >= hub.first

    @property
    def behind(self) -> bool:
        """There are frames for it."""
        return self.position < self._hub.end

    def reset(self) -> bool:
        """Begin again from 0 if its position means nothing in the hub; tell whether it did."""
        hub = self._hub
        if self._epoch == hub.epoch and self.position <= hub.end:
            return False
        given, self.position, self._epoch = self.position > 0, 0, hub.epoch
        self.caught_up = hub.first == 0
        return given

    def skip(self, count: int) -> None:
        """Go on behind `count` older frames."""
        self.position += count
        self.caught_up = self.position >= self._hub.first

    def take(self, most: int) -> tuple[Gap | None, list[T]]:
        """Return up to `most` frames and go on behind them, and what was lost before them."""
        first, gap = self._hub.first, None
        if self.position < first:
            gap = Gap(self.position, first - 1)
            self.position = first
        frames = self._hub.read(self.position, most)
        self.position += len(frames)
        return gap, frames
