"""State of the page of one session: the window of its curve, and its payload."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import timedelta
from typing import Any

import param

from peak_trade import clock
from peak_trade.contract.base.route import Context
from peak_trade.contract.pages import session as session_page
from peak_trade.contract.pages.run_chart import CurveParams
from peak_trade.models.base import ViewModel
from peak_trade.models.run import Window
from peak_trade.store.live import Change


class SessionModel(ViewModel):
    """One session."""

    session_id = param.String("", doc="The session that is shown")
    window: param.Parameter[Window] = param.Parameter(None, doc="Begin and end of what is drawn")
    payload: param.Parameter[session_page.SessionPayload | None] = param.Parameter(
        None, doc="What is shown"
    )

    def concerns(self, change: Change) -> bool:
        """Tell whether the registry, the alerts, or this session's run or log changed."""
        own = {"run": self._run_id, "telemetry": self.session_id}
        return change.family in {"session", "alert"} or own.get(change.family) == change.key

    @property
    def subject(self) -> Hashable:
        """What is looked at."""
        return type(self), self.session_id

    async def look(self) -> None:
        """Look at the registry, at today's alerts, and at this session's run and log."""
        await self.store.sessions()
        if self._run_id:
            await self.store.run(self._run_id, rows=True)
        await self.store.log(self.session_id)
        now = clock.now()
        await self.store.alerts(now - timedelta(hours=1), now)

    @property
    def _run_id(self) -> str:
        record = self.store.local.sessions.by_id.get(self.session_id)
        return (record.run_id or "") if record else ""

    def _seen(self) -> Any:
        local = self.store.local
        run, log = local.runs.get(self._run_id), local.log_lines.get(self.session_id)
        revisions = (
            local.sessions.revision,
            local.alerts.revision,
            run.revision if run else 0,
            log.revision if log else 0,
        )
        return self.window, revisions

    async def _build(self, context: Context) -> None:
        since, until = self.window or (None, None)
        params = CurveParams(since=since, until=until)
        self.payload = await session_page.session_page(context, params, self.session_id)
