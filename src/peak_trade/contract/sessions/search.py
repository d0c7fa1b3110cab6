"""The table of sessions: searched, filtered and sorted; for the console, scripts and files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from pydantic import Field

from peak_trade.artifacts.sessions import SessionRecord
from peak_trade.contract.base import downloads, listing
from peak_trade.contract.base.life import Lives, lives
from peak_trade.contract.base.query import Duration, Language, Number, Text, Time
from peak_trade.contract.base.route import Context, Raw
from peak_trade.contract.sessions.records import select, session_row
from peak_trade.contract.sessions.schema import SessionRow

SESSIONS: Final[Language[SessionRow]] = Language(
    {
        "session": Text(lambda row: row["session_id"]),
        "mode": Text(lambda row: row["mode"]),
        "state": Text(lambda row: row["freshness"]["state"]),
        "status": Text(lambda row: row["status"]),
        "risk": Text(lambda row: row["risk_severity"]),
        "strategy": Text(lambda row: row["strategy_name"]),
        "tier": Text(lambda row: row["tier"]),
        "symbol": Text(lambda row: row["symbol"]),
        "environment": Text(lambda row: row["env_name"]),
        "started": Time(lambda row: row["started"]),
        "duration": Duration(lambda row: row["duration_seconds"]),
        "pnl": Number(lambda row: row["realized_pnl"]),
        "dd": Number(lambda row: row["max_drawdown"]),
        "orders": Number(lambda row: row["num_orders"]),
        "age": Duration(lambda row: row["freshness"]["age_seconds"]),
        "updated": Time(lambda row: row["as_of"]),
        "root": Text(lambda row: row.get("root", "")),
    }
)
"""Duration in s, pnl in account currency, dd a fraction <= 0, updated the end, else the start."""


class SessionTableParams(listing.ListParams):
    """Which sessions, in which order; `mode`, `status` and `tier` are the stored ones."""

    language: ClassVar[Language[SessionRow]] = SESSIONS

    mode: str = Field("", description="Exact stored mode, `unknown` for none", examples=["paper"])
    status: str = Field("", description="Exact stored status", examples=["started"])
    tier: str = Field(
        "", description="Exact stored tier, `unclassified` for none", examples=["core"]
    )


class SessionFileParams(SessionTableParams, listing.Format):
    """The same, and in which form."""


async def session_table(context: Context, params: SessionFileParams) -> listing.Listed | Raw:
    """Give the sessions as JSON or as a file: those that the console shows for the same view."""
    records, alive = (await context.store.sessions()).ordered, await lives(context)

    name, several = downloads.called("sessions", at=context.now), context.settings.several

    def build() -> listing.Listed | Raw:
        chosen = select(records, params.mode, params.status, params.tier)
        found = rows(chosen, alive, params)
        return listing.first(len(records), found, params, params.format, name, several=several)

    return await context.store.compute(build)


def rows(
    records: Sequence[SessionRecord], alive: Lives, params: SessionTableParams
) -> Sequence[SessionRow]:
    """Return the rows of the records that match the query, sorted."""
    return listing.chosen([session_row(record, alive) for record in records], params)
