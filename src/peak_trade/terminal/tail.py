"""The events of a run as lines, and on as they come.

A run that is begun again in its directory is another epoch, and is told from its start; one that
goes on as a new run is followed there. What is missing is said: steps that are left out, and how
long nothing wrote between two runs.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from peak_trade.contract.base.route import Context
from peak_trade.contract.runs.rows import event_items
from peak_trade.contract.runs.schema import EventItem
from peak_trade.errors import NotFoundError, OverloadedError
from peak_trade.jsonio import whole
from peak_trade.store.runs_state import RunState, RunSummary

POLL_SECONDS: Final = 0.5
LOOKS: Final = 4
AT_ONCE: Final = 2_000


@dataclass(frozen=True)
class Gap:
    """What lies between two events that are told after each other."""

    why: str
    """step, restart, successor or gone."""
    text: str


Told = EventItem | Gap


async def tail(
    context: Callable[[], Context], run_id: str, last: int, *, follow: bool
) -> AsyncIterator[Told]:
    """Yield the `last` events of a run; with `follow`, then those that come.

    Raises
    ------
    NotFoundError
        If there is no such run.
    """
    state = await context().store.run(run_id, rows=True)
    if state is None:
        raise NotFoundError(f"Run not found: {run_id}")
    reader = _Reader(state, max(0, state.events.metrics.steps - last))
    for told in reader.new(context().now):
        yield told
    while follow:
        await asyncio.sleep(POLL_SECONDS)
        try:
            found = await _newer(context(), reader)
        except OverloadedError:
            continue
        for told in found:
            yield told


async def _newer(context: Context, reader: _Reader) -> list[Told]:
    """Return what came since the last look, of the run or of the one that it goes on as."""
    state = await context.store.run(reader.state.run_id, rows=True)
    found = reader.gone() if state is None else reader.advance(state, context.now)
    if found:
        reader.silent = 0
        return found
    reader.silent += 1  # the list of runs is looked at less often: there may be thousands
    if reader.silent % LOOKS == 0 and (successor := await _successor(context, reader.state)):
        after = await context.store.run(successor.run_id, rows=True)
        if after is not None and after.events.metrics.steps:
            return reader.go_on(after, context.now)
    return found


class _Reader:
    """A place in the events of a run."""

    def __init__(self, state: RunState, position: int) -> None:
        self.state = state
        self._position = position
        self._step: int | None = None
        self._is_gone = False
        self.silent = 0
        """How often nothing new was found since the last event."""

    def advance(self, state: RunState, now: datetime) -> list[Told]:
        """Return the events that are new in a later state of the run."""
        again: list[Told] = []
        events, known = state.events, self._position
        if (known and events.epoch != self.state.events.epoch) or events.metrics.steps < known:
            self._position, self._step = 0, None
            told = f"the run began again, or its events were rewritten; {known} were told before"
            again = [Gap("restart", told)]
        self._is_gone = False
        self.state = state
        return [*again, *self.new(now)]

    def gone(self) -> list[Told]:
        """Say once that the run is not there."""
        was, self._is_gone = self._is_gone, True
        return [] if was else [Gap("gone", "the run is not there any more; waiting for it")]

    def go_on(self, state: RunState, now: datetime) -> list[Told]:
        """Go on with the run that follows this one."""
        before, first = self.state.events.metrics.last_instant, state.meta.started_at
        told = f"goes on as {state.run_id}"
        if before and first:
            told += f", begun {(first - before).total_seconds():g} s after the last event"
        self.state, self._position, self._step = state, 0, None
        return [Gap("successor", told), *self.new(now)]

    def new(self, now: datetime) -> list[Told]:
        """Return the events behind the place, at most some thousand, and go there."""
        told: list[Told] = []
        items = event_items(self.state, self._position, AT_ONCE, now.isoformat())
        steps = _steps(self.state, self._position, len(items))
        for item, step in zip(items, steps, strict=True):
            if self._step is not None and step is not None and step > self._step + 1:
                told.append(Gap("step", f"steps {self._step + 1} to {step - 1} are missing"))
            self._step = step if step is not None else self._step
            told.append(item)
        self._position += len(items)
        return told


def _steps(state: RunState, first: int, count: int) -> list[int | None]:
    table = state.events.table().slice(first, count)
    if "step" not in table.column_names:
        return [None] * count
    values: list[Any] = table["step"].to_pylist()
    return [whole(value) for value in values]


async def _successor(context: Context, state: RunState) -> RunSummary | None:
    """Return the first run of the same kind that was started after the last event of this one."""
    last = state.events.metrics.last_instant
    if last is None:
        return None
    index = await context.store.index()
    later = [
        summary
        for summary in index.ordered
        if summary.run_id != state.run_id
        and _kind(summary) == _kind(state)
        and summary.meta.started_at is not None
        and summary.meta.started_at > last
    ]
    return min(later, key=lambda summary: summary.meta.started_at or last, default=None)


def _kind(run: RunState | RunSummary) -> tuple[str, ...]:
    meta = run.meta
    return meta.mode, meta.strategy_name, meta.symbol, meta.timeframe


def as_line(told: Told) -> str:
    """Return what was told as a line."""
    if isinstance(told, Gap):
        return f"-- {told.text} --"
    return f"{told['ts']} {told['level']:<7} {told['msg']}"


def as_json(told: Told) -> dict[str, Any]:
    """Return what was told as an object: an event as the routes give it, or a gap."""
    if isinstance(told, Gap):
        return {"gap": told.why, "text": told.text}
    return dict(told)
