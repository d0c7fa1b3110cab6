"""State of the telemetry page: the payload; nothing is chosen."""

from __future__ import annotations

import param

from peak_trade.contract.base.route import Context, Params
from peak_trade.contract.pages import telemetry as telemetry_page
from peak_trade.models.base import ViewModel
from peak_trade.models.sources import HEALTH_SNAPSHOTS, LOGS, RULE_ALERTS, Source


class TelemetryModel(ViewModel):
    """The telemetry directory, its history and its rule alerts."""

    payload: param.Parameter[telemetry_page.TelemetryPayload | None] = param.Parameter(
        None, doc="What is shown"
    )

    def sources(self) -> tuple[Source, ...]:
        """Return the list of logs, the health snapshots and the rule alerts."""
        return LOGS, HEALTH_SNAPSHOTS, RULE_ALERTS

    async def _build(self, context: Context) -> None:
        self.payload = await telemetry_page.telemetry_page(context, Params())
