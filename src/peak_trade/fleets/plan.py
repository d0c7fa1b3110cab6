"""What a build has to do for each root: runs to judge, and rows to keep.

Guarantees: of a root that is away all rows stay, and it is said why; what of a store is not in its
copy is said as well.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import pyarrow.dataset as ds

from peak_trade.artifacts import files
from peak_trade.artifacts.runs import run_names
from peak_trade.fleets.judge import Files, Job, read_registry, run_files
from peak_trade.progress import Progress
from peak_trade.storage.objects import Found
from peak_trade.store.roots import Root
from peak_trade.store.run_files import RUN_FILES


class Known(NamedTuple):
    """What is known of a run; `source` is the place in the list of what rows are kept of."""

    digest: str
    session_id: str | None
    active: bool
    source: int


@dataclass
class Plan:
    """Of one root: runs to judge, ids of the rows that are kept by source, and odd entries.

    `away` is why nothing of the root can be read.
    """

    job: Job
    changed: list[Path] = field(default_factory=list)
    kept: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    odd: Mapping[str, str] = field(default_factory=dict)
    away: str = ""

    @property
    def kept_rows(self) -> int:
        """The number of rows that are kept."""
        return sum(map(len, self.kept.values()))


def known_of(sources: Sequence[ds.Dataset]) -> dict[str, Known]:
    """Return what is known of each run; what a later source says is newer."""
    known: dict[str, Known] = {}
    names = ["run_id", "digest", "session_id", "active"]
    for number, source in enumerate(sources):
        for batch in source.to_batches(columns=names):
            columns = (batch[name].to_pylist() for name in names)
            for run_id, digest, session_id, active in zip(*columns, strict=True):
                known[run_id] = Known(digest, session_id, bool(active), number)
    return known


def plan(
    root: Root, number: str, now: datetime, known: Mapping[str, Known], progress: Progress
) -> Plan:
    """Return what is to be done for a root; one by address is copied as far as it has changed."""
    copied = root.mirror.bring(progress) if root.mirror is not None else None
    # What judges is sent to other processes, and reads the copy.
    planned = Plan(Job(number, replace(root, mirror=None), now), away=why_away(root))
    if not planned.away:
        with files.within(tuple(root.paths.artifacts.values())):
            try:
                _look(planned, known, copied)
            except files.UnusableError as error:
                planned.away = f"its runs cannot be listed: {error}"
    return checked(planned, root, known)


def checked(planned: Plan, root: Root, known: Mapping[str, Known]) -> Plan:
    """Return the plan; if the root is away now, one that keeps all that is known of it.

    One that vanishes while it is listed or judged looks empty.
    """
    away = planned.away or why_away(root)
    if not away:
        return planned
    kept = Plan(planned.job, away=away)
    for run_id, row in known.items():
        if root.has(run_id):
            kept.kept[row.source].append(run_id)
    return kept


def why_away(root: Root) -> str:
    """Return why the runs of a root cannot be read; empty if they can."""
    reason = root.withheld(None)
    if not reason:
        with suppress(files.UnusableError), files.within((root.paths.runs,)):
            if not files.is_directory(root.paths.runs):
                reason = f"there is no directory of runs {root.paths.runs}"
    return reason


def warnings_of(root: Root, planned: Plan) -> list[str]:
    """Return what has to be said of the rows of a root."""
    name = f"the root {root.name}" if root.name else "the root"
    if planned.away:
        return [f"{name}: {planned.away}; {planned.kept_rows} of its rows stay as they were"]
    told = root.mirror.told() if root.mirror is not None else None
    if told is None:
        return []
    faults = [f"{name}: {told.fault}; its copy was judged"] if told.fault else []
    return faults + [f"{name}: {one.file}: {one.reason}" for one in told.read_errors.examples]


def _look(planned: Plan, known: Mapping[str, Known], copied: Mapping[str, Found] | None) -> None:
    """Sort the runs of a root; of a copy that was just made it is known what files there are."""
    root = planned.job.root
    registry = read_registry(root)
    path, names, planned.odd = run_names(root.paths.runs, root.key)
    base = os.fspath(path)
    below = os.path.relpath(root.paths.runs, root.paths.root)  # as the copy's objects are named
    for key, name in names.items():
        run_id = files.shown(key)
        row = known.get(run_id)
        if copied is None:
            seen = run_files(f"{base}/{name}")
        else:
            seen = _copied_files(copied, f"{below}/{name}")
        told = registry.sessions.by_run.get(key)
        session_id = told.session_id if told else row.session_id if row else None
        digest = registry.digest(key, seen, session_id)
        if row is not None and row.digest == digest and not row.active:
            planned.kept[row.source].append(run_id)
        elif seen:
            planned.changed.append(path / name)


def _copied_files(copied: Mapping[str, Found], directory: str) -> Files:
    """Return what `run_files` would see of a run in a copy, without asking the system."""
    files = ((name, copied.get(f"{directory}/{name}")) for name in RUN_FILES)
    return tuple((name, one.size, one.modified_ns) for name, one in files if one is not None)
