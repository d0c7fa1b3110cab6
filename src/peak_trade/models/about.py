"""State of the about page."""

from __future__ import annotations

from typing import Any

import param

from peak_trade.contract.base.route import Context, Params
from peak_trade.contract.pages.about import AboutPayload, about
from peak_trade.models.base import ViewModel
from peak_trade.store.live import Change


class AboutModel(ViewModel):
    """Nothing can be chosen."""

    payload: param.Parameter[AboutPayload | None] = param.Parameter(None, doc="What is shown")

    def concerns(self, change: Change) -> bool:
        """Tell whether the list of runs changed, which says how old data is."""
        return change.family == "runs"

    async def look(self) -> None:
        """Look at the list of runs."""
        await self.store.index()

    def _seen(self) -> Any:
        return self.store.local.index.revision

    async def _build(self, context: Context) -> None:
        self.payload = await about(context, Params())
