"""State of the page of the fleet: query, order, page and chosen runs, and the payload for them."""

from __future__ import annotations

import param

from peak_trade.contract.base.route import Context
from peak_trade.contract.pages.fleet import FleetPayload, FleetView, fleet
from peak_trade.models.address import Address, listed
from peak_trade.models.frames import row_frame
from peak_trade.models.listing import ListModel
from peak_trade.models.sources import RUNS, Source, at_period, fleet_version


class FleetModel(ListModel):
    """The runs of the fleet to list."""

    params = FleetView
    address = Address((listed("chosen", FleetView),))

    table: param.Parameter[FleetView] = param.Parameter(FleetView())
    payload: param.Parameter[FleetPayload | None] = param.Parameter(None, doc="What is shown")
    runs = param.DataFrame(row_frame(()), doc="The listed runs; columns as in the query language")

    def sources(self) -> tuple[Source, ...]:
        """Return the version of the dataset, and the list of runs, which says who has a page."""
        return fleet_version(self.settings.fleet_path), at_period(RUNS)

    async def _build(self, context: Context) -> None:
        payload = await fleet(context, self.table)
        self.param.update(payload=payload, runs=row_frame(payload["rows"]))
