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
from collections.abc import AsyncGenerator
from typing import Final

from peak_trade import clock, jsonio
from peak_trade.contract.base.route import Context
from peak_trade.contract.runs.params import EventsParams
from peak_trade.contract.runs.rows import event_items, events, find_events
from peak_trade.contract.runs.schema import EventItem, EventItems
from peak_trade.contract.streams.hub import RETRY, TOO_MANY_STREAMS, Follower, Hub, frame
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
        self._hubs: dict[str, _Followed] = {}

    @property
    def followers(self) -> int:
        """Number of clients that follow a run."""
        return sum(hub.followers for hub in self._hubs.values())

    async def build(
        self, context: Context, params: EventsParams, run_id: str
    ) -> EventItems | AsyncGenerator[bytes]:
        """Give a page of the event log, or a stream of it if the client asks for one."""
        if not _is_stream(context, params):
            return await events(context, params, run_id)
        state = await find_events(context, run_id, "events_not_available: {}")
        if self.followers >= self._max_followers:
            raise OverloadedError(TOO_MANY_STREAMS)
        since = _resumed(context.headers.get("Last-Event-ID", ""), params.since_seq)
        if params.follow:
            return self._follow(state, since, params.limit, params.max_seconds)
        items = event_items(state, since, params.limit, context.now.isoformat())
        return _once(b"".join(map(_frame, items)))

    async def _follow(
        self, state: RunState, since: int, limit: int, seconds: float
    ) -> AsyncGenerator[bytes]:
        """Yield frames for so long; nothing else of the request is kept meanwhile."""
        run_id = state.run_id
        hub = self._hubs.get(run_id)
        if hub is None:
            hub = self._hubs[run_id] = _Followed(self._store, state)
        del state  # a follower must not keep the rows of the time when it came
        hub.join()
        try:
            yield RETRY
            async for data in hub.follow(since, limit, clock.monotonic() + seconds):
                yield data
        finally:
            if hub.leave() == 0:
                self._hubs.pop(run_id, None)


async def _once(data: bytes) -> AsyncGenerator[bytes]:
    yield data


async def page_revision(context: Context, params: EventsParams, run_id: str) -> int | None:
    """Return the revision of a page of the event log; None of a stream.

    None also if an event has no time, as the time of the answer stands for it.
    """
    state = None if _is_stream(context, params) else await context.store.run(run_id)
    return state.revision if state and not state.events.faults.untimed else None


def _is_stream(context: Context, params: EventsParams) -> bool:
    return params.sse or "text/event-stream" in context.headers.get("Accept", "")


class _Followed:
    """One followed run: the hub of its events, and the task that reads its file."""

    def __init__(self, store: LiveStore, state: RunState) -> None:
        self.followers = 0
        self._store = store
        self._state = state
        events = state.events
        self._hub: Hub[bytes] = Hub(KEPT_FRAMES, epoch=events.epoch, end=events.metrics.steps)
        self._task: asyncio.Task[None] | None = None
        self._unsubscribe = store.subscribe(self._on_change)

    def join(self) -> None:
        self.followers += 1
        if self._task is None:
            loop = asyncio.get_running_loop()
            self._task = loop.create_task(self._refresh(), context=contextvars.Context())

    def leave(self) -> int:
        self.followers -= 1
        if self.followers == 0 and self._task is not None:
            self._unsubscribe()
            self._task.cancel()
        return self.followers

    async def _refresh(self) -> None:
        """Read the file again and again; what is found comes back through `_on_change`."""
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            with contextlib.suppress(OverloadedError):
                await self._store.run(self._state.run_id, rows=True)

    def _on_change(self, change: Change) -> None:
        if (change.family, change.key) != ("run", self._state.run_id):
            return
        state = self._store.local.runs.get(change.key)
        if state is not None and state.events.has_rows:
            self._advance(state)

    def _advance(self, state: RunState) -> None:
        hub, known, steps = self._hub, self._hub.end, state.events.metrics.steps
        self._state = state
        if known > 0 and state.events.epoch != hub.epoch:
            hub.restart(state.events.epoch, steps)
        elif steps > known:
            hub.epoch = state.events.epoch
            first = max(known, steps - KEPT_FRAMES)
            items = event_items(state, first, steps - first, clock.now().isoformat())
            hub.extend(map(_frame, items), steps)

    async def follow(self, since: int, limit: int, deadline: float) -> AsyncGenerator[bytes]:
        """Yield frames from `since` on until `deadline` (monotonic seconds)."""
        hub = self._hub
        follower = Follower(hub, since)
        ping_at = clock.monotonic() + PING_SECONDS
        while (now := clock.monotonic()) < deadline:
            if follower.reset():
                yield RESET % jsonio.dumps({"epoch": hub.epoch})
            if now >= ping_at:
                ping_at = now + PING_SECONDS
                yield PING
            if follower.behind:
                yield self._read(follower, limit)
                if follower.behind:  # a client that takes all at once leaves others a turn
                    await asyncio.sleep(0)
            else:
                await hub.wait(min(deadline, ping_at) - now)

    def _read(self, follower: Follower[bytes], limit: int) -> bytes:
        """Return the next frames of a follower; older ones are made of the known rows."""
        if follower.caught_up:
            gap, frames = follower.take(FRAMES_AT_ONCE)
            if gap:
                frames.insert(0, frame("gap", {"from_seq": gap.first, "to_seq": gap.last}))
            return b"".join(frames)
        wanted = min(limit, self._hub.first - follower.position, FRAMES_AT_ONCE)
        items = event_items(self._state, follower.position, wanted, clock.now().isoformat())
        follower.skip(len(items))
        return b"".join(map(_frame, items))


def _resumed(last_event_id: str, since: int) -> int:
    """Return the position after the last event that a reconnecting client has seen."""
    return int(last_event_id) + 1 if _SEQ.fullmatch(last_event_id) else since


def _frame(item: EventItem) -> bytes:
    return b"id: %d\nevent: pt_event\ndata: %s\n\n" % (item["seq"], jsonio.dumps(item))
