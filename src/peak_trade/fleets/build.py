"""Building a dataset: what is known of unchanged runs is kept, the others are judged.

A run is unchanged if the digest of its files, of its session's record and log, and of the version
of the program is that of its row. A run that was active is judged again: its books depend on the
time. What batches gave is kept until the dataset is written, so that a build that was ended goes
on with the next one. Rows go through in batches; of all runs only their digests are in memory.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path
from typing import Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from peak_trade import clock
from peak_trade.artifacts import files
from peak_trade.artifacts.runs import run_directories
from peak_trade.contract.fleet.columns import SCHEMA
from peak_trade.contract.fleet.dataset import FleetError, open_dataset, usable
from peak_trade.fleets.cluster import Batch, cluster
from peak_trade.fleets.judge import (
    VERSION,
    Job,
    Registry,
    as_rows,
    failed,
    read_registry,
    run_files,
)
from peak_trade.fleets.place import Place, place
from peak_trade.settings import Settings
from peak_trade.store.paths import Paths

BATCH: Final = 128
"""Runs that a process judges at a time."""

Progress = Callable[[int, int], object]
"""Called with the runs that were judged so far, and all that have to be."""


class Built(NamedTuple):
    """What a build did: runs by how their rows came about, and rows without figures."""

    runs: int
    judged: int
    kept: int
    failed: int


class _Known(NamedTuple):
    digest: str
    session_id: str | None
    active: bool
    source: int
    """Place in the list of what rows are kept of."""


@dataclass
class _Plan:
    """Runs to judge, the digests of the rows that are kept by source, and odd entries."""

    changed: list[Path] = field(default_factory=list)
    kept: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    odd: Mapping[str, str] = field(default_factory=dict)


def build(
    settings: Settings,
    out: Path,
    scheduler: str | None = None,
    progress: Progress | None = None,
) -> Built:
    """Make the dataset `out` that of all runs below the root.

    Raises
    ------
    FleetError
        If the runs cannot be listed, the dataset cannot be written where it is to be, or the
        scheduler cannot be reached; the dataset is then as it was.
    NotInstalledError
        If Dask is needed and not there.
    """
    paths, number = Paths.of(settings), f"{clock.now():%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    job = Job(number, paths, clock.now())
    watched = {settings.root_path, *paths.artifacts.values()}
    with place(out, watched, number) as target:
        current = _usable(open_dataset(target.current)) if target.current else None
        finished = _usable(_files(target.finished)) if target.finished else None
        sources = [source for source in (current, finished) if source]
        planned = _plan(paths, read_registry(paths), _known(sources))
        made = _judge(job, planned, target, scheduler, progress)
        kept = sum(map(len, planned.kept.values()))
        if made or current is None or kept != current.count_rows():
            provenance = {"version": VERSION, "as_of": job.now.isoformat()}
            target.replace(_rows(sources, planned, made), provenance)
    version = target.current
    assert version is not None
    dataset = open_dataset(version)
    lost = dataset.count_rows(filter=pc.field("status") == "failed")
    runs = dataset.count_rows()
    return Built(runs, runs - kept, kept, lost)


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


def _known(sources: list[ds.Dataset]) -> dict[str, _Known]:
    """Return what is known of each run; what an ended build found is newer than the dataset."""
    known: dict[str, _Known] = {}
    names = ["run_id", "digest", "session_id", "active"]
    for number, source in enumerate(sources):
        for batch in source.to_batches(columns=names):
            columns = (batch[name].to_pylist() for name in names)
            for run_id, digest, session_id, active in zip(*columns, strict=True):
                known[run_id] = _Known(digest, session_id, bool(active), number)
    return known


def _plan(paths: Paths, registry: Registry, known: Mapping[str, _Known]) -> _Plan:
    planned = _Plan()
    with files.within(tuple(paths.artifacts.values())):
        if not files.is_directory(paths.runs):
            raise FleetError(f"There is no directory of runs {paths.runs}; name the root of it")
        try:
            directories, planned.odd = run_directories(paths.runs)
        except files.UnusableError as error:
            raise FleetError(f"The runs {paths.runs} cannot be listed: {error}") from None
        for name, path in directories.items():
            seen, row = run_files(path), known.get(files.shown(name))
            told = registry.sessions.by_run.get(name)
            session_id = told.session_id if told else row.session_id if row else None
            digest = registry.digest(name, seen, session_id)
            if row is not None and row.digest == digest and not row.active:
                planned.kept[row.source].append(digest)
            elif seen:
                planned.changed.append(path)
    return planned


def _judge(
    job: Job, planned: _Plan, target: Place, scheduler: str | None, progress: Progress | None
) -> list[Path]:
    """Judge what changed; return the files with the rows."""
    made, done, total = [], 0, len(planned.changed)
    if planned.odd:
        odd = (failed(job, name, reason) for name, reason in sorted(planned.odd.items()))
        made.append(target.keep("odd", as_rows(odd)))
    if not planned.changed:
        return made
    with cluster(scheduler, total) as judged:
        numbers = count()
        for rows in judged(job, _batches(planned.changed)):
            made.append(target.keep(f"{next(numbers):06}", rows))
            done += rows.num_rows
            if progress:
                progress(min(done, total), total)
    return made


def _batches(paths: list[Path]) -> Iterator[Batch]:
    rest = iter(paths)
    while batch := tuple(islice(rest, BATCH)):
        yield batch


def _rows(sources: list[ds.Dataset], planned: _Plan, made: list[Path]) -> Iterator[pa.RecordBatch]:
    for number, digests in planned.kept.items():
        wanted = pc.field("digest").isin(pa.array(digests))
        yield from sources[number].to_batches(filter=wanted)
    if made:
        yield from _files(made).to_batches()
