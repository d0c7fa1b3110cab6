"""Payload of the comparison with how far two of one strategy, symbol and time frame went apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final

from peak_trade.contract.base import fields as f
from peak_trade.contract.base.route import Context
from peak_trade.contract.pages.compare import (
    ComparedRun,
    ComparePayload,
    CompareView,
    compare,
)
from peak_trade.contract.runs.drift import DriftPayload, DriftView, run_drift
from peak_trade.i18n import mark

PAIR: Final = 2
NO_PAIR: Final = mark("Drift is told of two runs; choose two.")
APART: Final = {
    "strategy_name": mark("There is no drift: the two runs are not of one strategy."),
    "symbol": mark("There is no drift: the two runs are not of one symbol."),
    "timeframe": mark("There is no drift: the two runs are not of one time frame."),
}
"""What has to be the same, and what is said if it is not."""


class CompareWithDrift(ComparePayload):
    """Runs side by side, and the drift of two."""

    drift: Annotated[DriftPayload | None, f.about("As its route gives it, the first one left")]
    no_drift: Annotated[str, f.about("Why there is none; empty if there is", "")]


async def compare_with_drift(context: Context, params: CompareView) -> CompareWithDrift:
    """Compare runs, and tell the drift of two."""
    found = await compare(context, params)
    why = why_no_drift(found["runs"])
    drift = None if why else await drift_of(context, found["runs"])
    return {**found, "drift": drift, "no_drift": why}


def why_no_drift(runs: Sequence[ComparedRun]) -> str:
    """Return why these runs have no drift; empty if they have."""
    if len(runs) != PAIR:
        return NO_PAIR
    left, right = runs
    return next((why for name, why in APART.items() if _of(left, name) != _of(right, name)), "")


async def drift_of(context: Context, runs: Sequence[ComparedRun]) -> DriftPayload:
    """Return the drift of two runs."""
    left, right = (run["run_id"] for run in runs)
    return await run_drift(context, DriftView(left=left, right=right))


def fill_rows(found: DriftPayload) -> list[dict[str, Any]]:
    """Return the fills of two runs as rows."""
    sides = ("left", "right")
    return [
        {"kind": row["kind"], "time": row["time"], "price_bps": row["price_bps"]}
        | {
            f"{side}_{name}": None if (fill := row[side]) is None else fill[name]  # type: ignore[literal-required]
            for side in sides
            for name in ("side", "quantity", "price", "fee")
        }
        for row in found["fills"]
    ]


def _of(run: ComparedRun, name: str) -> str:
    return str(run[name])  # type: ignore[literal-required]
