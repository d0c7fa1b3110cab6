"""State of the execution page: kind, number of rows, window of time, and their payloads."""

from __future__ import annotations

from datetime import datetime

import param

from peak_trade.contract.base.route import Context
from peak_trade.contract.execution.params import ExecutionParams
from peak_trade.contract.pages import execution as execution_page
from peak_trade.contract.pages.run_chart import CurveParams
from peak_trade.models.address import WINDOW, Address, View, fields, view_of
from peak_trade.models.base import ViewModel
from peak_trade.models.sources import SESSIONS, Source, log
from peak_trade.models.window import Window


class ExecutionModel(ViewModel):
    """The telemetry of one session."""

    address = Address((fields("chosen", ExecutionParams), WINDOW))

    session_id = param.String("", doc="The session whose log is shown")
    chosen: param.Parameter[ExecutionParams] = param.Parameter(
        ExecutionParams(), doc="Filters in force"
    )
    window: param.Parameter[Window] = param.Parameter(None, doc="Begin and end of what is drawn")
    at: param.Parameter[datetime | None] = param.Parameter(None, doc="Moment a link leads to")
    payload: param.Parameter[execution_page.ExecutionPayload | None] = param.Parameter(
        None, doc="What is shown"
    )
    lanes: param.Parameter[execution_page.Lanes | None] = param.Parameter(
        None, doc="What is drawn in the window"
    )

    @property
    def filters(self) -> View:
        """The filters in force; those that are not set are left out."""
        return view_of(self.chosen)

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
