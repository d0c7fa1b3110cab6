"""Rows of the route table that mypy must refuse; an ignore that it does not need is an error."""

from __future__ import annotations

from peak_trade.contract.base.route import Context, Params
from peak_trade.contract.registry.run_routes import row
from peak_trade.contract.runs.params import TailParams
from peak_trade.contract.runs.snapshot import run_revision, snapshot, tail


async def misnamed(context: Context, params: Params, run: str) -> str:
    raise NotImplementedError


async def without_parameters(context: Context) -> str:
    raise NotImplementedError


def at_once(context: Context, params: Params) -> str:
    raise NotImplementedError


async def revision_of_tail(context: Context, params: TailParams, run_id: str) -> int:
    raise NotImplementedError


def mistyped() -> None:
    row("t", "/{run}", misnamed, str, "")  # type: ignore[arg-type]
    row("t", "/x", without_parameters, str, "")  # type: ignore[arg-type]
    row("t", "/x", at_once, str, "")  # type: ignore[arg-type]
    row("t", "/{run_id}", tail, str, "")  # type: ignore[arg-type]
    row("t", "/{run_id}", tail, str, "", Params)  # type: ignore[arg-type]
    row("t", "/x", snapshot, str, "", revision=revision_of_tail)  # type: ignore[arg-type]


def well_typed() -> None:
    row("t", "/{run_id}", tail, str, "", TailParams, revision=run_revision)
    row("t", "/{run_id}", snapshot, str, "", revision=run_revision)
