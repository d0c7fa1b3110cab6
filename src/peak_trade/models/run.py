"""State of the live dashboard: selected run, search, window of time, tab, and their payloads."""

from __future__ import annotations

import logging
from collections.abc import Hashable
from datetime import datetime
from typing import Final

import pandas as pd
import param

from peak_trade import clock
from peak_trade.contract.base.route import Context, Params
from peak_trade.contract.pages import run_tabs
from peak_trade.contract.pages.run import RunPayload, run_payload
from peak_trade.contract.pages.run_chart import CurveParams, RunChart, run_chart
from peak_trade.contract.pages.run_chart import window as drawn_window
from peak_trade.contract.runs.snapshot import find_run
from peak_trade.derive.event_frame import events_frame
from peak_trade.errors import PeakTradeError
from peak_trade.models.address import WINDOW, Address, fields, text, texts
from peak_trade.models.frames import candle_frame, equity_frame, lent, row_frame
from peak_trade.models.run_list import RunListModel
from peak_trade.models.sources import LIFE_SESSIONS, RUNS, Source, run
from peak_trade.models.window import Window, is_around

TAB_FAILED: Final = "These rows cannot be shown; the log of the server says why."

logger = logging.getLogger(__name__)


class RunModel(RunListModel):
    """The selected run (the first of the list if none was chosen) and the list to choose from."""

    address = Address(
        (
            text("run", "run_id"),
            text("range", "span", usual="all"),
            WINDOW,
            texts("indicator", "indicators"),
            fields("tab", run_tabs.TabView),
        )
    )

    run_id = param.String("", doc="The selected run")
    window: param.Parameter[Window] = param.Parameter(None, doc="Begin and end of what is drawn")
    at: param.Parameter[datetime | None] = param.Parameter(None, doc="Moment a link leads to")
    span = param.String("all", doc="Range that was chosen, a key of RANGES; empty after a zoom")
    indicators: param.Parameter[tuple[str, ...]] = param.Parameter(
        (), doc="Names of the indicators that are drawn; those that the run has not are left out"
    )
    tab: param.Parameter[run_tabs.TabView] = param.Parameter(
        run_tabs.TabView(), doc="Which rows are shown below the charts"
    )
    until = param.Integer(None, doc="Events from this position on wait; None if none does")
    payload: param.Parameter[RunPayload | None] = param.Parameter(
        None, doc="What is shown of the run"
    )
    chart: param.Parameter[RunChart | None] = param.Parameter(
        None, doc="What is drawn in the window"
    )
    equity = param.DataFrame(
        pd.DataFrame(), doc="Drawn equity curve, as `frames.equity_frame` describes it"
    )
    candles = param.DataFrame(
        pd.DataFrame(), doc="Drawn candles, as `frames.candle_frame` describes them"
    )
    events = param.DataFrame(pd.DataFrame(), doc="Rows of the tab, newest first")
    rows: param.Parameter[run_tabs.Table | None] = param.Parameter(None, doc="Rows of the tab")
    rows_seen = param.Parameter(doc="What metrics and rows were built from")
    rows_problem = param.String("", doc="Why there are no rows; empty if there are")

    def choose(self, run_id: str) -> None:
        """Select a run, all of it."""
        self.param.update(run_id=run_id, window=None, at=None)

    @param.depends("run_id", watch=True)
    def _go_on(self) -> None:
        """Let no event of another run wait."""
        self.until = None

    @property
    def rows_wanted(self) -> run_tabs.TabParams:
        """Which rows are shown: those of the tab, without those that wait."""
        return run_tabs.TabParams(**self.tab.model_dump(), until=self.until)

    @property
    def is_around(self) -> bool:
        """Whether the window is the one around `at`, which is that of its candle."""
        return is_around(self.window, self.at)

    def pause(self, *, paused: bool) -> None:
        """Let new events wait, or show them."""
        self.until = self.payload["snapshot"]["total_steps"] if self.payload and paused else None

    @param.depends("run_id", "search", "window", "span", "indicators", "tab", "until", watch=True)
    def on_choice(self) -> None:
        """Bring the payload up to date."""
        self.request()

    def sources(self) -> tuple[Source, ...]:
        """Return the list of runs and the selected one: the newest if none was chosen."""
        ordered = self.store.local.index.ordered
        run_id = self.run_id or (ordered[0].run_id if ordered else "")
        return (RUNS, LIFE_SESSIONS, run(run_id)) if run_id else (RUNS, LIFE_SESSIONS)

    def _complete(self) -> None:
        ordered = self.store.local.index.ordered
        if not self.run_id and ordered:
            self.run_id = ordered[0].run_id

    async def _build(self, context: Context) -> None:
        await self._build_list(context)
        if not self.run_id:
            return
        revision = run(self.run_id).revision(self.store.local)
        # A zoom changes the chart alone, and the person waits for it.
        seen = (self.run_id, self.rows_wanted, revision)
        self.payload = await self.store.shared.get(
            ("live_run", self.run_id, revision, self._signs()),
            lambda: run_payload(context, Params(), self.run_id),
        )
        if seen != self.rows_seen:
            await self._build_rows(context, revision)
            self.rows_seen = None if self.rows_problem else seen
        chart, equity, candles = await self.store.shared.get(
            ("run_chart", self.run_id, self._drawn(), revision), lambda: self._draw(context)
        )
        self.param.update(chart=chart, equity=lent(equity), candles=lent(candles))

    async def all_events(self) -> pd.DataFrame:
        """Return the whole log of the selected run, as `event_frame.events_frame` describes it.

        It is built when it is asked for, in a thread, once for all who ask at the same revision.

        Raises
        ------
        NotFoundError
            If there is no usable run of this name, or none is selected.
        """
        context = Context(self.store, self.settings, clock.now())
        state = await find_run(context, self.run_id, rows=True)

        async def build() -> pd.DataFrame:
            return await self.store.compute(lambda: events_frame(state.events.table(), shared=True))

        return lent(await self.store.shared.get(("events", self.run_id, state.revision), build))

    def _signs(self) -> Hashable:
        """Return what changes with each sign of life that is no change of the run."""
        local = self.store.local
        summary = local.index.summaries.get(self.run_id)
        return summary.events_seen if summary else None, local.sessions.revision

    async def _draw(self, context: Context) -> tuple[RunChart, pd.DataFrame, pd.DataFrame]:
        chart = await run_chart(context, self._drawn(), self.run_id)
        return chart, equity_frame(chart["curve"]), candle_frame(chart["price"]["candles"])

    def _drawn(self) -> CurveParams:
        since, until = (self.window if not self.is_around else None) or (None, None)
        return drawn_window(since, until, self.span, self.at, self.indicators)

    async def _build_rows(self, context: Context, revision: Hashable) -> None:
        """Fill the tab; one that fails says so, and the rest of the page stays."""
        wanted = self.rows_wanted
        key = (self.run_id, wanted, revision)
        try:
            rows = await self.store.shared.get(
                ("tab", *key), lambda: run_tabs.tab(context, wanted, self.run_id)
            )

            async def framed() -> pd.DataFrame:
                return row_frame(rows["rows"])

            frame = await self.store.shared.get(("tab_frame", *key), framed)
        except PeakTradeError as error:
            self._set_rows(None, row_frame(()), str(error))
        except Exception:
            logger.exception("Rows of the tab %s", self.tab.tab)
            self._set_rows(None, row_frame(()), TAB_FAILED)
        else:
            self._set_rows(rows, lent(frame))

    def _set_rows(
        self, rows: run_tabs.Table | None, frame: pd.DataFrame, problem: str = ""
    ) -> None:
        self.param.update(rows=rows, rows_problem=problem, events=frame)
