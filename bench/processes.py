"""Rows about starting, about many who watch, and about pages in a browser."""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import tempfile
from functools import cache, partial
from pathlib import Path
from time import perf_counter

import followers
import growth
import meanwhile
import open_pages
import pages
import replay
import visible
from case import Case, Figure, beside, seconds
from server import free_port, serve

PYTHON = [sys.executable, "-P"]


def run(*words: str) -> None:
    """Run Python with these words."""
    subprocess.run([*PYTHON, *words], check=True, stdout=subprocess.DEVNULL)


def command(*words: str) -> Figure:
    """Measure a command beside an interpreter that does nothing."""
    taken, floor = beside(lambda: run("-m", "peak_trade", *words), lambda: run("-c", "pass"))
    return Figure(taken, "s", floor)


def start() -> Figure:
    """Measure from the start of a server until it listens."""
    taken: list[float] = []
    floor: list[float] = []
    for _ in range(5):
        floor.append(seconds(lambda: run("-c", "pass")))
        with tempfile.TemporaryDirectory() as name:
            begin = perf_counter()
            with serve(Path(name), free_port()):
                taken.append(perf_counter() - begin)
    return Figure(statistics.median(taken), "s", statistics.median(floor))


@cache
def delivered() -> followers.Delivery:
    """Measure what a row costs with 2,000 followers, for all rows that tell of it."""
    return followers.deliver()


@cache
def seen() -> tuple[visible.Delay, visible.Delay]:
    """Measure what a person sees, for both rows that tell of it."""
    return visible.seen()


def opened() -> Figure:
    """Measure 50 open pages beside one."""
    one, all_of_them = open_pages.watched()
    return Figure(all_of_them, "% CPU", one)


def others() -> Figure:
    """Measure how long others wait while 20 pages are built, beside how long at rest."""
    with tempfile.TemporaryDirectory() as name:
        root, port = Path(name), free_port()
        meanwhile.one_run(root)
        with serve(root, port):
            floor, longest = asyncio.run(meanwhile.waited(port, 20))
    return Figure(longest, "ms", floor)


def grown() -> Figure:
    """Measure a look at a run of a million events beside one at a run of a thousand."""
    short, long = asyncio.run(growth.grown(1_000_000))
    return Figure(long, "ms", short)


def replayed() -> Figure:
    """Measure a bar of a replay with all its artifacts beside a plain loop."""
    taken, floor = replay.compared()
    return Figure(taken, "us", floor)


def of_delay(at: int) -> Figure:
    """Return one of the delays that a person sees."""
    delay = seen()[at]
    return Figure(delay.p95_ms, "ms", delay.floor_ms)


CASES = (
    Case("start", "start until it listens", 1.5, start, times=False),
    Case("help", "peak-trade --help", 0.25, partial(command, "--help"), times=False),
    Case("config", "peak-trade config", 0.25, partial(command, "config"), times=False),
    Case("replay", "CPU of a replayed bar, beside a plain loop", 1.3, replayed),
    Case("growth", "a look at 1,000,000 events, beside 1,000", 1.4, grown),
    Case(
        "followers",
        "a row to 2,000 followers, p95",
        80.0,
        lambda: Figure(delivered().p95_ms, "ms"),
        times=False,
    ),
    Case(
        "followers-cpu",
        "CPU of a row to 2,000 followers",
        60.0,
        lambda: Figure(delivered().cpu_ms, "ms"),
        times=False,
    ),
    Case(
        "followers-memory",
        "memory of each of 2,000 followers",
        20.0,
        lambda: Figure(delivered().each_kib, "KiB"),
        times=False,
    ),
    Case("open-pages", "50 pages, one row a second, beside one at rest", 12.0, opened, times=False),
    Case(
        "page",
        "building a page of 1,000,000 events, CPU",
        0.05,
        lambda: Figure(pages.built(), "s"),
        times=False,
    ),
    Case("others", "the longest /livez while 20 pages are built", 100.0, others, times=False),
    Case(
        "first-load",
        "a page in an empty cache, on the wire",
        1.2,
        lambda: Figure(visible.first_load() / 1e6, "MB"),
        times=False,
    ),
    Case("visible", "a written row to the screen, p95", 120.0, partial(of_delay, 0), times=False),
    Case("zoom", "a zoom to the screen, p95", 100.0, partial(of_delay, 1), times=False),
)
