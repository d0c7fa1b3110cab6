"""The dataset of all runs as a frame."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from peak_trade.contract.fleet.columns import COLUMNS
from peak_trade.contract.fleet.dataset import read
from peak_trade.contract.fleet.search import Columns
from peak_trade.library import tables

if TYPE_CHECKING:
    from peak_trade.library.artifacts import Roots
    from peak_trade.views.notebook.cells import Cell


class Fleet(tables.OfLists):
    """All runs below the roots, as the last build judged them; it does not follow later builds.

    Parameters
    ----------
    path
        The dataset, as given to `peak-trade fleet build --out`.

    Attributes
    ----------
    frame
        A row for each run, index `run_id`. Among its columns, of which `columns` tells all:
        `root`, null where one alone is built; `started`, `ended` and `last_event` in UTC;
        `total_return`, `max_drawdown` (<= 0) and `win_rate` as fractions; `sharpe`, a ratio for a
        year; `net_profit` and `fees` in account `currency`; `trades` and `events`, counts;
        `books_failed`, checks of the books that failed; `read_errors`, what could not be read;
        `status`, ok or failed with the `reason`.

    Raises
    ------
    NotFoundError
        If there is no dataset.
    FleetError
        If it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._table = read(path)
        self.frame: pd.DataFrame = self._table.to_pandas().set_index("run_id")

    @cached_property
    def columns(self) -> pd.DataFrame:
        """The columns of the dataset: `type`, `unit` and `meaning`, by name."""
        rows = [(one.name, str(one.type), one.unit, one.about) for one in COLUMNS]
        return pd.DataFrame(rows, columns=["name", "type", "unit", "meaning"]).set_index("name")

    def query(self, query: str, sort: str = "") -> pd.DataFrame:
        """Return the rows of `frame` that match a query such as `sharpe>1 strategy:ma*`.

        The language is that of `peak-trade fleet show`; `sort` is a name of it, descending with
        `-`.

        Raises
        ------
        QueryError
            If there is a term or a name that cannot be understood.
        """
        columns = self._asked
        return self.frame.iloc[columns.sorted(columns.matching(query), sort)]

    def dashboard(self, root: Roots | None = None, config: Path | None = None) -> Cell:
        """Return the page of the fleet for a cell; unlike `frame`, it follows later builds.

        Runs below the roots, given as to `peak_trade.open`, can be chosen to be compared.

        Raises
        ------
        SettingsError
            If the settings found by `root` cannot be used.
        """
        from peak_trade.library.artifacts import settings_of
        from peak_trade.library.live import LiveFleet, opened
        from peak_trade.library.reader import Reader
        from peak_trade.views.notebook.cells import fleet_cell

        settings = settings_of(root, config, {"fleet.path": str(self._path.absolute())})
        return fleet_cell(opened(LiveFleet, Reader(settings)))

    @cached_property
    def _asked(self) -> Columns:
        return Columns(self._table)

    def _shown(self) -> tuple[str, dict[str, str], pd.DataFrame]:
        frame = self.frame
        counts = {
            "runs": f"{len(frame):,}",
            "strategies": f"{frame['strategy'].nunique():,}",
            "failed": f"{int((frame['status'] == 'failed').sum()):,}",
            "books that are wrong": f"{int((frame['books_failed'] > 0).sum()):,}",
        }
        names = ["run_id", "strategy", "symbol", "total_return", "max_drawdown", "sharpe", "trades"]
        return self._path.name, counts, frame.reset_index()[names].head(tables.MOST)
