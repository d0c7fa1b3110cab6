"""What a query of the fleet finds, summed up: points or their density, a distribution, groups.

The figures of a version are columns of numbers, so that 100,000 runs are summed up in some
hundredths of a second; what was summed up is kept, as sorting and turning pages ask for it again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from typing_extensions import TypedDict

from peak_trade.contract.base import fields as f
from peak_trade.contract.base.listing import ROOT
from peak_trade.contract.fleet.columns import UNKNOWN
from peak_trade.contract.fleet.search import (
    KEPT,
    NAMES,
    Columns,
    Positions,
    columns_at,
    matching,
)
from peak_trade.derive.arrays import Floats
from peak_trade.frozen import frozen

MAX_POINTS: Final = 2_000
"""Runs that are drawn one by one; of more, how many there are in each cell."""
CELLS: Final = (48, 32)
"""Cells of the density along the drawdown and along the return."""
BINS: Final = 40
OUTER: Final = 0.005
"""Part of the values at each end that is counted in the outermost bin: one odd run widens none."""

GROUPED: Final = ("strategy", "symbol", "month")
"""What the page has a table of groups for; where the dataset is of several roots, they are one."""


class FleetPoint(TypedDict):
    """One run of the scatter."""

    run_id: f.RunId
    strategy: f.Strategy
    total_return: Annotated[float, f.about("Return of the run", 0.05, unit=f.FRACTION)]
    max_drawdown: Annotated[float, f.about("Deepest drawdown, <= 0", -0.02, unit=f.FRACTION)]
    trades: Annotated[int, f.about("Closed trades", 12)]


class FleetDensity(TypedDict):
    """How many runs are in each cell of a grid; outliers are in the outermost cells."""

    drawdowns: Annotated[
        list[float], f.about("Edges along the deepest drawdown", [-0.2, 0.0], unit=f.FRACTION)
    ]
    returns: Annotated[list[float], f.about("Edges along the return", [-0.1, 0.1], unit=f.FRACTION)]
    counts: Annotated[list[list[int]], f.about("By drawdown, then by return", [[3]])]


class FleetDistribution(TypedDict):
    """How many runs have which return; outliers are in the outermost bins."""

    edges: Annotated[list[float], f.about("Edges of the bins", [-0.1, 0.1], unit=f.FRACTION)]
    counts: Annotated[list[int], f.about("Runs in each bin", [3])]


class FleetGroup(TypedDict):
    """The runs of one strategy, symbol, month or root."""

    name: Annotated[str, f.about("What they have in common, empty if not known", "ma_crossover")]
    runs: Annotated[int, f.about("Number of them", 120)]
    failed: Annotated[int, f.about("Those that could not be read", 0)]
    median_return: Annotated[float | None, f.about("Of those with one", 0.01, unit=f.FRACTION)]
    worst_drawdown: Annotated[float | None, f.about("The deepest", -0.12, unit=f.FRACTION)]
    trades: Annotated[int, f.about("Closed trades of all", 1400)]
    books: Annotated[int, f.about("Runs with checks of the books that failed", 1)]
    read_errors: Annotated[int, f.about("Runs with something that could not be read", 2)]


class FleetSummary(TypedDict):
    """All runs that match."""

    overall: Annotated[FleetGroup, f.about("All of them as one group, without a name")]
    points: Annotated[
        list[FleetPoint],
        f.about(f"Runs with a return and a drawdown; none if there are more than {MAX_POINTS:,}"),
    ]
    density: Annotated[FleetDensity | None, f.about("In place of points that are too many")]
    returns: Annotated[FleetDistribution | None, f.about("Null without any return")]
    by_strategy: Annotated[list[FleetGroup], f.about("Those with the most runs first")]
    by_symbol: Annotated[list[FleetGroup], f.about("Those with the most runs first")]
    by_month: Annotated[list[FleetGroup], f.about("By the month of the start, newest first")]
    by_root: Annotated[list[FleetGroup], f.about("By the root, where there are several")]


@dataclass(frozen=True, slots=True)
class _Figures:
    """Columns of a version by the position of a row; what is not known is NaN."""

    returns: Floats
    drawdowns: Floats
    trades: Floats
    failed: npt.NDArray[np.bool_]
    books: npt.NDArray[np.bool_]
    read_errors: npt.NDArray[np.bool_]
    groups: dict[str, tuple[list[str], Positions]]
    """Names of each kind of group, and the number of each row's name."""

    def at(self, positions: Positions) -> _Figures:
        """Return these rows alone."""
        columns: dict[str, Any] = {
            name: getattr(self, name)[positions] for name in _Figures.__slots__ if name != "groups"
        }
        groups = {kind: (names, codes[positions]) for kind, (names, codes) in self.groups.items()}
        return _Figures(**columns, groups=groups)


@lru_cache(maxsize=KEPT)
def summary(version: Path, query: str) -> FleetSummary:
    """Return what the runs of a version that match a query have in common.

    Raises
    ------
    FleetError
        If the version cannot be read, or is too large to be searched.
    """
    columns, positions = columns_at(version), matching(version, query, "")
    return frozen(_summed_up(columns, positions, _figures(version).at(positions)))


