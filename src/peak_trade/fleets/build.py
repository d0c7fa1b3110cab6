"""Building a dataset: what is known of unchanged runs is kept, the others are judged.

A run is unchanged if the digest of its files, of its session's record and log, and of the version
of the program is that of its row. A run that was active is judged again: its books depend on the
time. What batches gave is kept until the dataset is written, so that a build that was ended goes
on with the next one. Of a root that is away all rows stay. Rows go through in batches; of all runs
only id and digest are in memory.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from itertools import count, islice
from pathlib import Path
from typing import Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from peak_trade import clock
from peak_trade.contract.fleet.columns import SCHEMA
from peak_trade.contract.fleet.dataset import FleetError, open_dataset, usable
from peak_trade.fleets.cluster import Batch, cluster
from peak_trade.fleets.judge import VERSION, Job, as_rows, failed
from peak_trade.fleets.place import Place, place
from peak_trade.fleets.plan import Plan, checked, known_of, plan, warnings_of
from peak_trade.progress import Progress, untold
from peak_trade.settings import Settings
from peak_trade.store.paths import watched
from peak_trade.store.roots import Root

BATCH: Final = 128
"""Runs that a process judges at a time."""


class Built(NamedTuple):
    """What a build did: runs by how their rows came about, and rows without figures.

    `warnings` are roots that are away, and what of a store is not in its copy.
    """

    runs: int
    judged: int
    kept: int
    failed: int
    warnings: tuple[str, ...] = ()


def build(
    settings: Settings,
    out: Path,
    scheduler: str | None = None,
    progress: Progress = untold,
) -> Built:
    """Make the dataset `out` that of all runs below the roots.

    Raises
    ------
    FleetError
        If the runs of no root can be listed, the dataset cannot be written where it is to be, or
        the scheduler cannot be reached; the dataset is then as it was.
    NotInstalledError
        If Dask is needed and not there, or what a root by address needs.
    """
    roots, now = Root.all_of(settings), clock.now()
    number = f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    places = {root.paths.root or root.paths.runs for root in roots}.union(watched(settings))
    with place(out, places, number) as target:
        current = _usable(open_dataset(target.current)) if target.current else None
        finished = (_usable(_files([path])) for path in target.finished)
        sources = [source for source in (current, *finished) if source]
        known = known_of(sources)
        plans = [plan(root, number, now, known, progress) for root in roots]
        _check_there(plans)
        made = _judge(plans, target, scheduler, progress)
        for at, root in enumerate(roots):
            plans[at] = checked(plans[at], root, known)
        _check_there(plans)
        files = [path for planned in plans if not planned.away for path in made[planned.job]]
        kept = sum(planned.kept_rows for planned in plans)
        if files or current is None or kept != current.count_rows():
            provenance = {"version": VERSION, "as_of": now.isoformat()}
            target.replace(_rows(sources, plans, files), provenance)
    version = target.current
    assert version is not None
    dataset = open_dataset(version)
    lost = dataset.count_rows(filter=pc.field("status") == "failed")
    runs = dataset.count_rows()
    told = zip(roots, plans, strict=True)
    warnings = tuple(line for root, planned in told for line in warnings_of(root, planned))
    return Built(runs, runs - kept, kept, lost, warnings)


def _check_there(plans: Sequence[Plan]) -> None:
    """Refuse to make a dataset of roots none of which can be read."""
    reasons = [planned.away for planned in plans]
    if all(reasons):
        raise FleetError(f"No run can be read: {'; '.join(reasons)}")


def _usable(dataset: ds.Dataset) -> ds.Dataset | None:
    """Return a dataset all of whose rows can be read; of another there is nothing to keep."""
    try:
        for batch in dataset.to_batches():
            usable(batch)
    except (OSError, pa.ArrowException):
        return None
    return dataset


def _files(paths: list[Path]) -> ds.Dataset:
    return ds.dataset([str(path) for path in paths], schema=SCHEMA, format="parquet")


def _judge(
    plans: Sequence[Plan], target: Place, scheduler: str | None, progress: Progress
) -> dict[Job, list[Path]]:
    """Judge what changed; return the files with the rows."""
    made: dict[Job, list[Path]] = {planned.job: [] for planned in plans}
    done, total, numbers = 0, sum(len(planned.changed) for planned in plans), count()

    def keep(job: Job, rows: pa.Table) -> None:
        made[job].append(target.keep(f"{next(numbers):06}", rows))

    for planned in plans:
        if planned.odd:
            entries = sorted(planned.odd.items())
            keep(planned.job, as_rows(failed(planned.job, *entry) for entry in entries))
    if not total:
        return made
    with cluster(scheduler, total) as judged:
        for batch, rows in judged(_batches(plans)):
            keep(batch.job, rows)
            done += rows.num_rows
            progress("judged", min(done, total), total)
    return made


def _batches(plans: Sequence[Plan]) -> Iterator[Batch]:
    for planned in plans:
        rest = iter(planned.changed)
        while directories := tuple(islice(rest, BATCH)):
            yield Batch(planned.job, directories)


def _rows(
    sources: Sequence[ds.Dataset], plans: Sequence[Plan], made: list[Path]
) -> Iterator[pa.RecordBatch]:
    for number, source in enumerate(sources):
        wanted = [run_id for planned in plans for run_id in planned.kept.get(number, ())]
        if wanted:
            yield from source.to_batches(filter=pc.field("run_id").isin(pa.array(wanted)))
    if made:
        yield from _files(made).to_batches()
