"""Reading a fleet dataset: Parquet files in directories by month, behind one link.

The link leads to one version of the dataset, and a new one takes its place at once: a reader looks
where it leads first, and then reads from there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.dataset as ds

from peak_trade.contract.fleet.columns import MONTH, SCHEMA, TEXT
from peak_trade.errors import NotFoundError, PeakTradeError

PARTITIONING: Final = ds.partitioning(pa.schema([(MONTH, TEXT)]), flavor="hive")
BUILD: Final = "peak-trade fleet build --out {}"


class FleetError(PeakTradeError):
    """A fleet dataset cannot be built or read; the message says which, why, and what to do."""


def version_of(path: Path) -> Path | None:
    """Return the directory of the version that is the dataset now; None if there is no dataset."""
    found = path.resolve()
    return found if found.is_dir() else None


def open_dataset(version: Path) -> ds.Dataset:
    """Return a version as a dataset with the columns of `columns`.

    Raises
    ------
    FleetError
        If its files cannot be read.
    """
    try:
        return ds.dataset(version, schema=SCHEMA, format="parquet", partitioning=PARTITIONING)
    except (OSError, pa.ArrowException) as error:
        raise FleetError(f"The fleet dataset cannot be read ({error}); build it again") from None


def read(path: Path, columns: list[str] | None = None) -> pa.Table:
    """Return the rows of a dataset.

    Raises
    ------
    NotFoundError
        If there is no dataset.
    FleetError
        If its files cannot be read.
    """
    version = version_of(path)
    if version is None:
        raise NotFoundError(f"There is no fleet dataset; build one: {BUILD.format(path.name)}")
    dataset = open_dataset(version)
    try:
        return dataset.to_table(columns=columns)
    except (OSError, pa.ArrowException) as error:
        raise FleetError(f"The fleet dataset cannot be read ({error}); build it again") from None
