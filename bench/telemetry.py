"""What a request about a long telemetry log costs: 1,000,000 events, read once, then asked again.

Prints the first read, then for each route the median time of a request and the longest time for
which the event loop stood still meanwhile.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

from peak_trade import clock
from peak_trade.contract.base.route import Context
from peak_trade.contract.execution import timeline as execution
from peak_trade.contract.execution.params import ExecutionParams
from peak_trade.contract.telemetry import events as telemetry
from peak_trade.contract.telemetry.params import TelemetryParams
from peak_trade.settings import load
from peak_trade.store.live import LiveStore

KINDS = ("intent", "order", "fill")
START = datetime(2026, 1, 1, tzinfo=UTC)
ROUNDS = 7
TICK_SECONDS = 0.001


def write_log(root: Path, count: int) -> Path:
    """Write one log of `count` events below `root`."""
    path = root / "logs" / "execution" / "log.jsonl"
    path.parent.mkdir(parents=True)
    with path.open("w") as stream:
        for number in range(count):
            stream.write(line(number))
    return path


def line(number: int) -> str:
    """Return one event."""
    payload = {"side": "buy", "quantity": 0.01, "client_id": f"c{number}"}
    event = {
        "ts": (START + timedelta(seconds=number)).isoformat(),
        "session_id": "log",
        "symbol": ("BTC/EUR", "ETH/EUR")[number % 2],
        "mode": "shadow",
        "kind": KINDS[number % 3],
        "payload": payload,
    }
    return json.dumps(event) + "\n"


async def stalls(longest: list[float]) -> None:
    """Note the longest time for which the loop did not come back."""
    while True:
        begin = time.perf_counter()
        await asyncio.sleep(TICK_SECONDS)
        longest[0] = max(longest[0], time.perf_counter() - begin - TICK_SECONDS)


async def measure(
    name: str, path: Path, numbers: Iterator[int], ask: Callable[[], Awaitable[object]]
) -> None:
    """Print what asking costs after each append of one event."""
    longest = [0.0]
    watcher = asyncio.create_task(stalls(longest))
    seconds = []
    for _ in range(ROUNDS):
        with path.open("a") as stream:
            stream.write(line(next(numbers)))
        begin = time.perf_counter()
        await ask()
        seconds.append(time.perf_counter() - begin)
    watcher.cancel()
    print(
        f"{name}: {statistics.median(seconds) * 1000:.1f} ms a request,"
        f" loop held up {longest[0] * 1000:.1f} ms at most"
    )


async def main(count: int) -> None:
    """Measure the routes over one log."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        path = write_log(root, count)
        settings = load(None, {"dashboard.root": str(root)}).settings
        context = Context(LiveStore(settings), settings, clock.now())
        begin = time.perf_counter()
        await context.store.log("log")
        memory = psutil.Process().memory_info().rss / 2**20
        took = time.perf_counter() - begin
        print(f"{count:,} events: first read {took:.1f} s; resident memory {memory:.0f} MiB")
        numbers = itertools.count(count)
        newest = ExecutionParams()
        await measure(
            "execution timeline", path, numbers, lambda: execution.execution(context, newest, "log")
        )
        query = TelemetryParams(session_id="log")
        await measure(
            "telemetry of one log", path, numbers, lambda: telemetry.telemetry(context, query)
        )
        every = TelemetryParams()
        await measure(
            "telemetry of all logs", path, numbers, lambda: telemetry.telemetry(context, every)
        )
        await context.store.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    asyncio.run(main(parser.parse_args().events))
