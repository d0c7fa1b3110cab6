"""Many runners: N runs that grow by M rows a second together, and the server that watches them.

`python bench/writers.py --runs 1000 --rows 17` prints the rows that were written, what part of a
core the server used meanwhile, with the list of runs asked for every five seconds, and its memory.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from itertools import cycle
from pathlib import Path
from urllib.request import urlopen

from events import append, write_run
from server import free_port, serve

LOOK_SECONDS = 5.0


def grown(paths: list[Path], rows: int, seconds: float, url: str) -> int:
    """Append a row to one run after the other at this rate; return how many there were."""
    begin = looked = time.monotonic()
    for written, path in enumerate(cycle(paths)):
        wait = begin + written / rows - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        now = time.monotonic()
        if now - begin >= seconds:
            return written
        append(path, 2 + written // len(paths), 1)
        if now - looked >= LOOK_SECONDS:
            looked = now
            urlopen(url).read()
    raise AssertionError


def measure(runs: int, rows: int, seconds: float) -> None:
    """Print what the server takes."""
    with tempfile.TemporaryDirectory() as name:
        root, port = Path(name), free_port()
        paths = [write_run(root, f"run{place:05}", 1) for place in range(runs)]
        with serve(root, port) as server:
            url = f"http://127.0.0.1:{port}/api/v0/runs_table"
            found = json.loads(urlopen(url).read())
            assert found["total"] == runs
            before, begin = server.cpu_times(), time.monotonic()
            written = grown(paths, rows, seconds, url)
            took, after = time.monotonic() - begin, server.cpu_times()
            used = after.user + after.system - before.user - before.system
            memory = server.memory_info().rss / 2**20
    print(
        f"{runs} runs, {written / took:.1f} rows/s: {used / took:.1%} of a core,"
        f" {used / written * 1000:.1f} ms of CPU a row, {memory:.0f} MiB"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--rows", type=int, default=17, help="a second, of all runs together")
    parser.add_argument("--seconds", type=float, default=30)
    given = parser.parse_args()
    measure(given.runs, given.rows, given.seconds)
