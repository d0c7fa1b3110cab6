"""Payload of the pages of a run: what is shown of it, its charts, the rows of a tab."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from peak_trade.contract.base import fields as f
from peak_trade.contract.base.route import Context
from peak_trade.contract.pages.run import RunPayload, run_payload
from peak_trade.contract.pages.run_chart import ChartView, RunChart, run_chart
from peak_trade.contract.pages.run_tabs import Table, TabParams, TabView, tab
from peak_trade.contract.runs.schema import RunList
from peak_trade.contract.runs.search import run_list


class RunView(TabView, ChartView):
    """Which rows of a run are shown, and what is drawn of it."""


class DashboardView(RunView):
    """Which run, which of its rows, and what is drawn of it."""

    run: str = Field(
        "",
        description="The selected run; empty for the newest",
        examples=["r1"],
    )


class RunWithChart(RunPayload):
    """What the page of a run shows."""

    chart: Annotated[RunChart, f.about("What is drawn")]
    rows: Annotated[Table, f.about("The rows of the chosen tab")]


class DashboardPayload(TypedDict):
    """What the live dashboard shows."""

    runs: Annotated[RunList, f.about("The runs to choose from")]
    selected: Annotated[RunWithChart | None, f.about("The selected run; null if there is none")]


async def run_page(context: Context, params: RunView, run_id: str) -> RunWithChart:
    """Give all of a run's page."""
    chosen = TabParams(**{name: getattr(params, name) for name in TabView.model_fields})
    return {
        **await run_payload(context, params, run_id),
        "chart": await run_chart(context, params.drawn, run_id),
        "rows": await tab(context, chosen, run_id),
    }


async def dashboard(context: Context, params: DashboardView) -> DashboardPayload:
    """Give the runs, and all of the selected one, the newest if none is named."""
    runs = await run_list(context)
    run_id = params.run or next((run["run_id"] for run in runs["runs"]), "")
    return {
        "runs": runs,
        "selected": await run_page(context, params, run_id) if run_id else None,
    }
