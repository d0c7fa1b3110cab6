"""State of the telemetry page: the payload; nothing is chosen."""

from __future__ import annotations

import param

from peak_trade.contract.base.route import Context, Params
from peak_trade.contract.pages import telemetry as telemetry_page
from peak_trade.models.base import ViewModel
from peak_trade.models.sources import (
    HEALTH_SNAPSHOTS,
    LIFE_SESSIONS,
    LOGS,
    RULE_ALERTS,
    RUNS,
    Source,
    at_period,
)


class TelemetryModel(ViewModel):
    """The telemetry directory, its history and its rule alerts."""

    payload: param.Parameter[telemetry_page.TelemetryPayload | None] = param.Parameter(
        None, doc="What is shown"
    )

    def sources(self) -> tuple[Source, ...]:
        """Return logs, health snapshots and rule alerts, and what tells whether sessions live."""
        return LOGS, HEALTH_SNAPSHOTS, RULE_ALERTS, LIFE_SESSIONS, at_period(RUNS)

    async def _build(self, context: Context) -> None:
        self.payload = await telemetry_page.telemetry_page(context, Params())
