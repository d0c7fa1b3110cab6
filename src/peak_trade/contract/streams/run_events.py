"""The event log of a run as server-sent events, for any number of followers.

Frames: `pt_event` with `id:` = seq; `gap` with the range of seqs that a slow reader missed;
`reset` with the new epoch when known rows may have changed, after which rows come from 0 again;
a comment every five seconds.

Guarantees: while a run is followed, one task reads its file, and each new event is encoded once
for all followers of its hub. Ids and epochs are made of the file's content: a client may go on at
any process of the same root, before and after a restart, and misses and repeats nothing. All of it
lives on the event-loop thread: what a follower is given is never older than what any other answer
has shown.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import re
from collections.abc import Callable
from functools import partial
from typing import Final

from typing_extensions import override

from peak_trade import clock, jsonio
from peak_trade.contract.base.route import EVENT_STREAM, Context, EventStream, Raw, Sink
from peak_trade.contract.runs.params import EventsParams
from peak_trade.contract.runs.rows import event_items, events, find_events
from peak_trade.contract.runs.schema import EventItem, EventItems
from peak_trade.contract.streams.follower import Follower
from peak_trade.contract.streams.hub import TOO_MANY_STREAMS, Hub, frame
from peak_trade.errors import OverloadedError
from peak_trade.store.live import LiveStore
from peak_trade.store.runs_state import RunState
from peak_trade.store.slots import Change

KEPT_FRAMES: Final = 2000
FRAMES_AT_ONCE: Final = 200
REFRESH_SECONDS: Final = 0.5
PING_SECONDS: Final = 5.0
_SEQ: Final = re.compile(r"\d{1,18}", re.ASCII)
PING: Final = b": ping\n\n"
RESET: Final = b"id:\nevent: reset\ndata: %s\n\n"
"""The empty id makes a browser forget its `Last-Event-ID`, which names a row of the old epoch."""


class RunStreams:
    """All streams of run events of a process."""

    def __init__(self, store: LiveStore, max_followers: int) -> None:
        self._store = store
        self._max_followers = max_followers
        self._runs: dict[str, _Followed] = {}

    @property
    def followers(self) -> int:
        """Number of clients that follow a run."""
        return sum(len(run.hub.followers) for run in self._runs.values())

    def stop(self) -> None:
        """End all streams."""
        for run in tuple(self._runs.values()):
            run.hub.close()

    async def build(
        self, context: Context, params: EventsParams, run_id: str
    ) -> EventItems | Raw | EventStream:
        """Give a page of the event log, or a stream of it if the client asks for one."""
        if not _is_stream(context, params):
            return await events(context, params, run_id)
        state = await find_events(context, run_id, "events_not_available: {}")
        if self.followers >= self._max_followers:
            raise OverloadedError(TOO_MANY_STREAMS)
        since = _resumed(context.headers.get("Last-Event-ID", ""), params.since_seq)
        if params.follow:
            return EventStream(partial(self._follow, state, since, params))
        items = event_items(state, since, params.limit, context.now.isoformat())
        return Raw(b"".join(map(_frame, items)), EVENT_STREAM)

    def _follow(
        self, state: RunState, since: int, params: EventsParams, sink: Sink
    ) -> Callable[[], None]:
        run = self._runs.get(state.run_id)
        if run is None:
            run = self._runs[state.run_id] = _Followed(self._store, state, self._runs.pop)
        return _Follower(run, since, params, sink).leave


async def page_revision(context: Context, params: EventsParams, run_id: str) -> int | None:
    """Return the revision of a page of the event log; None of a stream.

    None also if an event has no time, as the time of the answer stands for it.
    """
    state = None if _is_stream(context, params) else await context.store.run(run_id)
    return state.revision if state and not state.events.faults.untimed else None


def _is_stream(context: Context, params: EventsParams) -> bool:
    return params.sse or "text/event-stream" in context.headers.get("Accept", "")


class _Followed:
    """One followed run: the hub of its events, and the tasks that read its file and ping."""

    def __init__(self, store: LiveStore, state: RunState, on_left: Callable[[str], object]) -> None:
        self.state = state
        events = state.events
        self.hub: Hub[bytes] = Hub(KEPT_FRAMES, epoch=events.epoch, end=events.metrics.steps)
        self._store = store
        self._on_left = on_left
        self._unsubscribe = store.subscribe(self._on_change)
        loop, nothing = asyncio.get_running_loop(), contextvars.Context()
        self._tasks = [
            loop.create_task(work, context=nothing) for work in (self._refresh(), self._ping())
        ]

    def left(self) -> None:
        """End if nobody follows any more."""
        if not self.hub.followers:
            self._unsubscribe()
            self._on_left(self.state.run_id)
            for task in self._tasks:
                task.cancel()
            del self._unsubscribe, self._tasks  # they refer to this, which nobody needs any more

    async def _refresh(self) -> None:
        """Read the file again and again; what is found comes back through `_on_change`."""
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            with contextlib.suppress(OverloadedError):
                await self._store.run(self.state.run_id, rows=True)

    async def _ping(self) -> None:
        while True:
            await asyncio.sleep(PING_SECONDS)
            self.hub.tell(PING)

    def _on_change(self, change: Change) -> None:
        if (change.family, change.key) != ("run", self.state.run_id):
            return
        state = self._store.local.runs.get(change.key)
        if state is not None and state.events.has_rows:
            self._advance(state)

    def _advance(self, state: RunState) -> None:
        hub, known, steps = self.hub, self.hub.end, state.events.metrics.steps
        self.state = state
        if known > 0 and state.events.epoch != hub.epoch:
            hub.restart(state.events.epoch, steps)
        elif steps > known:
            hub.epoch = state.events.epoch
            first = max(known, steps - KEPT_FRAMES)
            items = event_items(state, first, steps - first, clock.now().isoformat())
            hub.extend(map(_frame, items), steps)


class _Follower(Follower[bytes]):
    """A client that is sent the events of a run, for so many seconds."""

    __slots__ = ("_limit", "_run", "_timer")

    def __init__(self, run: _Followed, since: int, params: EventsParams, sink: Sink) -> None:
        self._run = run
        self._limit = params.limit
        loop, nothing = asyncio.get_running_loop(), contextvars.Context()
        self._timer = loop.call_later(params.max_seconds, sink.end, context=nothing)
        super().__init__(run.hub, since, sink)

    @override
    def leave(self) -> None:
        super().leave()
        self._timer.cancel()
        self._run.left()

    @override
    def next(self) -> bytes:
        """Return the next frames; older ones than the hub keeps are made of the known rows."""
        if self.reset():
            return RESET % jsonio.dumps({"epoch": self._run.hub.epoch})
        if self.caught_up:
            gap, frames = self.take(FRAMES_AT_ONCE)
            if gap:
                frames.insert(0, frame("gap", {"from_seq": gap.first, "to_seq": gap.last}))
            return b"".join(frames)
        wanted = min(self._limit, self._run.hub.first - self.position, FRAMES_AT_ONCE)
        items = event_items(self._run.state, self.position, wanted, clock.now().isoformat())
        self.skip(len(items))
        return b"".join(map(_frame, items))


def _resumed(last_event_id: str, since: int) -> int:
    """Return the position after the last event that a reconnecting client has seen."""
    return int(last_event_id) + 1 if _SEQ.fullmatch(last_event_id) else since


def _frame(item: EventItem) -> bytes:
    return b"id: %d\nevent: pt_event\ndata: %s\n\n" % (item["seq"], jsonio.dumps(item))
