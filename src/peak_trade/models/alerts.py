"""State of the alerts page: filters and the payload for them."""

from __future__ import annotations

from datetime import timedelta

import param

from peak_trade.contract.alerts.params import AlertsView
from peak_trade.contract.base.route import Context
from peak_trade.contract.pages import alerts as alerts_page
from peak_trade.models.address import Address, fields
from peak_trade.models.base import ViewModel
from peak_trade.models.frames import row_frame
from peak_trade.models.sources import LOGS, RUNS, SESSIONS, Source, at_period
from peak_trade.models.sources import alerts as stored_alerts


class AlertsModel(ViewModel):
    """Filters as the route of the alerts has them."""

    address = Address((fields("chosen", AlertsView),))

    chosen: param.Parameter[AlertsView] = param.Parameter(AlertsView(), doc="Filters in force")
    payload: param.Parameter[alerts_page.AlertsPayload | None] = param.Parameter(
        None, doc="What is shown"
    )
    alerts = param.DataFrame(
        row_frame(()), doc="The newest alert of each group; columns are those of `/api/live/alerts`"
    )

    @param.depends("chosen", watch=True)
    def on_choice(self) -> None:
        """Bring the payload up to date."""
        self.request()

    def sources(self) -> tuple[Source, ...]:
        """Return the days of the longest window, the registry, and the lists of logs and runs."""
        window = timedelta(hours=max(alerts_page.WINDOWS))
        return stored_alerts(window), SESSIONS, at_period(LOGS), at_period(RUNS)

    async def _build(self, context: Context) -> None:
        payload = await alerts_page.alerts_page(context, self.chosen)
        newest = [group["newest"] for group in payload["groups"]]
        self.param.update(payload=payload, alerts=row_frame(newest))
