"""State of the watch page: what of the runs is shown, and the payload for it."""

from __future__ import annotations

import param

from peak_trade import clock
from peak_trade.contract.base.life import known_lives
from peak_trade.contract.base.route import Context
from peak_trade.contract.pages.watch import WatchPayload, watch
from peak_trade.contract.runs.schema import RunEntry
from peak_trade.contract.runs.search import RunTableParams
from peak_trade.contract.runs.snapshot import MAX_LISTED, run_entry
from peak_trade.models.address import Address, listed
from peak_trade.models.frames import row_frame
from peak_trade.models.listing import ListModel
from peak_trade.models.sources import LIFE_SESSIONS, READ_ERRORS, RUNS, Source


class WatchModel(ListModel):
    """The runs to list."""

    params = RunTableParams
    address = Address((listed("chosen", RunTableParams),))

    table: param.Parameter[RunTableParams] = param.Parameter(RunTableParams())
    payload: param.Parameter[WatchPayload | None] = param.Parameter(None, doc="What is shown")
    runs = param.DataFrame(row_frame(()), doc="The listed runs; columns are those of `/runs`")

    def sources(self) -> tuple[Source, ...]:
        """Return the list of runs, and what tells that more of them were read."""
        return RUNS, LIFE_SESSIONS, READ_ERRORS

    def known(self) -> list[RunEntry]:
        """Return the newest runs by what is known already, without reading."""
        alive = known_lives(self.store.local, self.settings, clock.now())
        shown = alive.steady(self.store.local.index.ordered)[:MAX_LISTED]
        return [run_entry(run, alive) for run in shown]

    async def _build(self, context: Context) -> None:
        payload = await watch(context, self.table)
        self.param.update(payload=payload, runs=row_frame(payload["runs"]))
