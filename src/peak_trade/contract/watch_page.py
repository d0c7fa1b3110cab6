"""Payload of the watch page: health of the service and all listed runs."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field
from typing_extensions import TypedDict

from peak_trade.contract import health, pages
from peak_trade.contract.route import Context, Params

UNKNOWN: Final = "unknown"


class Watch(TypedDict):
    """What the watch page shows."""

    health: health.Health
    total: Annotated[int, Field(description="Usable run directories")]
    active: Annotated[int, Field(description="Active runs among those listed")]
    active_strategy: Annotated[
        str, Field(description="Of the first active run, else of the first run, else unknown")
    ]
    runs: Annotated[list[pages.RunEntry], Field(description="At most 50, newest last event first")]


async def watch(context: Context, params: Params) -> Watch:
    """Give health and runs."""
    found = await pages.run_list(context, pages.RunListParams())
    listed = found["runs"]
    return {
        "health": await health.health(context, params),
        "total": found["total"],
        "active": sum(run["is_active"] for run in listed),
        "active_strategy": active_strategy(listed),
        "runs": listed,
    }


def active_strategy(listed: list[pages.RunEntry]) -> str:
    """Return the strategy of the first active run, else of the first run, else `unknown`."""
    first = next((run for run in listed if run["is_active"]), listed[0] if listed else None)
    return first["strategy_name"] if first else UNKNOWN
