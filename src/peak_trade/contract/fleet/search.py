"""The table of a fleet: searched and sorted in the query language; for the command, scripts, files.

What can be asked for is in memory once for the version of the dataset that is asked, as columns of
Arrow; of those that a query names, and of the rows that are listed, objects are made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from functools import lru_cache
from operator import itemgetter
from pathlib import Path
from threading import Lock
from typing import Any, ClassVar, Final, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import Field

from peak_trade.contract.base import downloads, listing
from peak_trade.contract.base.listing import ROOT
from peak_trade.contract.base.query import Language, Number, Text, Time
from peak_trade.contract.base.route import Context, Raw
from peak_trade.contract.fleet.columns import SCHEMA, TEXT, TIME
from peak_trade.contract.fleet.dataset import FleetError, existing, open_dataset, readable, usable
from peak_trade.errors import NotFoundError

R = TypeVar("R")

MAX_SEARCHED: Final = 1_000_000
"""Rows that are held in memory; a greater dataset is for DuckDB, pandas and the like."""

NAMES: Final = {
    "run": "run_id",
    ROOT: "root",
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

FleetRow = dict[str, Any]
"""Values by name of `NAMES`."""
Positions = npt.NDArray[np.int32]


def _language(of: Callable[[str], Callable[[R], Any]]) -> Language[R]:
    kinds = {TEXT: Text, TIME: Time}
    return Language(
        {
            name: kinds.get(SCHEMA.field(column).type, Number)(of(name))
            for name, column in NAMES.items()
        }
    )


FLEET: Final[Language[FleetRow]] = _language(itemgetter)


class Columns:
    """Rows of a dataset by their positions; objects are made of a column when it is asked for."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table
        self._language: Language[int] = _language(lambda name: lambda at: self[name][at])
        self._made: dict[str, list[Any]] = {}

    @property
    def several(self) -> bool:
        """The runs are those of several roots, which rows say."""
        column = self.table.column(NAMES[ROOT])
        return bool(column.null_count < len(column))

    def __getitem__(self, name: str) -> list[Any]:
        if name not in self._made:
            self._made[name] = _values(self.table.column(NAMES[name]))
        return self._made[name]

    def matching(self, query: str) -> list[int]:
        """Return the positions of the rows that match."""
        return list(filter(self._language.parse(query), range(len(self.table))))

    def sorted(self, positions: list[int], by: str) -> list[int]:
        """Return positions in the order of a name, descending if `-` precedes it."""
        return list(self._language.sort(positions, by))

    def taken(self, positions: Positions) -> Columns:
        """Return the rows at these positions alone."""
        return Columns(self.table.take(pa.array(positions)))

    def rows(self) -> list[FleetRow]:
        """Return all rows as objects."""
        columns = map(self.__getitem__, NAMES)
        return [dict(zip(NAMES, values, strict=True)) for values in zip(*columns, strict=True)]


class FleetTableParams(listing.ListParams):
    """Which runs of the fleet, in which order."""

    language: ClassVar[Language[FleetRow]] = FLEET

    offset: int = Field(
        0, ge=0, le=MAX_SEARCHED, description="Rows that match to leave out before the first one"
    )


class FleetFileParams(FleetTableParams, listing.Format):
    """The same, and in which form."""


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
def _loaded(version: Path) -> Columns:
    dataset = open_dataset(version)
    with readable():
        count = dataset.count_rows()
        if count <= MAX_SEARCHED:
            return Columns(usable(dataset.to_table(list(NAMES.values()))))
    raise FleetError(
        f"The fleet dataset has {count:,} runs, and at most {MAX_SEARCHED:,} are searched here;"
        " ask it with DuckDB or pandas"
    )


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


def columns_at(version: Path) -> Columns:
    """Return the columns of a version; read once for each version.

    Raises
    ------
    FleetError
        If it cannot be read, or has more than `MAX_SEARCHED` rows.
    """
    with _LOADING:
        return _loaded(version)


@dataclass(frozen=True, slots=True)
class Found:
    """What a query finds in the version of the dataset that is asked."""

    version: Path
    columns: Columns
    """All runs of the version."""
    positions: Positions
    """Those that match, sorted."""

    def page(self, params: FleetTableParams) -> list[FleetRow]:
        """Return the rows that are to be listed."""
        shown = self.positions[params.offset : params.offset + params.rows]
        return self.columns.taken(shown).rows()


KEPT: Final = 8
"""Queries whose positions are kept: turning a page of a list asks for the same one again."""


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
    return Found(version, columns_at(version), matching(version, query, sort))


@lru_cache(maxsize=KEPT)
def matching(version: Path, query: str, sort: str) -> Positions:
    """Return the positions of the rows that match a query, sorted; raises as `columns_at` does."""
    columns = columns_at(version)
    if sort:  # of what the query alone finds, which the summary asks for too
        found = columns.sorted(matching(version, query, "").tolist(), sort)
    else:
        found = columns.matching(query)
    return np.array(found, np.int32)


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
    total, matching = len(found.columns.table), len(found.positions)
    several = found.columns.several
    return listing.answer(total, matching, found.page(params), params, form, name, several=several)
