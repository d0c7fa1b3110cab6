"""What a look at a grown run costs at 1,000,000 events, against 1,000 events in the same run.

Prints the first read, then the median of looks after 10 appended rows each, and the ratio.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from pathlib import Path

import psutil

from events import append, write_run
from peak_trade import clock
from peak_trade.contract.base.route import Context, Params
from peak_trade.contract.runs import snapshot as runs
from peak_trade.settings import load
from peak_trade.store.live import LiveStore

ROUNDS = 200


async def measure(context: Context, path: Path, count: int) -> float:
    """Print and return the median milliseconds of a snapshot after each append of 10 rows."""
    run_id = path.parent.name
    begin = time.perf_counter()
    await runs.snapshot(context, Params(), run_id)
    first = time.perf_counter() - begin
    seconds = []
    for turn in range(ROUNDS):
        append(path, count + 1 + turn * 10, 10)
        begin = time.perf_counter()
        snapshot = await runs.snapshot(context, Params(), run_id)
        seconds.append(time.perf_counter() - begin)
        assert snapshot["total_steps"] == count + (turn + 1) * 10
    median = statistics.median(seconds) * 1000
    print(f"{count:>9,} events: first read {first:6.2f} s, then {median:6.3f} ms a look")
    return median


async def grown(count: int) -> tuple[float, float]:
    """Measure both lengths in one process; return the milliseconds of the short and the long."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        loaded = load(None, {"dashboard.root": str(root)})
        context = Context(LiveStore(loaded.settings), loaded.settings, clock.now())
        short = write_run(root, "short", 1000)
        long = write_run(root, "long", count)
        floor = await measure(context, short, 1000)
        above = await measure(context, long, count)
        memory = psutil.Process().memory_info().rss / 2**20
        print(f"ratio {above / floor:.2f}; resident memory {memory:.0f} MiB")
        await context.store.stop()
        return floor, above


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    asyncio.run(grown(parser.parse_args().events))
