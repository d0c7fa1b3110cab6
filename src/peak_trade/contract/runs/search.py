"""The table of runs: searched and sorted; for the watch page, the live page, scripts and files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from pydantic import Field

from peak_trade.contract.base import downloads, listing
from peak_trade.contract.base.life import Lives, lives
from peak_trade.contract.base.query import Duration, Language, Number, Text, Time
from peak_trade.contract.base.route import Context, Raw
from peak_trade.contract.runs.schema import RunEntry, RunList
from peak_trade.contract.runs.snapshot import MAX_LISTED, run_entry
from peak_trade.store.runs_state import RunSummary

RUNS: Final[Language[RunEntry]] = Language(
    {
        "run": Text(lambda row: row["run_id"]),
        "state": Text(
            lambda row: row["freshness"]["state"],
            lambda row: "active" if row["is_active"] else "inactive",
        ),
        "activity": Text(lambda row: "active" if row["is_active"] else "inactive"),
        "mode": Text(lambda row: row["mode"]),
        "strategy": Text(lambda row: row["strategy_name"]),
        "symbol": Text(lambda row: row["symbol"]),
        "timeframe": Text(lambda row: row["timeframe"]),
        "pnl": Number(lambda row: row["realized_pnl"]),
        "dd": Number(lambda row: row["drawdown"]),
        "maxdd": Number(lambda row: row["max_drawdown"]),
        "return": Number(lambda row: row["gain"]),
        "age": Duration(lambda row: row["freshness"]["age_seconds"]),
        "updated": Time(lambda row: row["freshness"]["row_at"]),
        "ended": Time(lambda row: row["freshness"]["ended_at"]),
        "root": Text(lambda row: row.get("root", "")),
    }
)
"""State is the judgement, or whether the run is active; pnl and drawdowns those of the last event,
fractions <= 0; age that of the newest sign of life; updated the time of the last event."""


class RunTableParams(listing.ListParams):
    """Which runs, in which order."""

    language: ClassVar[Language[RunEntry]] = RUNS

    rows: int = Field(
        MAX_LISTED, ge=1, le=listing.MAX_ROWS, description="Number of rows, the first ones"
    )


class RunFileParams(RunTableParams, listing.Format):
    """The same, and in which form."""


async def read_metrics(context: Context) -> None:
    """Read all listed runs, so that their entries have metrics: of a query, say, by profit.

    For who asks once: a server reads them in the background, and what changes as it changes.
    """
    for summary in (await context.store.index()).ordered:
        await context.store.run(summary.run_id)


async def run_list(context: Context, query: str = "") -> RunList:
    """List the newest runs that match a query.

    Raises
    ------
    QueryError
        If the query cannot be understood.
    """
    summaries, matches = (await context.store.index()).ordered, RUNS.parse(query)
    alive = await lives(context)

    def build() -> RunList:
        listed = alive.steady(summaries)
        asked = listed if query.strip() else listed[:MAX_LISTED]
        entries = [run_entry(summary, alive) for summary in asked]
        found = [entry for entry in entries if matches(entry)]
        matching = len(found) if query.strip() else len(summaries)
        return {"total": len(summaries), "matching": matching, "runs": found[:MAX_LISTED]}

    return await context.store.compute(build)


async def run_table(context: Context, params: RunFileParams) -> listing.Listed | Raw:
    """Give the runs as JSON or as a file: those that the watch page shows for the same view."""
    summaries, alive = (await context.store.index()).ordered, await lives(context)

    name, several = downloads.called("runs", at=context.now), context.settings.several

    def build() -> listing.Listed | Raw:
        found = rows(summaries, alive, params)
        return listing.first(len(summaries), found, params, params.format, name, several=several)

    return await context.store.compute(build)


def rows(
    summaries: Sequence[RunSummary], alive: Lives, params: RunTableParams
) -> Sequence[RunEntry]:
    """Return the entries of the runs that match the query, sorted."""
    listed = alive.steady(summaries)
    return listing.chosen([run_entry(summary, alive) for summary in listed], params)
