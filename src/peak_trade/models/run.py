"""State of the live dashboard: selected run, search, window of time, tab, and their payloads."""

from __future__ import annotations

import logging
from collections.abc import Hashable
from datetime import datetime
from typing import Any, Final

import param

from peak_trade.contract.base.route import Context, Params
from peak_trade.contract.pages import run_chart as price_chart
from peak_trade.contract.pages import run_tabs
from peak_trade.contract.pages.run import RunPayload, run_payload
from peak_trade.contract.pages.run_chart import CurveParams
from peak_trade.errors import PeakTradeError
from peak_trade.models.run_list import RunListModel
from peak_trade.store.live import Change

Window = tuple[datetime | None, datetime | None] | None
"""Begin and end of what is drawn, None where it is open; None for all of the run."""

TAB_FAILED: Final = "These rows cannot be shown; the log of the server says why."

logger = logging.getLogger(__name__)


class RunModel(RunListModel):
    """The selected run (the first of the list if none was chosen) and the list to choose from."""

    run_id = param.String("", doc="The selected run")
    window: param.Parameter[Window] = param.Parameter(None, doc="Begin and end of what is drawn")
    span = param.String("all", doc="Range that was chosen, a key of RANGES; empty after a zoom")
    tab: param.Parameter[run_tabs.TabParams] = param.Parameter(
        run_tabs.TabParams(), doc="Which rows are shown below the charts"
    )
    payload: param.Parameter[RunPayload | None] = param.Parameter(
        None, doc="What is shown of the run"
    )
    chart: param.Parameter[price_chart.RunChart | None] = param.Parameter(
        None, doc="What is drawn in the window"
    )
    rows: param.Parameter[run_tabs.Table | None] = param.Parameter(None, doc="Rows of the tab")
    rows_seen = param.Parameter(doc="What figures and rows were built from")
    rows_problem = param.String("", doc="Why there are no rows; empty if there are")

    def choose(self, run_id: str) -> None:
        """Select a run; the log goes on."""
        self.param.update(
            run_id=run_id, window=None, tab=self.tab.model_copy(update={"until": None})
        )

    def pause(self, *, paused: bool) -> None:
        """Let new events wait, or show them."""
        steps = self.payload["snapshot"]["total_steps"] if self.payload and paused else None
        self.tab = self.tab.model_copy(update={"until": steps})

    def concerns(self, change: Change) -> bool:
        """Tell whether the list of runs or the selected run changed."""
        return change.family == "runs" or (change.family == "run" and change.key == self.run_id)

    @property
    def subject(self) -> Hashable:
        """What is looked at."""
        return type(self), self.run_id

    async def look(self) -> None:
        """Look at the list of runs and the selected one."""
        await self.store.index()
        self._select()
        if self.run_id and await self.store.run(self.run_id, rows=True):
            await self.store.trades(self.run_id)

    def _select(self) -> None:
        """Select the newest run if none was chosen."""
        ordered = self.store.local.index.ordered
        if not self.run_id and ordered:
            self.choose(ordered[0].run_id)

    def _seen(self) -> Any:
        shown = (self.run_id, self.search, self.window, self.span, self.tab)
        return *shown, self.store.local.index.revision, self._revisions()

    def _revisions(self) -> tuple[int, ...]:
        local = self.store.local
        known = (local.runs.get(self.run_id), local.trades.get(self.run_id))
        return tuple(part.revision if part else 0 for part in known)

    async def _build(self, context: Context) -> None:
        await self._build_list(context)
        self._select()
        if not self.run_id:
            return
        # A zoom changes the chart alone, and the person waits for it.
        seen = (self.run_id, self.tab, self._revisions())
        if seen != self.rows_seen:
            self.payload = await self.store.shared.get(
                ("live_run", self.run_id, self._revisions()),
                lambda: run_payload(context, Params(), self.run_id),
            )
            await self._build_rows(context)
            self.rows_seen = None if self.rows_problem else seen
        self.chart = await self.store.shared.get(
            ("run_chart", self.run_id, self._drawn(), self._revisions()),
            lambda: price_chart.run_chart(context, self._drawn(), self.run_id),
        )

    def _drawn(self) -> CurveParams:
        since, until = self.window or (None, None)
        return price_chart.window(since, until, self.span)

    async def _build_rows(self, context: Context) -> None:
        """Fill the tab; one that fails says so, and the rest of the page stays."""
        try:
            rows = await self.store.shared.get(
                ("tab", self.run_id, self.tab, self._revisions()),
                lambda: run_tabs.tab(context, self.tab, self.run_id),
            )
        except PeakTradeError as error:
            self.rows, self.rows_problem = None, str(error)
        except Exception:
            logger.exception("Rows of the tab %s", self.tab.tab)
            self.rows, self.rows_problem = None, TAB_FAILED
        else:
            self.rows, self.rows_problem = rows, ""
