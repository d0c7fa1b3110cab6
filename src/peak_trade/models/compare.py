"""State of the comparison: which runs, along what, and the payloads."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import param

from peak_trade.contract.base.route import Context
from peak_trade.contract.pages import compare
from peak_trade.contract.pages.compare import CompareView
from peak_trade.models.run_list import RunListModel
from peak_trade.store.live import Change


class CompareModel(RunListModel):
    """The runs that are compared, and the list to choose from."""

    chosen: param.Parameter[CompareView] = param.Parameter(CompareView(), doc="The view")
    payload: param.Parameter[compare.ComparePayload | None] = param.Parameter(
        None, doc="What is shown"
    )

    def concerns(self, change: Change) -> bool:
        """Tell whether the list of runs or one of the compared runs changed."""
        return change.family == "runs" or (change.family == "run" and change.key in self.chosen.ids)

    @property
    def subject(self) -> Hashable:
        """What is looked at."""
        return type(self), tuple(self.chosen.ids)

    async def look(self) -> None:
        """Look at the list of runs and at those compared."""
        await self.store.index()
        for name in self.chosen.ids:
            await self.store.run(name, rows=True)

    def _seen(self) -> Any:
        local = self.store.local
        known = (local.runs.get(name) for name in self.chosen.ids)
        revisions = tuple(run.revision if run else 0 for run in known)
        return self.chosen, self.search, local.index.revision, revisions

    async def _build(self, context: Context) -> None:
        await self._build_list(context)
        self.payload = await compare.compare(context, self.chosen)
