"""State of the execution page: kind, number of rows, window of time, and their payloads."""

from __future__ import annotations

import param

from peak_trade.contract.base.route import Context
from peak_trade.contract.execution.params import ExecutionParams
from peak_trade.contract.pages import execution as execution_page
from peak_trade.contract.pages.run_chart import CurveParams
from peak_trade.models.base import ViewModel
from peak_trade.models.run import Window
from peak_trade.models.sources import SESSIONS, Source, log


class ExecutionModel(ViewModel):
    """The telemetry of one session."""

    session_id = param.String("", doc="The session whose log is shown")
    chosen: param.Parameter[ExecutionParams] = param.Parameter(
        ExecutionParams(), doc="Filters in force"
    )
    window: param.Parameter[Window] = param.Parameter(None, doc="Begin and end of what is drawn")
    payload: param.Parameter[execution_page.ExecutionPayload | None] = param.Parameter(
        None, doc="What is shown"
    )
    lanes: param.Parameter[execution_page.Lanes | None] = param.Parameter(
        None, doc="What is drawn in the window"
    )

    @property
    def filters(self) -> dict[str, str]:
        """The filters in force; those that are not set are left out."""
        kind, limit = self.chosen.kind, self.chosen.limit
        given = {"kind": kind} if kind else {}
        return given | ({} if limit == ExecutionParams().limit else {"limit": str(limit)})

    def choose(self, filters: dict[str, str]) -> None:
        """Filter by these alone; other names are ignored."""
        self.chosen = ExecutionParams.model_validate(filters)

    @param.depends("session_id", "chosen", "window", watch=True)
    def on_choice(self) -> None:
        """Bring the payload up to date."""
        self.request()

    def sources(self) -> tuple[Source, ...]:
        """Return the log and the registry."""
        return log(self.session_id), SESSIONS

    async def _build(self, context: Context) -> None:
        name = self.session_id
        since, until = self.window or (None, None)
        self.payload = await execution_page.execution_page(context, self.chosen, name)
        params = CurveParams(since=since, until=until)
        self.lanes = await execution_page.lanes(context, params, name)
