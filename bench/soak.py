"""Soak: a server under writers, readers, viewers and damage, for as many minutes as asked for.

Each turn appends to a run and a log, now and then a bad line, replaces a session, asks routes,
opens a page and leaves it, follows a stream and leaves it. Printed every ten seconds: memory,
descriptors, how long /livez takes, open pages, read errors, answers by status. It fails if an
answer is an error of the server, if a bad line is not counted, or if descriptors or memory, but for
that of pages, go on growing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import psutil
from tornado.httpclient import AsyncHTTPClient

from events import append, write_run
from open_pages import OpenPage
from server import serve

ROWS = 2000
SAMPLE_SECONDS = 10.0
BUSY = 503
MAX_GROWTH_MB, MAX_MORE_DESCRIPTORS = 64.0, 16
"""From the second third of the time to its end: what was grown until then stays."""
PAGE_MB = 4.0
"""What a page takes that is open or was left within the last half minute."""

PATHS = (
    "/runs",
    "/runs/run/snapshot",
    "/runs/run/tail?limit=50",
    "/api/live_sessions",
    "/api/live/alerts",
    "/api/telemetry",
    "/api/v0/pages/console",
    "/api/v0/runs/run/curve",
    "/health",
    "/readyz",
    "/metrics",
)


SESSION = {
    "session_id": "s",
    "run_id": "run",
    "run_type": "live_session_shadow",
    "mode": "shadow",
    "env_name": "soak",
    "symbol": "BTC/EUR",
    "status": "started",
    "config": {},
    "metrics": {},
}


@dataclass
class Writer:
    """Writes artifacts, and bad lines among them."""

    root: Path
    bad: int = 0
    rows: int = ROWS
    paths: dict[str, Path] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Make a run, and directories for the rest."""
        self.paths["events"] = write_run(self.root, "run", self.rows)
        self.paths["log"] = self.root / "logs" / "execution" / "run.jsonl"
        self.paths["session"] = self.root / "reports" / "experiments" / "live_sessions" / "s.json"
        for path in self.paths.values():
            path.parent.mkdir(parents=True, exist_ok=True)

    def turn(self, number: int) -> None:
        """Write a little of everything; each third turn a line that is none."""
        append(self.paths["events"], self.rows, 1)
        self.rows += 1
        now = datetime.now(UTC).isoformat()
        with self.paths["log"].open("a") as stream:
            stream.write(json.dumps({"ts": now, "session_id": "run", "kind": "order"}) + "\n")
            if number % 3 == 0:
                stream.write("{bad\n")
                self.bad += 1
        new = self.paths["session"].with_suffix(".new")
        new.write_text(json.dumps(SESSION | {"started_at": now}))
        new.replace(self.paths["session"])


@dataclass(frozen=True)
class Sample:
    """How the server is."""

    memory_mb: float
    descriptors: int
    livez_ms: float
    pages: float
    read_errors: int


class Soak:
    """The clients of one server."""

    def __init__(self, port: int, process: psutil.Process) -> None:
        self.statuses: Counter[int] = Counter()
        self._port, self._process = port, process
        self._client = AsyncHTTPClient()

    async def ask(self, path: str) -> bytes:
        """Ask, and count the status."""
        address = f"http://127.0.0.1:{self._port}{path}"
        answer = await self._client.fetch(address, raise_error=False, request_timeout=120)
        self.statuses[answer.code] += 1
        return answer.body

    async def view(self) -> None:
        """Open a page, and leave it."""
        page = OpenPage()
        await page.open(self._port)
        page.close()

    async def follow(self) -> None:
        """Follow a stream, and leave it in the middle."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(b"GET /api/v0/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await reader.readuntil(b"heartbeat")
        writer.close()

    async def turn(self, number: int) -> None:
        """Do what clients do, all at once."""
        asked = (self.ask(path) for path in PATHS)
        odd = self.ask(f"/runs/none_{number}/snapshot?x=%00%ff")
        await asyncio.gather(*asked, odd, self.view(), self.follow())

    async def sample(self) -> Sample:
        """Return how the server is now."""
        begin = perf_counter()
        await self.ask("/livez")
        took = (perf_counter() - begin) * 1000
        quality = json.loads(await self.ask("/api/v0/quality"))
        pages = re.search(
            rb"^peak_trade_open_pages (\S+)$", await self.ask("/metrics"), re.MULTILINE
        )
        memory = self._process.memory_info().rss / 2**20
        open_pages = float(pages[1]) if pages else 0.0
        return Sample(memory, self._process.num_fds(), took, open_pages, quality["read_errors"])


def problems(samples: list[Sample], statuses: Counter[int], bad: int) -> list[str]:
    """Return what must not be."""
    found = []
    errors = {code: count for code, count in statuses.items() if code >= 500 and code != BUSY}
    if errors:
        found.append(f"answers that are errors of the server: {errors}")
    if samples[-1].read_errors != bad:
        found.append(f"{samples[-1].read_errors} read errors of {bad} bad lines")
    later = samples[len(samples) // 3 :]
    more_pages = max(later[-1].pages - later[0].pages, 0)
    grown = later[-1].memory_mb - later[0].memory_mb - more_pages * PAGE_MB
    if grown > MAX_GROWTH_MB:
        found.append(f"memory grew by {grown:.0f} MB")
    if (
        later[-1].descriptors
        > max(sample.descriptors for sample in later[:-1]) + MAX_MORE_DESCRIPTORS
    ):
        found.append(f"{later[-1].descriptors} descriptors are open")
    return found


async def soak(writer: Writer, clients: Soak, minutes: float) -> list[str]:
    """Let it go on for so long; return what must not be."""
    begin, samples, number = perf_counter(), list[Sample](), 0
    while perf_counter() - begin < minutes * 60 or len(samples) < 3:
        until = perf_counter() + min(SAMPLE_SECONDS, minutes * 60 / 3)
        while perf_counter() < until:
            writer.turn(number)
            await clients.turn(number)
            number += 1
        samples.append(await clients.sample())
        now = samples[-1]
        print(
            f"{perf_counter() - begin:6.0f} s  {number} turns  {now.memory_mb:.0f} MB"
            f"  {now.descriptors} descriptors  /livez {now.livez_ms:.0f} ms  {now.pages:.0f} pages"
            f"  {now.read_errors} read errors of {writer.bad}  {dict(clients.statuses)}",
            flush=True,
        )
    return problems(samples, clients.statuses, writer.bad)


def main() -> None:
    """Soak a server of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--port", type=int, default=8977)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        writer = Writer(Path(name))
        with serve(Path(name), given.port) as server:
            found = asyncio.run(soak(writer, Soak(given.port, server), given.minutes))
    if found:
        raise SystemExit("; ".join(found))


if __name__ == "__main__":
    main()
