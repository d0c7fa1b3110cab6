"""State of the console: what of the sessions is shown, and the payload for it."""

from __future__ import annotations

from datetime import timedelta

import param

from peak_trade.contract.base.route import Context
from peak_trade.contract.pages.console import ConsolePayload, console
from peak_trade.contract.pages.panels import PanelWord, panel_words
from peak_trade.contract.sessions.search import SessionTableParams
from peak_trade.models.address import Address, listed
from peak_trade.models.frames import row_frame
from peak_trade.models.listing import ListModel
from peak_trade.models.sources import DIRECTORIES, READ_ERRORS, RUNS, SESSIONS, Source, alerts


class ConsoleModel(ListModel):
    """The sessions to list."""

    params = SessionTableParams
    address = Address((listed("chosen", SessionTableParams),))

    table: param.Parameter[SessionTableParams] = param.Parameter(SessionTableParams())
    payload: param.Parameter[ConsolePayload | None] = param.Parameter(None, doc="What is shown")
    sessions = param.DataFrame(
        row_frame(()),
        doc="The listed sessions; columns are the keys of a session",
    )
    panels: param.Parameter[list[PanelWord]] = param.Parameter([], doc="The status panels")

    def sources(self) -> tuple[Source, ...]:
        """Return directories, runs, registry, the alerts of a day, and the count of read errors."""
        return DIRECTORIES, RUNS, SESSIONS, alerts(timedelta(hours=24)), READ_ERRORS

    async def _build(self, context: Context) -> None:
        payload = await console(context, self.table)
        panels, sessions = await panel_words(context), row_frame(payload["sessions"])
        self.param.update(payload=payload, sessions=sessions, panels=panels)
