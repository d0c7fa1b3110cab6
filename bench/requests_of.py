"""Rows about requests to a warm server, each beside a bare Tornado handler."""

from __future__ import annotations

import http.client
import json
import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from time import perf_counter

import psutil

from bare import bare
from case import Case, Figure, beside, seconds
from events import append, write_run
from server import free_port, serve

EVENTS, RUNS = 1_000_000, 10_000
EACH = 30
QUIET, QUIET_SECONDS = 5.0, 1.0
"""A server that takes fewer percent of a core for so long rests."""


class Asking:
    """Requests over one connection that stays open."""

    def __init__(self, port: int, process: psutil.Process | None = None) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
        self._process = process

    def __call__(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body of an answer."""
        self._connection.request("GET", path, headers=headers)
        answer = self._connection.getresponse()
        body = answer.read()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body

    def settle(self) -> None:
        """Wait until the server rests: at its start it reads what nobody has asked for."""
        while self._process is not None and self._process.cpu_percent(QUIET_SECONDS) > QUIET:
            pass


@contextmanager
def serving(prepare: Callable[[Path], object]) -> Iterator[tuple[Asking, Path]]:
    """Serve a directory that `prepare` fills."""
    with tempfile.TemporaryDirectory() as name:
        root, port = Path(name), free_port()
        prepare(root)
        with serve(root, port) as process:
            yield Asking(port, process), root


def compared(ask: Asking, path: str, status: int = 200, **headers: str) -> Figure:
    """Measure a request beside the bare handler."""
    with bare() as port:
        floor = Asking(port)
        assert ask(path, **headers)[0] == status, path
        ask.settle()
        taken, least = beside(lambda: ask(path, **headers), lambda: floor("/"), each=EACH)
    return Figure(taken * 1000, "ms", least * 1000)


def long_run(root: Path) -> None:
    """Write a run of a million events."""
    write_run(root, "run", EVENTS)


def of_run(path: str) -> Figure:
    """Measure a request about a run of a million events that was read before."""
    with serving(long_run) as (ask, _):
        return compared(ask, path)


def not_modified() -> Figure:
    """Measure an answer that the client has already."""
    with serving(lambda root: write_run(root, "run", 1000)) as (ask, _):
        path = "/runs/run/snapshot"
        tag = ask(path)[1]["etag"]
        return compared(ask, path, 304, **{"If-None-Match": tag})


def many_runs(root: Path) -> None:
    """Write many short runs, most of which have ended."""
    for number in range(RUNS):
        path = write_run(root, f"run_{number:05}", 3)
        if number % 100:
            meta = path.with_name("meta.json")
            ended = json.loads(meta.read_text()) | {"ended_at": "2026-01-01T01:00:00+00:00"}
            meta.write_text(json.dumps(ended))


def list_first() -> Figure:
    """Measure from the start of the server to the first list of runs."""
    with tempfile.TemporaryDirectory() as name:
        root, port = Path(name), free_port()
        many_runs(root)
        begin = perf_counter()
        with serve(root, port):
            assert json.loads(Asking(port)("/runs")[2])
            return Figure(perf_counter() - begin, "s")


def list_warm() -> Figure:
    """Measure the list of runs while nothing changes."""
    with serving(many_runs) as (ask, _):
        return compared(ask, "/runs")


def append_to_stream() -> Figure:
    """Measure from the write of a row to its arrival at one follower."""
    with serving(lambda root: write_run(root, "run", 1000)) as (ask, root), bare() as port:
        path = root / "live_runs" / "run" / "events.csv"
        floor, taken, least = Asking(port), [], []
        ask("/runs/run/snapshot")
        follower = follow(ask)
        for turn in range(20):
            least.append(seconds(lambda: floor("/")))
            begin = perf_counter()
            append(path, 1001 + turn, 1)
            while b"pt_event" not in follower.readline():
                pass
            taken.append(perf_counter() - begin)
        return Figure(statistics.median(taken) * 1000, "ms", statistics.median(least) * 1000)


def follow(ask: Asking) -> http.client.HTTPResponse:
    """Open a stream of new rows."""
    connection = ask._connection  # noqa: SLF001
    connection.request(
        "GET", "/api/v0/runs/run/events?sse=1&follow=1&max_seconds=600&since_seq=1000"
    )
    return connection.getresponse()


def about_a_run(name: str, path: str, goal: float) -> Case:
    """Return the row of a request about a run of a million events."""
    return Case(name, f"GET {path}, {EVENTS:,} events", goal, partial(of_run, path))


CASES = (
    about_a_run("snapshot", "/runs/run/snapshot", 2.0),
    about_a_run("metrics", "/api/v0/runs/run/metrics", 2.0),
    about_a_run("run", "/api/v0/runs/run", 2.0),
    about_a_run("tail", "/runs/run/tail?limit=50", 2.5),
    about_a_run("equity", "/api/v0/runs/run/equity?limit=500", 2.5),
    about_a_run("events", "/api/v0/runs/run/events?limit=200", 2.5),
    about_a_run("signals", "/api/v0/runs/run/signals?limit=100", 2.5),
    about_a_run("positions", "/api/v0/runs/run/positions?limit=100", 2.5),
    about_a_run("orders", "/api/v0/runs/run/orders?limit=500", 2.5),
    Case("304", "an answer that the client has", 1.3, not_modified),
    Case("list-first", f"start to the first /runs, {RUNS:,} runs", 2.5, list_first, times=False),
    Case("list-warm", f"/runs of {RUNS:,} runs, nothing changes", 3.0, list_warm),
    Case("stream", "a written row to one follower", 20.0, append_to_stream, times=False),
)
