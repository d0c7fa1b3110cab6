"""The event log of a run as server-sent events, for any number of followers.

Frames: `pt_event` with `id:` = seq; `gap` with the range of seqs that a slow reader missed;
`reset` with the new epoch when known rows may have changed, after which rows come from 0 again;
a comment every five seconds.

Guarantees: while a run is followed, one task reads its file, and each new event is encoded once
for all; a follower is a position in the shared frames, so a slow one costs no memory and misses
rows only with a `gap`. All of it lives on the event-loop thread: what a follower is given is never
older than what any other answer has shown.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import re
from collections import deque
from collections.abc import AsyncGenerator
from itertools import islice
from typing import Final

from peak_trade import clock, jsonio
from peak_trade.contract.base.route import Context
from peak_trade.contract.runs.params import EventsParams
from peak_trade.contract.runs.rows import event_items, events, find_events
from peak_trade.contract.runs.schema import EventItem, EventItems
from peak_trade.contract.streams.changes import RETRY_MS, TOO_MANY_STREAMS
from peak_trade.errors import OverloadedError
from peak_trade.store.live import Change, LiveStore
from peak_trade.store.runs_state import RunState

KEPT_FRAMES: Final = 2000
FRAMES_AT_ONCE: Final = 200
REFRESH_SECONDS: Final = 0.5
PING_SECONDS: Final = 5.0
_SEQ: Final = re.compile(r"\d{1,18}", re.ASCII)
PING: Final = b": ping\n\n"
GAP: Final = b"event: gap\ndata: %s\n\n"
RESET: Final = b"id:\nevent: reset\ndata: %s\n\n"
"""The empty id makes a browser forget its `Last-Event-ID`, which names a row of the old epoch."""


class RunStreams:
    """All streams of run events of a process."""

    def __init__(self, store: LiveStore, max_followers: int) -> None:
        self._store = store
        self._max_followers = max_followers
        self._hubs: dict[str, _Hub] = {}

    @property
    def followers(self) -> int:
        """Number of clients that follow a run."""
        return sum(hub.followers for hub in self._hubs.values())

    async def build(
        self, context: Context, params: EventsParams, run_id: str
    ) -> EventItems | AsyncGenerator[bytes]:
        """Give a page of the event log, or a stream of it if the client asks for one."""
        if not params.sse and "text/event-stream" not in context.headers.get("Accept", ""):
            return await events(context, params, run_id)
        state = await find_events(context, run_id, "events_not_available: {}")
        if self.followers >= self._max_followers:
            raise OverloadedError(TOO_MANY_STREAMS)
        return self._stream(context, params, state)

    async def _stream(
        self, context: Context, params: EventsParams, state: RunState
    ) -> AsyncGenerator[bytes]:
        since = _resumed(context.headers.get("Last-Event-ID", ""), params.since_seq)
        if not params.follow:
            now = context.now.isoformat()
            items = event_items(state, since, params.limit, now)
            yield b"".join(map(_frame, items))
            return
        hub = self._hubs.get(state.run_id)
        if hub is None:
            hub = self._hubs[state.run_id] = _Hub(self._store, state)
        hub.join()
        try:
            yield b"retry: %d\n\n" % RETRY_MS
            deadline = clock.monotonic() + params.max_seconds
            async for data in hub.follow(since, params.limit, deadline):
                yield data
        finally:
            if hub.leave() == 0:
                self._hubs.pop(state.run_id, None)


class _Hub:
    """One followed run: the newest frames, and the task that makes them."""

    def __init__(self, store: LiveStore, state: RunState) -> None:
        self.followers = 0
        self._store = store
        self._state = state
        self._frames: deque[bytes] = deque(maxlen=KEPT_FRAMES)
        self._next = state.events.metrics.steps
        self._changed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
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
        steps = state.events.metrics.steps
        if state.events.epoch != self._state.events.epoch:
            self._frames.clear()
        elif steps > self._next:
            first = max(self._next, steps - KEPT_FRAMES)
            items = event_items(state, first, steps - first, clock.now().isoformat())
            self._frames.extend(_frame(item) for item in items)
        self._next = steps
        self._state = state
        self._changed.set_result(None)
        self._changed = asyncio.get_running_loop().create_future()

    async def follow(self, since: int, limit: int, deadline: float) -> AsyncGenerator[bytes]:
        """Yield frames from `since` on until `deadline` (monotonic seconds)."""
        epoch = self._state.events.epoch
        position, caught_up = since, False
        ping_at = clock.monotonic() + PING_SECONDS
        while (now := clock.monotonic()) < deadline:
            if epoch != self._state.events.epoch or position > self._next:
                epoch, position, caught_up = self._state.events.epoch, 0, False
                yield RESET % jsonio.dumps({"epoch": epoch})
            if now >= ping_at:
                ping_at = now + PING_SECONDS
                yield PING
            first = self._next - len(self._frames)
            caught_up = caught_up or position >= first
            if position < self._next:
                data, position = self._read(position, first, limit, caught_up=caught_up)
                caught_up = caught_up or position >= first
                yield data
                continue
            # One future for all followers, and no task for each: they are woken by the thousand.
            await asyncio.wait([self._changed], timeout=min(deadline, ping_at) - now)

    def _read(self, position: int, first: int, limit: int, *, caught_up: bool) -> tuple[bytes, int]:
        """Return frames from `position` on, and the position after them.

        A follower that has not caught up yet reads older rows from the store.
        """
        if not caught_up:
            wanted = min(limit, first - position, FRAMES_AT_ONCE)
            items = event_items(self._state, position, wanted, clock.now().isoformat())
            return b"".join(map(_frame, items)), position + len(items)
        gap = b""
        if position < first:
            gap = GAP % jsonio.dumps({"from_seq": position, "to_seq": first - 1})
            position = first
        start = position - first
        chosen = list(islice(self._frames, start, start + FRAMES_AT_ONCE))
        return gap + b"".join(chosen), position + len(chosen)


def _resumed(last_event_id: str, since: int) -> int:
    """Return the position after the last event that a reconnecting client has seen."""
    return int(last_event_id) + 1 if _SEQ.fullmatch(last_event_id) else since


def _frame(item: EventItem) -> bytes:
    return b"id: %d\nevent: pt_event\ndata: %s\n\n" % (item["seq"], jsonio.dumps(item))
