"""Runs side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from peak_trade.contract.pages.compare import MAX_RUNS, CompareView
from peak_trade.contract.runs.drift import DriftPayload
from peak_trade.library import tables
from peak_trade.library.run import Run

if TYPE_CHECKING:
    from peak_trade.views.notebook.cells import Cell


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """Runs in the order they were given; the first is what the others are compared with."""

    runs: tuple[Run, ...]

    def __post_init__(self) -> None:
        if not all(isinstance(run, Run) for run in self.runs):
            raise TypeError("runs are compared: compare(artifacts.run(id), artifacts.run(other))")
        if len({run.run_id for run in self.runs}) < len(self.runs):
            raise ValueError("runs of one id have one column: compare those of different ids")
        if not 1 < len(self.runs) <= MAX_RUNS:
            raise ValueError(f"two to {MAX_RUNS} runs can be compared, not {len(self.runs)}")

    @property
    def stats(self) -> pd.DataFrame:
        """Statistics side by side: index `name`, a column of values for each run id."""
        return pd.DataFrame({run.run_id: run.stats()["value"] for run in self.runs})

    @property
    def equity(self) -> pd.DataFrame:
        """Equity in account currency side by side: index `time` in UTC, a column for each run id.

        Of several events at one time the last counts; NaN where a run has none.
        """
        curves = {run.run_id: run.equity["equity"] for run in self.runs}
        timed = {name: curve[curve.index.notna()] for name, curve in curves.items()}
        return pd.DataFrame({n: c[~c.index.duplicated(keep="last")] for n, c in timed.items()})

    def drift(self) -> DriftPayload:
        """Return how far the second run went from the first one."""
        return self.runs[0].drift(self.runs[1])

    def dashboard(self) -> Cell:
        """Return the comparison for a cell, live."""
        from peak_trade.library.live import LiveCompare, opened
        from peak_trade.views.notebook.cells import compare_cell

        chosen = CompareView(runs=",".join(run.run_id for run in self.runs))
        return compare_cell(opened(LiveCompare, self.runs[0].reader, chosen=chosen))

    def __repr__(self) -> str:
        return f"Comparison of {', '.join(tables.readable(run.run_id) for run in self.runs)}"

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> Mapping[str, str]:
        del include, exclude
        return {"text/plain": repr(self), "text/html": tables.frame_html(self.stats)}


def compare(*runs: Run) -> Comparison:
    """Return runs side by side, two to six of them.

    Raises
    ------
    TypeError
        If one of them is no run, but its id, say.
    ValueError
        If there are fewer or more, or two have one id.
    """
    return Comparison(runs)
