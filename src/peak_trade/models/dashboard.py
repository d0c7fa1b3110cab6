"""State of the live dashboard: selected run, search, window of time, and their payloads."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import param

from peak_trade.contract import pages
from peak_trade.contract.route import Context, Params
from peak_trade.models.base import ViewModel
from peak_trade.store.live import Change

Window = tuple[datetime | None, datetime | None] | None
"""Begin and end of what is drawn, None where it is open; None for all of the run."""


class DashboardModel(ViewModel):
    """The selected run (the first of the list if none was chosen) and the list to choose from."""

    run_id = param.String("", doc="The selected run")
    search = param.String("", doc="Words that the listed runs contain")
    window: param.Parameter[Window] = param.Parameter(None, doc="Begin and end of what is drawn")
    runs: param.Parameter[pages.RunList | None] = param.Parameter(None, doc="The list of runs")
    payload: param.Parameter[pages.LiveRun | None] = param.Parameter(
        None, doc="What is shown of the run"
    )
    curve: param.Parameter[pages.Curve | None] = param.Parameter(
        None, doc="Equity and drawdown in the window"
    )

    def choose(self, run_id: str) -> None:
        """Select a run; all of it is drawn."""
        self.param.update(run_id=run_id, window=None)

    def concerns(self, change: Change) -> bool:
        """Tell whether the list of runs or the selected run changed."""
        return change.family == "runs" or (change.family == "run" and change.key == self.run_id)

    async def look(self) -> None:
        """Look at the list of runs and the selected one."""
        await self.store.index()
        if self.run_id:
            await self.store.run(self.run_id, rows=True)

    def _seen(self) -> Any:
        local = self.store.local
        run = local.runs.get(self.run_id)
        revisions = (local.index.revision, run.revision if run else 0)
        return self.run_id, self.search, self.window, revisions

    async def _build(self, context: Context) -> None:
        self.runs = await pages.run_list(context, pages.RunListParams(search=self.search))
        if not self.run_id and self.runs["runs"]:
            self.choose(self.runs["runs"][0]["run_id"])
        if not self.run_id:
            return
        since, until = self.window or (None, None)
        params = pages.CurveParams(since=since, until=until)
        self.payload = await pages.live_run(context, Params(), self.run_id)
        self.curve = await pages.curve(context, params, self.run_id)
