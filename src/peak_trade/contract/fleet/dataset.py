"""Reading a fleet dataset: Parquet files in directories by month, behind one link.

The link leads to one version of the dataset, and a new one takes its place at once: a reader looks
where it leads first, and then reads from there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from peak_trade.artifacts import files, times
from peak_trade.contract.fleet.columns import MONTH, SCHEMA, TEXT, TIME
from peak_trade.errors import NotFoundError, PeakTradeError

PARTITIONING: Final = ds.partitioning(pa.schema([(MONTH, TEXT)]), flavor="hive")
T = TypeVar("T", pa.Table, pa.RecordBatch)
_FIRST: Final = pa.scalar(times.FIRST, TIME)
_LAST: Final = pa.scalar(times.LAST, TIME)
BUILD: Final = "peak-trade fleet build --out {}"


class FleetError(PeakTradeError):
    """A fleet dataset cannot be built or read; the message says why, and what to do."""

    http_status = 404


def version_of(path: Path) -> Path | None:
    """Return the directory of the version that is the dataset now; None if there is no dataset."""
    found = Path(os.path.realpath(path))  # unlike `resolve`, a loop of links raises nothing
    return found if files.is_directory(found) else None


def existing(path: Path) -> Path:
    """Return the directory of the version that is the dataset now.

    Raises
    ------
    NotFoundError
        If there is no dataset.
    """
    version = version_of(path)
    if version is None:
        raise NotFoundError(f"There is no fleet dataset; build one: {BUILD.format(path.name)}")
    return version


@contextmanager
def readable() -> Iterator[None]:
    """Say so where files of a dataset cannot be read.

    Raises
    ------
    FleetError
        If they cannot.
    """
    try:
        yield
    except (OSError, pa.ArrowException) as error:
        raise FleetError("The fleet dataset cannot be read; build it again") from error


def open_dataset(version: Path) -> ds.Dataset:
    """Return a version as a dataset with the columns of `columns`.

    Raises
    ------
    FleetError
        If its files cannot be listed.
    """
    with readable():
        return ds.dataset(version, schema=SCHEMA, format="parquet", partitioning=PARTITIONING)


def read(path: Path, columns: list[str] | None = None) -> pa.Table:
    """Return the rows of a dataset, all of whose texts and times can be shown.

    Raises
    ------
    NotFoundError
        If there is no dataset.
    FleetError
        If its files cannot be read.
    """
    version = existing(path)
    with readable():
        return usable(open_dataset(version).to_table(columns=columns))


def usable(table: T) -> T:
    """Return a table, or a batch of one, if its texts are UTF-8 and its times have years 1 to 9999.

    A build writes no others, and every reader in Python would fail at them.

    Raises
    ------
    pyarrow.ArrowInvalid
        If they are not.
    """
    table.validate(full=True)
    for column in table.columns:
        if column.type == TIME:
            ends = pc.min_max(column)
            outside = pc.or_(pc.less(ends["min"], _FIRST), pc.greater(ends["max"], _LAST))
            if outside.as_py():
                raise pa.ArrowInvalid("a time is outside of the years 1 to 9999")
    return table
