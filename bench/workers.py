"""What two workers do beside one process: pages built in a second of CPU of the busiest process.

A process has one core at most, so that is the rate of a machine with a core for each, whatever else
this one does meanwhile. As many pages are asked for of each process, all processes at once.
"""

from __future__ import annotations

import http.client
import statistics
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil

from case import Case, Figure
from events import write_run
from server import free_port, serve

EVENTS, PAGES, ROUNDS = 1000, 10, 3
PATH = "/watch/runs/run"


def ask(port: int) -> None:
    """Ask for pages, one after the other."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    for _ in range(PAGES):
        connection.request("GET", PATH)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200
    connection.close()


def cpu(process: psutil.Process) -> float:
    """Return the seconds of CPU that a process has used."""
    times = process.cpu_times()
    return float(times.user + times.system)


def rate(first: int, processes: list[psutil.Process]) -> float:
    """Return the pages in a second of CPU of the busiest of processes, from a port upwards."""
    before = [cpu(process) for process in processes]
    ports = range(first, first + len(processes))
    with ThreadPoolExecutor(len(ports)) as threads:
        list(threads.map(ask, ports))
    used = [cpu(process) - start for process, start in zip(processes, before, strict=True)]
    return PAGES * len(processes) / max(used)


def shared() -> Figure:
    """Measure two workers beside one process, in turns."""
    with tempfile.TemporaryDirectory() as name:
        root, one, two = Path(name), free_port(), free_port()
        write_run(root, "run", EVENTS)
        with serve(root, one) as alone, serve(root, two, workers=2) as parent:
            turns = [(one, [alone]), (two, parent.children())]
            for turn in turns:
                rate(*turn)  # the first page of a process takes longer
            rates = [[rate(*turn) for turn in turns] for _ in range(ROUNDS)]
    floor, taken = (statistics.median(found) for found in zip(*rates, strict=True))
    return Figure(taken, "/s", floor)


CASES = (
    Case(
        "workers",
        "pages a second of CPU of the busiest of two workers, beside one process",
        1.8,
        shared,
        at_least=True,
    ),
)
