"""THE route table: every JSON route of the product, in the order in which documents list them."""

from __future__ import annotations

from typing import Final

from peak_trade.contract import runs
from peak_trade.contract.route import Route

ROUTES: Final[tuple[Route, ...]] = (
    Route("/health", runs.health, runs.Health, "The service answers", tags=("health",)),
    Route("/runs", runs.runs, list[runs.RunItem], "List runs", tags=("runs",)),
    Route(
        "/runs/{run_id}/snapshot",
        runs.snapshot,
        runs.RunSnapshot,
        "A run at its last event",
        tags=("runs",),
        errors=(404,),
    ),
    Route(
        "/runs/{run_id}/tail",
        runs.tail,
        list[runs.TailRow],
        "The last events of a run, oldest first",
        runs.TailParams,
        tags=("runs",),
        errors=(404,),
    ),
    Route(
        "/runs/{run_id}/alerts",
        runs.run_alerts,
        list[runs.RunAlertItem],
        "The newest alerts of a run",
        runs.RunAlertsParams,
        tags=("runs",),
        errors=(404,),
    ),
)
