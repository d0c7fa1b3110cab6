"""What judging a run costs at 1,000,000 events, against a snapshot of the same run.

Prints the first read with and without judging and their ratio; then medians of requests for the
statistics, the checked books and a snapshot, of an unchanged run and each after 10 appended rows,
and their ratios. All of it is CPU time of the process, so that a busy machine does not change the
ratios.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from events import append, write_run
from peak_trade import clock
from peak_trade.contract.base.route import Context, Params
from peak_trade.contract.runs import books, judged
from peak_trade.contract.runs import snapshot as runs
from peak_trade.settings import load
from peak_trade.store.live import LiveStore
from peak_trade.store.reading import one_question

ROUNDS = 30
FIRSTS = 2
Ask = Callable[[Context, Params, str], Awaitable[object]]

ASKED: dict[str, Ask] = {
    "snapshot": runs.snapshot,
    "statistics": judged.statistics,
    "books": books.books,
}


async def seconds(ask: Ask, context: Context, run_id: str) -> float:
    """Return the CPU seconds that one answer takes."""
    begin = time.process_time()
    with one_question():
        await ask(context, Params(), run_id)
    return time.process_time() - begin


async def first_read(root: Path, run_id: str, ask: Ask) -> float:
    """Return the least time of some first answers, each of a new store."""
    found = []
    for _ in range(FIRSTS):
        loaded = load(None, {"dashboard.root": str(root)})
        context = Context(LiveStore(loaded.settings), loaded.settings, clock.now())
        found.append(await seconds(ask, context, run_id))
        await context.store.stop()
    return min(found)


async def main(count: int) -> None:
    """Measure first reads, then requests after each append."""
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        path = write_run(root, "long", count)
        firsts = {name: await first_read(root, "long", ask) for name, ask in ASKED.items()}
        for name, first in firsts.items():
            print(
                f"{count:>9,} events, first read, {name}: {first:6.2f} s, "
                f"ratio {first / firsts['snapshot']:.2f}"
            )
        loaded = load(None, {"dashboard.root": str(root)})
        context = Context(LiveStore(loaded.settings), loaded.settings, clock.now())
        for ask in ASKED.values():
            await seconds(ask, context, "long")
        for rows in (0, 10):
            times: dict[str, list[float]] = {name: [] for name in ASKED}
            for _ in range(ROUNDS):
                for name, ask in ASKED.items():
                    append(path, count + 1, rows)
                    count += rows
                    times[name].append(await seconds(ask, context, "long"))
            medians = {name: statistics.median(taken) * 1000 for name, taken in times.items()}
            for name, median in medians.items():
                ratio = median / medians["snapshot"]
                print(f"after {rows} rows, {name}: {median:7.3f} ms, ratio {ratio:.2f}")
        await context.store.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    asyncio.run(main(parser.parse_args().events))
