"""What a command is about: the artifacts of the settings, and the run or session of an id.

Directories that cannot be listed are told first, on standard error: without them an empty answer
says nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from difflib import get_close_matches

from peak_trade import clock
from peak_trade.contract.base.route import Context
from peak_trade.errors import NotFoundError, UnlistedError
from peak_trade.settings import Settings
from peak_trade.store.live import LiveStore

NEAR = 3
"""Ids that are named instead of one that is not there."""


@asynccontextmanager
async def artifacts(settings: Settings) -> AsyncIterator[Callable[[], Context]]:
    """Give what makes the context of an answer, as of now."""
    store = LiveStore(settings)
    try:
        await store.directories()  # what cannot be listed is logged, which is seen here
        yield lambda: Context(store, settings, clock.now())
    finally:
        await store.stop()


@dataclass(frozen=True)
class Found:
    """A run, or a session and the run that its record names, empty if there is none."""

    run_id: str
    session_id: str = ""


async def find(context: Context, name: str) -> Found:
    """Return the run, or else the session, of this id.

    Raises
    ------
    NotFoundError
        If there is neither; it names the nearest ids that there are.
    """
    store = context.store
    if await store.known_runs({name}):
        return Found(name)
    with suppress(UnlistedError):
        if record := (await store.sessions()).by_id.get(name):
            run = {record.run_id} if record.run_id else set()
            return Found(next(iter(await store.known_runs(run)), ""), name)
    raise NotFoundError(await _not_found(context, name))


async def find_run_id(context: Context, name: str) -> str:
    """Return the run of this id, or that of the session of this id.

    Raises
    ------
    NotFoundError
        If there is no such run.
    """
    found = await find(context, name)
    if not found.run_id:
        raise NotFoundError(f"The session {name} has no run that is there.")
    return found.run_id


async def _not_found(context: Context, name: str) -> str:
    with suppress(UnlistedError):
        await context.store.index()
    local = context.store.local
    known = [*local.index.summaries, *local.sessions.by_id]
    near = get_close_matches(name, known, NEAR, 0.3)
    rest = f"nearest: {', '.join(near)}" if near else "`peak-trade ls` lists what there is"
    return f"no run or session {name!r}; {rest}"
