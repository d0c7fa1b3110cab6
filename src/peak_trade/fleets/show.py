"""What `peak-trade fleet show` prints of a dataset."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, cast

from peak_trade.contract.base.listing import ROOT, Listed
from peak_trade.contract.fleet.columns import COLUMNS, TIME
from peak_trade.contract.fleet.search import NAMES, FleetTableParams, table
from peak_trade.terminal.screen import Grid, Screen
from peak_trade.views.kit import text

SHOWN: Final = (
    *("run", ROOT, "mode", "strategy", "symbol", "started", "events", "return", "maxdd", "sharpe"),
    *("trades", "books", "read_errors"),
)
"""Columns that are shown; all of them are in the JSON."""


def show(path: Path, options: Mapping[str, Any], *, as_json: bool) -> int:
    """Print the runs that match; return how many there are.

    Raises
    ------
    ValidationError
        If the query, or another option, cannot be understood.
    NotFoundError
        If there is no dataset.
    FleetError
        If it cannot be read.
    """
    params = FleetTableParams(**options)
    found = cast("Listed", table(path, params, "json", ""))
    screen = Screen()
    if as_json:
        screen.json(found)
        return found["matching"]
    by = params.sort.removeprefix("-")
    several = ROOT in next(iter(found["rows"]), {})
    columns = [name for name in SHOWN if several or name != ROOT]
    columns += [by] if by and by not in SHOWN else []
    rows = [[_WRITTEN[name](row[name]) for name in columns] for row in found["rows"]]
    count = f"{len(rows)} of {found['matching']} that match, {found['total']} in all"
    grid = [Grid(columns, rows, frozenset(NAMES) - _TEXTS)] if rows else []
    screen.show([*grid, count])
    return found["matching"]


def _writer(name: str) -> Callable[[Any], str]:
    column = next(column for column in COLUMNS if column.name == name)
    write: Callable[[Any], str] = str
    if column.type == TIME:
        write = text.utc
    elif column.unit == "fraction":
        write = text.percent
    elif column.unit:
        write = (f"{{:,.{0 if column.unit == 'count' else 2}f}}").format
    return lambda value: text.NONE if value is None else write(value)


_WRITTEN: Final = {name: _writer(column) for name, column in NAMES.items()}
_TEXTS: Final = frozenset(
    name for name, column in NAMES.items() for one in COLUMNS if one.name == column and not one.unit
)
