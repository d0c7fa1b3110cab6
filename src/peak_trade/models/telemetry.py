"""State of the telemetry page: the payload; nothing is chosen."""

from __future__ import annotations

from typing import Any

import param

from peak_trade.contract.base.route import Context, Params
from peak_trade.contract.pages import telemetry as telemetry_page
from peak_trade.models.base import ViewModel
from peak_trade.store.live import Change


class TelemetryModel(ViewModel):
    """The telemetry directory, its history and its rule alerts."""

    payload: param.Parameter[telemetry_page.TelemetryPayload | None] = param.Parameter(
        None, doc="What is shown"
    )

    def concerns(self, change: Change) -> bool:
        """Tell whether a log changed."""
        return change.family == "telemetry"

    async def look(self) -> None:
        """Look at the list of logs, the health snapshots and the rule alerts."""
        await self.store.logs()
        await self.store.health_snapshots()
        await self.store.rule_alerts()

    def _seen(self) -> Any:
        local = self.store.local
        return local.logs.revision, local.health_snapshots.revision, local.rule_alerts.revision

    async def _build(self, context: Context) -> None:
        self.payload = await telemetry_page.telemetry_page(context, Params())
