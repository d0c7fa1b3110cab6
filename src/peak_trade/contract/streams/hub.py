"""A broadcast hub: the newest frames of a stream, once for any number of followers.

A hub numbers its frames: a frame's position is what the stream's source says, so that hubs of the
same source in two processes give the same frame the same position. A follower has a place in it:
a slow one costs no memory, and misses frames only with a gap. When positions mean other frames
than before, the hub is in another epoch and its followers begin again from 0.

All of it lives on the event-loop thread.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any, Final, Generic, NamedTuple, Protocol, TypeVar

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


class Following(Protocol):
    """Who follows a hub; nothing that it is told fails."""

    def advance(self) -> None:
        """Take what is new."""

    def tell(self, data: bytes) -> None:
        """Take what is no frame, if all frames were taken."""

    def end(self) -> None:
        """Follow no more."""


class Hub(Generic[T]):
    """The newest frames, `size` at most; `end` is the position after the last one."""

    def __init__(self, size: int, *, epoch: int = 0, end: int = 0) -> None:
        self.epoch = epoch
        self.end = end
        self.followers: set[Following] = set()
        self._frames: deque[T] = deque(maxlen=size)

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
        self._advance()

    def restart(self, epoch: int, end: int) -> None:
        """Begin another epoch, with `end` frames that are not kept."""
        self._frames.clear()
        self.epoch, self.end = epoch, end
        self._advance()

    def read(self, start: int, most: int) -> list[T]:
        """Return up to `most` frames that are kept, from position `start` on."""
        skipped = start - self.first
        kept = self._frames  # an index near its end is found at once, however many there are
        return [kept[place] for place in range(skipped, min(skipped + most, len(kept)))]

    def tell(self, data: bytes) -> None:
        """Tell all who have taken all frames something that is none."""
        for follower in tuple(self.followers):
            follower.tell(data)

    def close(self) -> None:
        """End all who follow."""
        for follower in tuple(self.followers):
            follower.end()

    def _advance(self) -> None:
        for follower in tuple(self.followers):
            follower.advance()


class Place(Generic[T]):
    """A place in a hub: `position` is that of the frame that comes next.

    Until it has `caught_up` with the frames that are kept, older ones are no gap: whoever has them
    gives them.
    """

    __slots__ = ("_epoch", "_hub", "caught_up", "position")

    def __init__(self, hub: Hub[T], position: int) -> None:
        self.position = position
        self._hub = hub
        self._epoch = hub.epoch
        self.caught_up = position >= hub.first

    @property
    def behind(self) -> bool:
        """It is not at the end of the hub, or in another epoch."""
        return self.position != self._hub.end or self._epoch != self._hub.epoch

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
