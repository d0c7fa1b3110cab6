"""Query parameters of the routes of sessions."""

from __future__ import annotations

from pydantic import Field

from peak_trade.contract.base.route import Params


class SessionsParams(Params):
    """Parameters of the session list."""

    limit: int = Field(10, ge=1, le=100, description="Number of sessions, the newest ones")
    mode: str = Field(
        "", description="Exact stored mode; `unknown` for none; empty for all", examples=["paper"]
    )
    status: str = Field("", description="Exact stored status; empty for all", examples=["started"])
