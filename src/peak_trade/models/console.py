"""State of the console: what of the sessions is shown, and the payload for it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import param

from peak_trade import clock
from peak_trade.contract.base.route import Context
from peak_trade.contract.pages.console import ConsolePayload, console
from peak_trade.contract.pages.panels import PanelWord, panel_words
from peak_trade.contract.sessions.search import SessionTableParams
from peak_trade.models.listing import ListModel
from peak_trade.store.live import Change


class ConsoleModel(ListModel):
    """The sessions to list."""

    params = SessionTableParams

    table: param.Parameter[SessionTableParams] = param.Parameter(SessionTableParams())
    payload: param.Parameter[ConsolePayload | None] = param.Parameter(None, doc="What is shown")
    panels: param.Parameter[list[PanelWord]] = param.Parameter([], doc="The status panels")
    panels_seen = param.Parameter(doc="What the panels were built from")

    def concerns(self, change: Change) -> bool:
        """Tell whether the list of runs, the registry or the alerts changed."""
        return change.family in {"runs", "session", "alert"}

    async def look(self) -> None:
        """Look at runs, registry and today's alerts."""
        await self.store.index()
        await self.store.sessions()
        now = clock.now()
        await self.store.alerts(now - timedelta(hours=24), now)

    def _seen(self) -> Any:
        local = self.store.local
        revisions = (local.index.revision, local.sessions.revision, local.alerts.revision)
        return self.table, self.fault, self.chosen, revisions

    async def _build(self, context: Context) -> None:
        self.payload = await console(context, self.table)
        # The panels walk the telemetry directory: not for each event of a run.
        local, minute = self.store.local, context.now.replace(second=0, microsecond=0)
        seen = (local.sessions.revision, local.alerts.revision, minute)
        if seen != self.panels_seen:
            self.param.update(panels=await panel_words(context), panels_seen=seen)
