"""State of the data quality page: the payload; nothing is chosen."""

from __future__ import annotations

from typing import Final

import param

from peak_trade.contract.base.route import Context
from peak_trade.contract.pages import quality
from peak_trade.models.base import ViewModel
from peak_trade.models.sources import Source, everything

PARAMS: Final = quality.QualityParams()


class QualityModel(ViewModel):
    """Read errors and faults of the artifacts."""

    payload: param.Parameter[quality.QualityPayload | None] = param.Parameter(
        None, doc="What is shown"
    )

    def sources(self) -> tuple[Source, ...]:
        """Return all that read errors are counted of."""
        return everything(PARAMS.limit)

    async def _build(self, context: Context) -> None:
        self.payload = await quality.quality(context, PARAMS)
