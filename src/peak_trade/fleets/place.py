"""Where a dataset is written: outside of what is watched, and replaced as a whole.

`OUT` is a link to a version of the dataset, a hidden directory beside it; what finished batches
gave lies in another one, so that a build that was ended goes on where it was. Guarantees: whoever
follows `OUT` finds the version before or the one after, each whole; the version before stays
until the next build, for those who still read it; one build of a place at a time.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from peak_trade.contract.fleet.columns import SCHEMA
from peak_trade.contract.fleet.dataset import PARTITIONING, FleetError, version_of
from peak_trade.fleets.judge import MONTHS

MAX_PARTITIONS: Final = 12 * len(MONTHS) + 1
ROWS_OF_GROUP: Final = 16_384


class Place:
    """The place of one dataset, while it is built."""

    def __init__(self, out: Path, number: str) -> None:
        self.out = out
        self.number = number
        self._batches = out.with_name(f".{out.name}.batches")
        self.finished = sorted(self._batches.glob("*.parquet"))
        """What batches of a build gave that was ended before its dataset was written."""

    @property
    def current(self) -> Path | None:
        """The version that is the dataset now."""
        return version_of(self.out)

    def keep(self, name: str, rows: pa.Table) -> Path:
        """Write what a batch gave; it is there as a whole, or not at all."""
        with _written(self.out):
            self._batches.mkdir(exist_ok=True)
            draft = self._batches / f"{self.number}-{name}.tmp"
            pq.write_table(rows, draft)
            return draft.replace(draft.with_suffix(".parquet"))

    def replace(self, batches: Iterable[pa.RecordBatch], provenance: dict[str, str]) -> None:
        """Make these rows the dataset; `provenance` is written into each file."""
        version, before = self.out.with_name(f".{self.out.name}.{self.number}"), self.current
        with _written(self.out):
            self._write(version, batches, provenance)
            link = self.out.with_name(f".{self.out.name}.{self.number}.link")
            link.symlink_to(version.name)
            link.replace(self.out)
            _sync(self.out.parent)
        self._tidy({version, before})

    def _write(
        self, version: Path, batches: Iterable[pa.RecordBatch], provenance: dict[str, str]
    ) -> None:
        ds.write_dataset(
            batches,
            version,
            schema=SCHEMA.with_metadata(provenance),
            format="parquet",
            partitioning=PARTITIONING,
            basename_template=f"{self.number}-{{i}}.parquet",
            max_partitions=MAX_PARTITIONS,
            max_open_files=64,
            min_rows_per_group=ROWS_OF_GROUP,  # else each batch is a group of its own
            max_rows_per_group=ROWS_OF_GROUP,
            file_options=ds.ParquetFileFormat().make_write_options(compression="zstd"),
            existing_data_behavior="error",
        )
        version.mkdir(exist_ok=True)  # without rows nothing is written
        for path in (*version.rglob("*"), version):
            _sync(path)

    def _tidy(self, kept: set[Path | None]) -> None:
        """Remove versions that nobody reads any more, and what builds left that were ended."""
        for path in self.out.parent.glob(f".{self.out.name}.*"):
            if path.is_dir() and not path.is_symlink() and path not in kept:
                shutil.rmtree(path, ignore_errors=True)


@contextmanager
def place(out: Path, watched: Iterable[Path], number: str) -> Iterator[Place]:
    """Yield the place of a dataset, for one build alone.

    Raises
    ------
    FleetError
        If it is among what is watched, is something else than a dataset, or is being built.
    """
    out = out.parent.resolve() / out.name
    for root in watched:
        if out == root or root in out.parents:
            raise FleetError(
                f"{out} is inside {root}, which is watched, and nothing is ever written there;"
                " name a directory outside of it with --out"
            )
    ours = out.is_symlink() and out.readlink().name.startswith(f".{out.name}.")
    if not ours and (out.exists() or out.is_symlink()):
        raise FleetError(f"{out} is there, and no fleet dataset; name another one with --out")
    with _written(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        lock = out.with_name(f".{out.name}.lock").open("w")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FleetError(f"{out} is being built by another process") from None
        yield Place(out, number)


@contextmanager
def _written(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FleetError(f"{out} cannot be written: {error.strerror or error}") from None


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
