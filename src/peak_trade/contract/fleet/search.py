"""The table of a fleet: searched and sorted in the query language; for the command, scripts, files.

What can be asked for is in memory once for the version of the dataset that is asked. A row is a
tuple: 100,000 of them are searched in well under a second.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC
from functools import lru_cache
from operator import itemgetter
from pathlib import Path
from threading import Lock
from typing import Any, ClassVar, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import Field

from peak_trade.contract.base import downloads, listing
from peak_trade.contract.base.query import Language, Name, Number, Text, Time
from peak_trade.contract.base.route import Context, Raw
from peak_trade.contract.fleet.columns import SCHEMA, TEXT, TIME
from peak_trade.contract.fleet.dataset import FleetError, existing, open_dataset, read, readable
from peak_trade.errors import NotFoundError

MAX_SEARCHED: Final = 1_000_000
"""Rows that are held in memory; a greater dataset is for DuckDB, pandas and the like."""

NAMES: Final = {
    "run": "run_id",
    "status": "status",
    "mode": "mode",
    "strategy": "strategy",
    "symbol": "symbol",
    "timeframe": "timeframe",
    "session": "session_id",
    "month": "month",
    "reason": "reason",
    "wrong": "books_wrong",
    "started": "started",
    "ended": "ended",
    "updated": "last_event",
    "events": "events",
    "return": "total_return",
    "cagr": "cagr",
    "volatility": "volatility",
    "sharpe": "sharpe",
    "sortino": "sortino",
    "maxdd": "max_drawdown",
    "dd": "drawdown",
    "exposure": "exposure",
    "trades": "trades",
    "pnl": "net_profit",
    "win_rate": "win_rate",
    "profit_factor": "profit_factor",
    "fees": "fees",
    "slippage": "slippage",
    "books": "books_failed",
    "blocked": "blocked",
    "rejected": "rejected",
    "read_errors": "read_errors",
}
"""What a column of the dataset is called in a query; `books` are the checks that failed."""

FleetRow = tuple[Any, ...]
"""Values in the order of `NAMES`, and then the position of the row in the dataset."""

POSITION: Final[Callable[[FleetRow], int]] = itemgetter(len(NAMES))


def _asked(place: int, column: str) -> Name[FleetRow]:
    kind = {TEXT: Text, TIME: Time}.get(SCHEMA.field(column).type, Number)
    named: Name[FleetRow] = kind(itemgetter(place))
    return named


FLEET: Final[Language[FleetRow]] = Language(
    {name: _asked(place, column) for place, (name, column) in enumerate(NAMES.items())}
)


class FleetTableParams(listing.ListParams):
    """Which runs of the fleet, in which order."""

    language: ClassVar[Language[FleetRow]] = FLEET

    offset: int = Field(
        0, ge=0, le=MAX_SEARCHED, description="Rows that match to leave out before the first one"
    )


class FleetFileParams(FleetTableParams, listing.Format):
    """The same, and in which form."""


def rows_of(table: pa.Table) -> list[FleetRow]:
    """Return the rows of a dataset with what can be asked for."""
    columns = map(_values, map(table.column, NAMES.values()))
    return list(zip(*columns, range(table.num_rows), strict=True))


def _values(column: pa.ChunkedArray) -> list[Any]:
    if column.type == TEXT:
        return list(column.fill_null("").to_pylist())
    if column.type != TIME:
        return list(column.to_pylist())
    # Of times with a zone Arrow makes objects one by one, which takes ten times as long.
    times = column.cast(pa.timestamp("us")).to_numpy().tolist()
    return [None if time is None else time.replace(tzinfo=UTC) for time in times]


_LOADING: Final = Lock()


@lru_cache(maxsize=1)
def _loaded(version: Path) -> list[FleetRow]:
    with readable():
        count = open_dataset(version).count_rows()
    if count > MAX_SEARCHED:
        raise FleetError(
            f"The fleet dataset has {count:,} runs, and at most {MAX_SEARCHED:,} are searched here;"
            " ask it with DuckDB or pandas"
        )
    return rows_of(read(version, list(NAMES.values())))


def version_at(path: Path | None) -> Path:
    """Return the directory of the version that is the dataset at a place now.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    if path is None:
        raise NotFoundError("There is no fleet dataset: `path` in [fleet] of the settings is empty")
    return existing(path)


def rows_at(version: Path) -> list[FleetRow]:
    """Return the rows of a version; read once for each version.

    Raises
    ------
    FleetError
        If it cannot be read, or has more than `MAX_SEARCHED` rows.
    """
    with _LOADING:
        return _loaded(version)


class Found(NamedTuple):
    """What a query finds in the version of the dataset that is asked."""

    version: Path
    total: int
    rows: Sequence[FleetRow]
    """Those that match, sorted."""


KEPT: Final = 8
"""Queries whose positions are kept: turning a page of a list asks for the same one again."""


@lru_cache(maxsize=KEPT)
def _positions(version: Path, query: str, sort: str) -> npt.NDArray[np.int32]:
    if sort:  # of what the query alone finds, which the summary asks for too
        found = FLEET.sort(matching(version, query), sort)
    else:
        matches = FLEET.parse(query)
        found = [row for row in rows_at(version) if matches(row)]
    return np.fromiter(map(POSITION, found), np.int32, len(found))


def find(path: Path | None, query: str, sort: str = "") -> Found:
    """Return the rows that match a query, sorted.

    Raises
    ------
    NotFoundError
        If there is no dataset.
    FleetError
        If it cannot be read, or has more than `MAX_SEARCHED` rows.
    """
    version = version_at(path)
    return Found(version, len(rows_at(version)), matching(version, query, sort))


def matching(version: Path, query: str, sort: str = "") -> list[FleetRow]:
    """Return the rows of a version that match a query, sorted; raises as `rows_at` does."""
    rows = rows_at(version)
    if not query and not sort:
        return rows
    return [rows[position] for position in _positions(version, query, sort).tolist()]


async def fleet_table(context: Context, params: FleetFileParams) -> listing.Listed | Raw:
    """Give the runs of the fleet as JSON or as a file."""
    name = downloads.called("fleet", at=context.now)
    return await context.store.compute(
        lambda: table(context.settings.fleet_path, params, params.format, name)
    )


def table(
    path: Path | None, params: FleetTableParams, form: str, name: str
) -> listing.Listed | Raw:
    """Return the rows that match, sorted, as JSON or as a file; raises as `find` does."""
    found = find(path, params.q, params.sort)
    return listing.answer(found.total, found.rows, params, form, name, params.offset)
