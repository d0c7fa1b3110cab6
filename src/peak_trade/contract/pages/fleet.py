"""Payload of the fleet: runs of the dataset that match a query, and what they have in common."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field, field_validator

from peak_trade.contract.base import fields as f
from peak_trade.contract.base.listing import ROOT, Format
from peak_trade.contract.base.query import narrowed
from peak_trade.contract.base.route import Context
from peak_trade.contract.fleet.dataset import FleetError
from peak_trade.contract.fleet.search import FLEET, FleetTableParams, find, version_at
from peak_trade.contract.fleet.summary import (
    GROUPED,
    NOTHING,
    FleetDensity,
    FleetGroup,
    FleetSummary,
    summary,
)
from peak_trade.errors import NotFoundError

MAX_GROUPS: Final = 10
"""Strategies, symbols and months that the page lists."""


class FleetView(FleetTableParams):
    """What is listed, and which runs are chosen to be compared."""

    runs: str = Field(
        "",
        max_length=2_000,
        description="Chosen runs: ids with commas between, at most 6",
        examples=["r1,r2"],
    )


class FleetPayload(FleetSummary):
    """What the page of the fleet shows."""

    state: Annotated[
        Literal["ready", "missing", "unreadable"], f.about("Whether there is a dataset", "ready")
    ]
    reason: Annotated[str, f.about("Why there are no rows, in English; empty if ready", "")]
    built: Annotated[datetime | None, f.about("When the dataset was written", f.EXAMPLE_TIME)]
    total: Annotated[int, f.about("Runs of the dataset", 100_000)]
    matching: Annotated[int, f.about("Runs that match the query", 5_000)]
    rows: Annotated[
        list[dict[str, Any]], f.about("Runs from `offset` on", [{"run": "r1", "sharpe": 1.5}])
    ]
    watched: Annotated[
        list[str], f.about("Those of them that are below the root, and have a page", ["r1"])
    ]
    roots: Annotated[
        dict[str, int],
        f.about("Of several roots: what the rest of the query leaves of each", {"paper": 2}),
    ]
    groups: Annotated[
        dict[str, int],
        f.about(f"How many there are of each kind; {MAX_GROUPS} are listed", {"strategy": 3}),
    ]


async def fleet(context: Context, params: FleetView) -> FleetPayload:
    """Give the runs of the fleet that match; without a dataset it says so."""
    path = context.settings.fleet_path
    try:
        page = await context.store.compute(lambda: _page(path, params))
    except NotFoundError as error:
        return _payload("missing", str(error))
    except FleetError as error:
        return _payload("unreadable", str(error))
    known = await context.store.known_runs({row["run"] for row in page["rows"]})
    page["watched"] = [row["run"] for row in page["rows"] if row["run"] in known]
    return page


def _page(path: Path | None, params: FleetView) -> FleetPayload:
    found = find(path, params.q, params.sort)
    page = _payload("ready", told=summary(found.version, params.q))
    with suppress(FileNotFoundError):  # a newer version has just taken its place
        page["built"] = datetime.fromtimestamp(found.version.stat().st_mtime, UTC)
    page["rows"] = found.page(params)
    if found.columns.several:
        of_any_root = summary(found.version, narrowed(params.q, ROOT))["by_root"]
        page["roots"] = {group["name"]: group["runs"] for group in of_any_root}
    page["total"], page["matching"] = len(found.columns.table), len(found.positions)
    return page


def _payload(
    state: Literal["ready", "missing", "unreadable"],
    reason: str = "",
    told: FleetSummary = NOTHING,
) -> FleetPayload:
    """Return a page without rows."""
    return {
        **told,
        "by_strategy": told["by_strategy"][:MAX_GROUPS],
        "by_symbol": told["by_symbol"][:MAX_GROUPS],
        "by_month": told["by_month"][:MAX_GROUPS],
        "groups": {kind: len(told[f"by_{kind}"]) for kind in GROUPED},  # type: ignore[literal-required]
        "state": state,
        "reason": reason,
        "built": None,
        "total": 0,
        "matching": 0,
        "rows": [],
        "watched": [],
        "roots": {},
    }


class FleetSummaryParams(Format):
    """Which table of the page of the fleet."""

    q: str = Field("", description="Terms as of `fleet_table`", examples=["sharpe>1"])
    table: Literal[
        "by_strategy", "by_symbol", "by_month", "by_root", "points", "density", "returns"
    ] = Field("by_strategy", description="Which of the tables and charts of the page")

    @field_validator("q")
    @classmethod
    def _is_query(cls, value: str) -> str:
        FLEET.parse(value)
        return value


async def fleet_summary_rows(context: Context, params: FleetSummaryParams) -> list[dict[str, Any]]:
    """Give one of the tables or charts of the page; all groups."""
    path = context.settings.fleet_path

    def rows() -> list[dict[str, Any]]:
        told = summary(version_at(path), params.q)
        if params.table == "density":
            return _cells(told["density"])
        if params.table == "returns":
            found = told["returns"]
            return _bins(found["edges"], found["counts"]) if found else []
        groups: Sequence[FleetGroup] = told[params.table]  # type: ignore[assignment]
        return [dict(group) for group in groups]

    return await context.store.compute(rows)


def _bins(edges: list[float], counts: list[int]) -> list[dict[str, Any]]:
    return [
        {"from": low, "to": high, "runs": runs}
        for low, high, runs in zip(edges, edges[1:], counts, strict=False)
    ]


def _cells(density: FleetDensity | None) -> list[dict[str, Any]]:
    if density is None:
        return []
    across, down = density["drawdowns"], density["returns"]
    return [
        {
            "drawdown_from": across[x],
            "drawdown_to": across[x + 1],
            "return_from": down[y],
            "return_to": down[y + 1],
            "runs": runs,
        }
        for x, column in enumerate(density["counts"])
        for y, runs in enumerate(column)
        if runs
    ]
