"""State of the about page."""

from __future__ import annotations

import param

from peak_trade.contract.base.route import Context, Params
from peak_trade.contract.pages.about import AboutPayload, about
from peak_trade.models.base import ViewModel
from peak_trade.models.sources import LIFE_SESSIONS, RUNS, Source


class AboutModel(ViewModel):
    """Nothing can be chosen."""

    payload: param.Parameter[AboutPayload | None] = param.Parameter(None, doc="What is shown")

    def sources(self) -> tuple[Source, ...]:
        """Return the list of runs, which says how old data is."""
        return RUNS, LIFE_SESSIONS

    async def _build(self, context: Context) -> None:
        self.payload = await about(context, Params())
