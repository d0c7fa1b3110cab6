"""Batches of runs on a Dask cluster.

Guarantees: a bounded number of batches is under way, whatever the number of runs; a batch whose
worker ends is done again elsewhere; one that no worker survives is done run by run, and a run that
ends its workers is a row with the reason.
"""

from __future__ import annotations

import logging
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import pyarrow as pa

from peak_trade.contract.fleet.dataset import FleetError
from peak_trade.errors import NotInstalledError
from peak_trade.fleets.judge import Job, as_rows, failed, judge_all

AHEAD: Final = 3
"""Batches under way for each thread of the cluster."""

CONNECT_SECONDS: Final = 20.0
FEW: Final = 256
"""Runs that this process judges before processes of a cluster had begun."""


class Batch(NamedTuple):
    """Runs of one root that a process judges at a time."""

    job: Job
    directories: Sequence[Path]


Judged = Callable[[Iterator[Batch]], Iterator[tuple[Batch, pa.Table]]]
"""Gives the rows of each batch, or of a part of it, as they come."""


@contextmanager
def cluster(scheduler: str | None, runs: int) -> Iterator[Judged]:
    """Yield what judges batches of so many runs.

    On a scheduler that runs, or else on as many processes as there are cores; a few runs here.

    Raises
    ------
    NotInstalledError
        If Dask is not there.
    FleetError
        If the scheduler cannot be reached.
    """
    if scheduler is None and runs <= FEW:
        yield lambda batches: ((batch, judge_all(*batch)) for batch in batches)
        return
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        raise NotInstalledError(
            "A fleet is built with Dask, which is not installed:"
            " install the package with its extra `fleet`"
        ) from None
    if scheduler is None:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        workers = LocalCluster(
            n_workers=cores,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address=None,
            worker_dashboard_address=None,
            silence_logs=logging.ERROR,  # a worker that ends late on a busy machine is no news
        )
        with workers, Client(workers) as client:
            yield lambda batches: _judged(client, batches)
        return
    try:
        client = Client(scheduler, timeout=CONNECT_SECONDS)
    except (OSError, TimeoutError, ValueError) as error:
        raise FleetError(f"The scheduler {scheduler} cannot be reached: {error}") from None
    with client:
        yield lambda batches: _judged(client, batches)


def _judged(client: Any, batches: Iterator[Batch]) -> Iterator[tuple[Batch, pa.Table]]:
    from distributed import as_completed

    asked: dict[str, Batch] = {}
    again: deque[Batch] = deque()
    under_way = as_completed()

    def fill() -> None:
        most = AHEAD * max(1, sum(client.nthreads().values()))
        while len(asked) < most:
            batch = again.popleft() if again else next(batches, None)
            if batch is None:
                return
            future = client.submit(judge_all, *batch, pure=False)
            asked[future.key] = batch
            under_way.add(future)

    fill()
    for future in under_way:
        batch = asked.pop(future.key)
        if future.cancelled():
            raise FleetError("The scheduler has gone; the next build goes on where this one was")
        error = future.exception()
        if error is None:
            yield batch, future.result()
        elif len(batch.directories) > 1:
            again.extend(Batch(batch.job, [path]) for path in batch.directories)
        else:
            reason, [path] = f"the process that judged it ended: {error}", batch.directories
            row = failed(batch.job, batch.job.root.key(path.name), reason)
            yield batch, as_rows([row])
        future.release()
        fill()
