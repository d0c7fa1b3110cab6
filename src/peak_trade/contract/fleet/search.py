"""The table of a fleet: searched and sorted in the query language; for the command, scripts, files.

What can be asked for is in memory once for the version of the dataset that is asked. A row is a
tuple: 100,000 of them are searched in well under a second.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from operator import itemgetter
from pathlib import Path
from threading import Lock
from typing import Any, ClassVar, Final

import pyarrow as pa

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


class FleetFileParams(FleetTableParams, listing.Format):
    """The same, and in which form."""


def rows_of(table: pa.Table) -> list[FleetRow]:
    """Return the rows of a dataset with what can be asked for."""
    columns = [
        column.fill_null("").to_pylist() if column.type == TEXT else column.to_pylist()
        for column in map(table.column, NAMES.values())
    ]
    return list(zip(*columns, range(table.num_rows), strict=True))


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


def load(path: Path | None) -> list[FleetRow]:
    """Return the rows of the dataset that is at a place now; read once for each version.

    Raises
    ------
    NotFoundError
        If there is none.
    FleetError
        If it cannot be read, or has more than `MAX_SEARCHED` rows.
    """
    if path is None:
        raise NotFoundError("There is no fleet dataset: `path` in [fleet] of the settings is empty")
    version = existing(path)
    with _LOADING:
        return _loaded(version)


async def fleet_table(context: Context, params: FleetFileParams) -> listing.Listed | Raw:
    """Give the runs of the fleet as JSON or as a file."""
    name = downloads.called("fleet", at=context.now)
    return await context.store.compute(
        lambda: table(load(context.settings.fleet_path), params, params.format, name)
    )


def table(
    rows: Sequence[FleetRow], params: FleetTableParams, form: str, name: str
) -> listing.Listed | Raw:
    """Return the rows that match, sorted, as JSON or as a file."""
    return listing.answer(len(rows), listing.chosen(rows, params), params, form, name)
