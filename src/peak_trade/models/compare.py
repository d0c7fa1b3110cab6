"""State of the comparison: which runs, along what, and the payloads."""

from __future__ import annotations

import param

from peak_trade.contract.base.route import Context
from peak_trade.contract.pages import compare
from peak_trade.contract.pages.compare import CompareView
from peak_trade.models.address import Address, fields
from peak_trade.models.run_list import RunListModel
from peak_trade.models.sources import LIFE_SESSIONS, RUNS, Source, run


class CompareModel(RunListModel):
    """The runs that are compared, and the list to choose from."""

    address = Address((fields("chosen", CompareView),))

    chosen: param.Parameter[CompareView] = param.Parameter(CompareView(), doc="The view")
    payload: param.Parameter[compare.ComparePayload | None] = param.Parameter(
        None, doc="What is shown"
    )

    @param.depends("chosen", "search", watch=True)
    def on_choice(self) -> None:
        """Bring the payload up to date."""
        self.request()

    def sources(self) -> tuple[Source, ...]:
        """Return the list of runs and those compared."""
        return RUNS, LIFE_SESSIONS, *(run(name) for name in self.chosen.ids)

    async def _build(self, context: Context) -> None:
        await self._build_list(context)
        self.payload = await compare.compare(context, self.chosen)
