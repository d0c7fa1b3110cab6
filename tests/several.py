"""Several workers of one parent: where each listens, which process it is, how it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psutil

from serving import SERVE, Served, wait_until

TWO = [*SERVE, "--workers", "2"]


@dataclass(frozen=True)
class Worker(Served):
    """One of them; `process` is the parent's."""

    number: int = 0

    @property
    def own(self) -> psutil.Process:
        """The process that listens at its port."""
        children = psutil.Process(self.process.pid).children()
        [found] = [child for child in children if self.port in ports_of(child)]
        return found

    def told(self, other: Worker) -> Any:
        """Return what it says of another one, or of itself."""
        [found] = [w for w in self.ask("/health").json["workers"] if w["worker"] == other.number]
        return found


def ports_of(process: psutil.Process) -> set[int]:
    """Return where a process listens."""
    try:
        found = process.net_connections()
    except psutil.Error:
        return set()
    return {one.laddr.port for one in found if one.status == psutil.CONN_LISTEN}


def workers_of(parent: Served, count: int = 2) -> list[Worker]:
    """Return the workers of a parent once all of them serve."""
    urls = [parent.url.replace(f":{parent.port}", f":{parent.port + n}") for n in range(count)]
    workers = [Worker(parent.process, url, parent.log, n) for n, url in enumerate(urls, 1)]
    wait_until(lambda: all(workers[0].told(one)["state"] == "up" for one in workers))
    return workers
