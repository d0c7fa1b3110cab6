"""Query parameters of the execution timeline."""

from __future__ import annotations

from pydantic import Field

from peak_trade.contract.base.route import Params


class ExecutionParams(Params):
    """Parameters of the timeline."""

    limit: int = Field(200, ge=1, le=1000, description="Number of events, the last ones")
    kind: str | None = Field(None, description="Exact kind; empty for all", examples=["fill"])
