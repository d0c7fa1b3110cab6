"""What many followers of one run cost: one server process, one client process, real sockets.

Prints the time to connect all, the delay from a row's write to its arrival at each follower
(median and 95th percentile), and the server's memory per follower.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import statistics
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import psutil

from events import append, write_run
from server import free_port, serve

ROUNDS = 20
PAUSE_SECONDS = 0.5
CONNECT_AT_ONCE = 100
MAX_FOLLOWERS = 4000
LIMIT_SECONDS = 120
REQUEST = (
    b"GET /api/v0/runs/run/events?sse=1&follow=1&max_seconds=600&since_seq=1000 HTTP/1.1\r\n"
    b"Host: localhost\r\n\r\n"
)


class Delivery(NamedTuple):
    """What one row costs with many followers, and what each of them costs."""

    p95_ms: float
    cpu_ms: float
    each_kib: float


class Follower:
    """One client: counts its frames and remembers when each arrived."""

    def __init__(self) -> None:
        self.arrivals: list[float] = []

    async def connect(self, port: int, gate: asyncio.Semaphore) -> None:
        """Open the stream and wait for its first frame."""
        async with gate:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", port)
            self._writer.write(REQUEST)
            await self._reader.readuntil(b"retry: 1000\n\n")

    async def follow(self) -> None:
        """Note the arrival of each event."""
        for _ in range(ROUNDS):
            await self._reader.readuntil(b"event: pt_event")
            self.arrivals.append(time.perf_counter())

    def close(self) -> None:
        """Go away."""
        self._writer.close()


async def measure(port: int, path: Path, count: int, server: psutil.Process) -> Delivery:
    """Connect `count` followers, write rows, print and return what was seen."""
    floor = server.memory_info().rss
    followers = [Follower() for _ in range(count)]
    gate = asyncio.Semaphore(CONNECT_AT_ONCE)
    begin = time.perf_counter()
    await asyncio.gather(*(follower.connect(port, gate) for follower in followers))
    print(f"{count:,} followers connected in {time.perf_counter() - begin:.2f} s")
    each = (server.memory_info().rss - floor) / count / 1024
    tasks = [asyncio.create_task(follower.follow()) for follower in followers]
    busy = server.cpu_times()
    written = []
    for turn in range(ROUNDS):
        written.append(time.perf_counter())
        append(path, 1001 + turn, 1)
        await asyncio.sleep(PAUSE_SECONDS)
    await asyncio.gather(*tasks)
    used = server.cpu_times()
    delays = sorted(
        (arrived - at) * 1000
        for follower in followers
        for at, arrived in zip(written, follower.arrivals, strict=True)
    )
    cpu = (used.user + used.system - busy.user - busy.system) / ROUNDS * 1000
    print(
        f"delivery of one row to all: p50 {statistics.median(delays):.0f} ms,"
        f" p95 {delays[int(0.95 * len(delays))]:.0f} ms, server {cpu:.0f} ms CPU a row;"
        f" {each:.1f} KiB of memory a follower"
    )
    for follower in followers:
        follower.close()
    return Delivery(delays[int(0.95 * len(delays))], cpu, each)


def deliver(count: int = 2000) -> Delivery:
    """Measure over a server of its own."""
    count, port = min(count, MAX_FOLLOWERS), free_port()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # the server inherits it
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        path = write_run(root, "run", 1000)
        with serve(root, port) as server:
            work = measure(port, path, count, server)
            return asyncio.run(asyncio.wait_for(work, LIMIT_SECONDS))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--followers", type=int, default=2000)
    deliver(parser.parse_args().followers)
