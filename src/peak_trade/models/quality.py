"""State of the data quality page: the payload; nothing is chosen."""

from __future__ import annotations

from typing import Any, Final

import param

from peak_trade import clock
from peak_trade.contract.base.route import Context
from peak_trade.contract.pages import quality
from peak_trade.models.base import ViewModel
from peak_trade.store.live import Change

PARAMS: Final = quality.QualityParams()


class QualityModel(ViewModel):
    """Read errors and faults of the artifacts."""

    payload: param.Parameter[quality.QualityPayload | None] = param.Parameter(
        None, doc="What is shown"
    )

    def concerns(self, change: Change) -> bool:
        """Tell whether registry or alerts changed; rows, of many runs, wait for the period."""
        return change.family in {"session", "alert"}

    async def look(self) -> None:
        """Look at what read errors are counted of."""
        await quality.look(self.store, PARAMS.limit, clock.now())

    def _seen(self) -> Any:
        local = self.store.local
        runs = max((state.revision for state in local.runs.values()), default=0)
        logs = max((lines.revision for lines in local.log_lines.values()), default=0)
        families = tuple(
            known.revision for known in (local.index, local.sessions, local.alerts, local.logs)
        )
        return families, runs, logs

    async def _build(self, context: Context) -> None:
        self.payload = await quality.quality(context, PARAMS)
