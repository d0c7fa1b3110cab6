"""State of the console: filters and the payload for them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import param

from peak_trade import clock
from peak_trade.contract import pages
from peak_trade.contract.panels import PanelWord, panel_words
from peak_trade.contract.route import Context
from peak_trade.contract.sessions import SessionsParams
from peak_trade.models.base import ViewModel
from peak_trade.store.live import Change

FILTERS = ("mode", "status")


class ConsoleModel(ViewModel):
    """Filters by stored mode and status; an empty one does not filter."""

    mode = param.String("", doc="Stored mode of the sessions that are listed")
    status = param.String("", doc="Stored status of the sessions that are listed")
    payload: param.Parameter[pages.Console | None] = param.Parameter(None, doc="What is shown")
    panels: param.Parameter[list[PanelWord]] = param.Parameter([], doc="The status panels")
    panels_seen = param.Parameter(doc="What the panels were built from")

    @property
    def filters(self) -> dict[str, str]:
        """The filters in force."""
        return {name: value for name in FILTERS if (value := getattr(self, name))}

    def choose(self, filters: dict[str, str]) -> None:
        """Filter by these alone; other names are ignored."""
        self.param.update({name: filters.get(name, "") for name in FILTERS})

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
        return self.mode, self.status, revisions

    async def _build(self, context: Context) -> None:
        params = SessionsParams(mode=self.mode, status=self.status)
        self.payload = await pages.console(context, params)
        # The panels walk the telemetry directory: not for each event of a run.
        local, minute = self.store.local, context.now.replace(second=0, microsecond=0)
        seen = (local.sessions.revision, local.alerts.revision, minute)
        if seen != self.panels_seen:
            self.param.update(panels=await panel_words(context), panels_seen=seen)
