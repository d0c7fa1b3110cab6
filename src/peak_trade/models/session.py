"""State of the page of one session: the window of its curve, and its payload."""

from __future__ import annotations

from datetime import datetime, timedelta

import param

from peak_trade.contract.base.route import Context
from peak_trade.contract.pages import session as session_page
from peak_trade.contract.pages.run_chart import MomentView
from peak_trade.contract.pages.run_tabs import Table, tab
from peak_trade.models.address import WINDOW, Address
from peak_trade.models.base import ViewModel
from peak_trade.models.sources import SESSIONS, Source, alerts, log, run
from peak_trade.models.window import Window, is_around


class SessionModel(ViewModel):
    """One session."""

    address = Address((WINDOW,))

    session_id = param.String("", doc="The session that is shown")
    window: param.Parameter[Window] = param.Parameter(None, doc="Begin and end of what is drawn")
    at: param.Parameter[datetime | None] = param.Parameter(None, doc="Moment a link leads to")
    payload: param.Parameter[session_page.SessionPayload | None] = param.Parameter(
        None, doc="What is shown"
    )
    statistics: param.Parameter[Table | None] = param.Parameter(
        None, doc="Statistics of the session's run, as its page shows them; None without a run"
    )

    @property
    def is_around(self) -> bool:
        """Whether the window is the one around `at`, which is that of its candle."""
        return is_around(self.window, self.at)

    @param.depends("session_id", "window", watch=True)
    def on_choice(self) -> None:
        """Bring the payload up to date."""
        self.request()

    def sources(self) -> tuple[Source, ...]:
        """Return the registry, this session's run and log, and the alerts of an hour."""
        record = self.store.local.sessions.by_id.get(self.session_id)
        own = (run(record.run_id),) if record and record.run_id else ()
        return SESSIONS, *own, log(self.session_id), alerts(timedelta(hours=1))

    async def _build(self, context: Context) -> None:
        since, until = (self.window if not self.is_around else None) or (None, None)
        params = MomentView(since=since, until=until, at=self.at)
        payload = await session_page.session_page(context, params, self.session_id)
        self.param.update(payload=payload, statistics=await self._judge(context, payload))

    async def _judge(self, context: Context, payload: session_page.SessionPayload) -> Table | None:
        """Return the statistics of the session's run, shared with the page of the run."""
        if payload["run"] is None:
            return None
        run_id, wanted = payload["run"]["run_id"], session_page.STATISTICS
        revision = run(run_id).revision(self.store.local)
        return await self.store.shared.get(
            ("tab", run_id, wanted, revision), lambda: tab(context, wanted, run_id)
        )
