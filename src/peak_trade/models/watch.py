"""State of the watch page: what of the runs is shown, and the payload for it."""

from __future__ import annotations

from typing import Any

import param

from peak_trade.contract.base.route import Context
from peak_trade.contract.pages.watch import WatchPayload, watch
from peak_trade.contract.runs.search import RunTableParams
from peak_trade.models.listing import ListModel
from peak_trade.store.live import Change


class WatchModel(ListModel):
    """The runs to list."""

    params = RunTableParams

    table: param.Parameter[RunTableParams] = param.Parameter(RunTableParams())
    payload: param.Parameter[WatchPayload | None] = param.Parameter(None, doc="What is shown")

    def concerns(self, change: Change) -> bool:
        """Tell whether the list of runs changed."""
        return change.family == "runs"

    async def look(self) -> None:
        """Look at the list of runs."""
        await self.store.index()

    def _seen(self) -> Any:
        return self.table, self.fault, self.chosen, self.store.local.index.revision

    async def _build(self, context: Context) -> None:
        self.payload = await watch(context, self.table)
