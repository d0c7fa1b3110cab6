"""Rows about judging a run: its first read, and requests after each new row, beside a snapshot.

In CPU time of the process. The run has a trades file with a fill in each hundred events.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from pathlib import Path

from case import Case, Figure
from events import START, append, write_run
from peak_trade import clock
from peak_trade.contract.base.route import Context, Params
from peak_trade.contract.runs import books, funnel, judged
from peak_trade.contract.runs import snapshot as runs
from peak_trade.settings import load
from peak_trade.store.live import LiveStore
from peak_trade.store.reading import one_question

EVENTS, BETWEEN_FILLS = 1_000_000, 100
FIRSTS, ROUNDS = 3, 30
RUN = "long"
Ask = Callable[[Context, Params, str], Awaitable[object]]
Measure = Callable[[Path, Ask], Coroutine[None, None, tuple[float, float]]]


def write(root: Path) -> Path:
    """Write the run with its fills; return its events."""
    path = write_run(root, RUN, EVENTS)
    lines = ["step,side,quantity,price,fee,ts"]
    for number, step in enumerate(range(1, EVENTS, BETWEEN_FILLS)):
        side = "sell" if number % 2 else "buy"
        lines.append(f"{step},{side},0.1,{1000 + number % 7},0.26,{START.isoformat()}")
    path.with_name("trades.csv").write_text("\n".join(lines) + "\n")
    return path


def new_context(root: Path) -> Context:
    """Return the context of a store that knows nothing yet."""
    settings = load(None, {"dashboard.root": str(root)}).settings
    return Context(LiveStore(settings), settings, clock.now())


async def seconds(ask: Ask, context: Context) -> float:
    """Return the CPU seconds that one answer takes."""
    begin = time.process_time()
    with one_question():
        await ask(context, Params(), RUN)
    return time.process_time() - begin


async def firsts(path: Path, ask: Ask) -> tuple[float, float]:
    """Return the least times of first answers, of `ask` and of a snapshot."""
    taken: dict[Ask, list[float]] = {ask: [], runs.snapshot: []}
    for _ in range(FIRSTS):
        for one, found in taken.items():
            context = new_context(path.parents[2])
            found.append(await seconds(one, context))
            await context.store.stop()
    return min(taken[ask]), min(taken[runs.snapshot])


async def after_rows(path: Path, ask: Ask) -> tuple[float, float]:
    """Return the medians of answers after one new row each, of `ask` and of a snapshot."""
    context, count = new_context(path.parents[2]), EVENTS
    taken: dict[Ask, list[float]] = {ask: [], runs.snapshot: []}
    for one in taken:
        await seconds(one, context)
    for _ in range(ROUNDS):
        for one, found in taken.items():
            count += 1
            append(path, count, 1)
            found.append(await seconds(one, context))
    await context.store.stop()
    return statistics.median(taken[ask]), statistics.median(taken[runs.snapshot])


def beside_a_snapshot(measure: Measure, ask: Ask) -> Figure:
    """Measure what judges a run, and its snapshot as the floor."""
    with tempfile.TemporaryDirectory() as name:
        taken, floor = asyncio.run(measure(write(Path(name)), ask))
    return Figure(taken * 1000, "ms", floor * 1000)


CASES = (
    Case(
        "first-statistics",
        f"statistics of {EVENTS:,} events read first, beside a snapshot",
        1.3,
        partial(beside_a_snapshot, firsts, judged.statistics),
    ),
    *(
        Case(
            name,
            f"{name} of {EVENTS:,} events after a new row, beside a snapshot",
            2.0,
            partial(beside_a_snapshot, after_rows, ask),
        )
        for name, ask in (
            ("statistics", judged.statistics),
            ("books", books.books),
            ("funnel", funnel.decision_funnel),
        )
    ),
)