@lru_cache(maxsize=1)
def _figures(version: Path) -> _Figures:
    table = columns_at(version).table

    def numbers(name: str) -> Floats:
        values = table.column(NAMES[name]).cast(pa.float64()).to_numpy()
        return np.where(np.isfinite(values), values, np.nan)

    return _Figures(
        returns=numbers("return"),
        drawdowns=numbers("maxdd"),
        trades=np.nan_to_num(numbers("trades")),
        failed=pc.not_equal(_texts(table, "status"), "ok").to_numpy(),
        books=numbers("books") > 0,
        read_errors=numbers("read_errors") > 0,
        groups={kind: _coded(_texts(table, kind)) for kind in (*GROUPED, ROOT)},
    )


def _texts(table: pa.Table, name: str) -> pa.ChunkedArray:
    return table.column(NAMES[name]).fill_null("")


def _coded(values: pa.ChunkedArray) -> tuple[list[str], Positions]:
    names = pc.unique(values).sort()
    return names.to_pylist(), pc.index_in(values, names).to_numpy()


def _summed_up(columns: Columns, positions: Positions, figures: _Figures) -> FleetSummary:
    drawn = np.flatnonzero(~np.isnan(figures.returns) & ~np.isnan(figures.drawdowns))
    few = drawn.size <= MAX_POINTS
    whole = ([""], np.zeros(len(positions), np.int32))
    strategy, symbol, month, root = (
        list(_groups(figures, *groups)) for groups in figures.groups.values()
    )
    for groups in (strategy, symbol):
        groups.sort(key=lambda group: -group["runs"])
    month.sort(key=lambda group: (group["name"] != UNKNOWN, group["name"]), reverse=True)
    overall = next(_groups(figures, *whole), None)
    return {
        "overall": overall or NOBODY,
        "points": _points(columns.taken(positions[drawn]), figures.trades[drawn]) if few else [],
        "density": None if few else _density(figures.drawdowns[drawn], figures.returns[drawn]),
        "returns": _distribution(figures.returns),
        "by_strategy": strategy,
        "by_symbol": symbol,
        "by_month": month,
        "by_root": [group for group in root if group["name"]],
    }


def _points(drawn: Columns, trades: Floats) -> list[FleetPoint]:
    of = (drawn["run"], drawn["strategy"], drawn["return"], drawn["maxdd"], trades.tolist())
    return [
        {
            "run_id": run_id,
            "strategy": strategy,
            "total_return": total_return,
            "max_drawdown": max_drawdown,
            "trades": int(closed),
        }
        for run_id, strategy, total_return, max_drawdown, closed in zip(*of, strict=True)
    ]


NOBODY: Final[FleetGroup] = {
    "name": "",
    "runs": 0,
    "failed": 0,
    "median_return": None,
    "worst_drawdown": None,
    "trades": 0,
    "books": 0,
    "read_errors": 0,
}

NOTHING: Final[FleetSummary] = {
    "overall": NOBODY,
    "points": [],
    "density": None,
    "returns": None,
    "by_strategy": [],
    "by_symbol": [],
    "by_month": [],
    "by_root": [],
}


def _groups(figures: _Figures, names: list[str], codes: Positions) -> Iterator[FleetGroup]:
    """Yield the groups that have a run, in the order of their names."""
    size = len(names)

    def counted(of: npt.NDArray[Any] | None = None) -> list[int]:
        return list(np.bincount(codes, of, size).astype(np.int64).tolist())

    worst = np.full(size, np.inf)
    known = ~np.isnan(figures.drawdowns)
    np.minimum.at(worst, codes[known], figures.drawdowns[known])
    columns = (
        counted(),
        counted(figures.failed),
        _medians(figures.returns, codes, size),
        [None if np.isinf(value) else value for value in worst.tolist()],
        counted(figures.trades),
        counted(figures.books),
        counted(figures.read_errors),
    )
    for name, runs, failed, median, deepest, trades, books, errors in zip(
        names, *columns, strict=True
    ):
        if runs:
            yield {
                "name": name,
                "runs": runs,
                "failed": failed,
                "median_return": median,
                "worst_drawdown": deepest,
                "trades": trades,
                "books": books,
                "read_errors": errors,
            }


def _medians(values: Floats, codes: Positions, size: int) -> list[float | None]:
    """Return the median of the known values of each group; None without any."""
    medians = pd.Series(values).groupby(codes).median().reindex(range(size))
    return [None if np.isnan(median) else median for median in medians.tolist()]


def _edges(values: Floats, bins: int) -> Floats:
    low, high = np.quantile(values, (OUTER, 1 - OUTER))
    if low == high:
        low, high = low - 0.005, high + 0.005
    return np.linspace(low, high, bins + 1)


def _within(values: Floats, edges: Floats) -> Floats:
    return np.clip(values, edges[0], edges[-1])


def _density(drawdowns: Floats, returns: Floats) -> FleetDensity:
    edges = _edges(drawdowns, CELLS[0]), _edges(returns, CELLS[1])
    counts, *_ = np.histogram2d(
        _within(drawdowns, edges[0]), _within(returns, edges[1]), bins=edges
    )
    return {
        "drawdowns": edges[0].tolist(),
        "returns": edges[1].tolist(),
        "counts": counts.astype(np.int64).tolist(),
    }


def _distribution(returns: Floats) -> FleetDistribution | None:
    known = returns[~np.isnan(returns)]
    if not known.size:
        return None
    edges = _edges(known, BINS)
    counts, _ = np.histogram(_within(known, edges), bins=edges)
    return {"edges": edges.tolist(), "counts": counts.tolist()}
