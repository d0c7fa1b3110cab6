"""What the models of pages with a list of runs to choose from have in common."""

from __future__ import annotations

import param

from peak_trade.contract.base.query import QueryError
from peak_trade.contract.base.route import Context
from peak_trade.contract.runs.schema import RunList
from peak_trade.contract.runs.search import run_list
from peak_trade.models.base import ViewModel


class RunListModel(ViewModel):
    """The newest runs that match a search."""

    search = param.String("", doc="Query that the listed runs match")
    fault = param.String("", doc="Why the query cannot be understood; empty if it can")
    runs: param.Parameter[RunList | None] = param.Parameter(None, doc="The list of runs")

    async def _build_list(self, context: Context) -> None:
        """List the runs; a query that is not complete yet leaves what is listed."""
        minute, local = context.now.replace(second=0, microsecond=0), self.store.local
        seen = local.index.revision, local.sessions.revision, local.tally.revision
        try:
            runs = await self.store.shared.get(
                ("run_list", self.search, *seen, minute),
                lambda: run_list(context, self.search),
            )
        except QueryError as error:
            self.fault = str(error)
        else:
            self.runs, self.fault = runs, ""
