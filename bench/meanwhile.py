"""How long /livez takes while a server has something heavy to do, beside how long it takes at rest.

Each case has a server of its own: 100,000 directories of runs, as many session records, one line
of a gigabyte, 200,000 bad lines, forty pages asked for at once, and 250 pages that were opened and
left. Printed are the median, and the slowest one, in ms, and the memory of the server.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import psutil
from tornado.httpclient import AsyncHTTPClient

from events import write_run
from server import serve

LIMIT_MS = 50.0
PAUSE_SECONDS = 0.005
RUN = "/watch/runs/run"
META = json.dumps({"run_id": "r", "mode": "shadow", "symbol": "BTC/EUR", "timeframe": "1m"})

Prepare = Callable[[Path], None]
Work = Callable[[str], Awaitable[None]]


def directories(root: Path) -> None:
    """Write as many runs as a directory may ever have."""
    for number in range(100_000):
        directory = root / "live_runs" / f"run_{number:06}"
        directory.mkdir(parents=True)
        (directory / "meta.json").write_text(META)


def records(root: Path) -> None:
    """Write as many session records, a tenth of them open."""
    directory = root / "reports" / "experiments" / "live_sessions"
    directory.mkdir(parents=True)
    for number in range(100_000):
        record = {
            "session_id": f"s{number:06}",
            "run_type": "live_session_shadow",
            "mode": "shadow",
            "status": "completed" if number % 10 else "started",
            "started_at": "2026-01-15T08:00:00",
            "finished_at": "2026-01-15T09:00:00" if number % 10 else None,
            "metrics": {"realized_pnl": 1.5, "max_drawdown": 0.1},
        }
        (directory / f"s{number:06}.json").write_text(json.dumps(record))


def telemetry(root: Path, name: str) -> Path:
    """Return the path of a telemetry log."""
    path = root / "logs" / "execution" / f"{name}.jsonl"
    path.parent.mkdir(parents=True)
    return path


def long_line(root: Path) -> None:
    """Write a line of a gigabyte."""
    with telemetry(root, "long").open("wb") as stream:
        for _ in range(1024):
            stream.write(b"x" * 2**20)


def bad_lines(root: Path) -> None:
    """Write lines that are no JSON."""
    telemetry(root, "bad").write_bytes(b"{bad 1234567890\n" * 200_000)


def one_run(root: Path) -> None:
    """Write a run whose page is opened."""
    write_run(root, "run", 5000)


async def ask(address: str) -> None:
    """Ask once, for as long as it takes."""
    await AsyncHTTPClient().fetch(address, request_timeout=600, raise_error=False)


async def list_runs(base: str) -> None:
    """List the runs."""
    await ask(f"{base}/runs")
    await ask(f"{base}/api/v0/quality")
    await ask(f"{base}/watch")


async def list_sessions(base: str) -> None:
    """List the sessions, and what is counted of all of them."""
    for path in (
        "/api/live_sessions",
        "/api/live_sessions/stats",
        "/freshz",
        "/",
        "/api/v0/quality",
    ):
        await ask(f"{base}{path}")


async def read_logs(base: str) -> None:
    """Read all logs."""
    await ask(f"{base}/api/telemetry?limit=10")
    await ask(f"{base}/api/v0/quality")


async def open_pages(base: str) -> None:
    """Open pages at once."""
    await asyncio.gather(*(ask(f"{base}{RUN}") for _ in range(40)))


async def leave_pages(base: str) -> None:
    """Open pages, and wait until they are swept."""
    for _ in range(250):
        await ask(f"{base}{RUN}")
    await asyncio.sleep(35)


async def waited(port: int, pages: int) -> tuple[float, float]:
    """Return the longest that /livez takes at rest, and while so many pages are built, in ms."""
    AsyncHTTPClient.configure(None, max_clients=500)
    base = f"http://127.0.0.1:{port}"
    await ask(f"{base}{RUN}")  # imports what pages are made of
    await asyncio.sleep(1)
    rest = await livez(base, asyncio.ensure_future(asyncio.sleep(2)))
    asked = asyncio.gather(*(ask(f"{base}{RUN}") for _ in range(pages)))
    return max(rest), max(await livez(base, asked))


CASES: tuple[tuple[str, Prepare, Work], ...] = (
    ("200,000 bad lines", bad_lines, read_logs),
    ("a line of 1 GB", long_line, read_logs),
    ("100,000 directories", directories, list_runs),
    ("100,000 records", records, list_sessions),
    ("40 pages at once", one_run, open_pages),
    ("250 pages opened and left", one_run, leave_pages),
)


async def livez(base: str, until: asyncio.Future[Any]) -> list[float]:
    """Return how long /livez took, again and again, in ms."""
    times = []
    while not until.done():
        begin = perf_counter()
        await ask(f"{base}/livez")
        times.append((perf_counter() - begin) * 1000)
        await asyncio.sleep(PAUSE_SECONDS)
    return times


async def measure(name: str, port: int, work: Work, process: psutil.Process) -> None:
    """Print what a case takes."""
    base = f"http://127.0.0.1:{port}"
    await ask(f"{base}/watch")  # imports what pages are made of
    await asyncio.sleep(1)
    rest = await livez(base, asyncio.ensure_future(asyncio.sleep(2)))
    before, begin = process.memory_info().rss, perf_counter()
    during = await livez(base, asyncio.ensure_future(work(base)))
    seconds, grown = perf_counter() - begin, (process.memory_info().rss - before) / 2**20
    over = sum(time > LIMIT_MS for time in during)
    print(
        f"{name}: {seconds:.1f} s; /livez takes {statistics.median(during):.1f} ms, at most"
        f" {max(during):.0f} ms ({over} of {len(during)} above {LIMIT_MS:.0f}); at rest"
        f" {statistics.median(rest):.1f} and {max(rest):.0f} ms; memory {grown:+.0f} MB"
    )


def main() -> None:
    """Measure each case, or those whose names hold the words given."""
    AsyncHTTPClient.configure(None, max_clients=500)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*")
    parser.add_argument("--port", type=int, default=8978)
    given = parser.parse_args()
    for name, prepare, work in CASES:
        if given.words and not any(word in name for word in given.words):
            continue
        with tempfile.TemporaryDirectory() as directory:
            root = Path(directory)
            prepare(root)
            with serve(root, given.port) as server:
                asyncio.run(measure(name, given.port, work, server))


if __name__ == "__main__":
    main()
