"""One run as frames: the rows, the judgements, and the views of its page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import pandas as pd
import pyarrow as pa

from peak_trade.artifacts.runs import RunMeta
from peak_trade.artifacts.trades import Trades
from peak_trade.contract.base.freshness import Freshness, freshness
from peak_trade.contract.base.life import lives
from peak_trade.contract.base.route import Context, Params
from peak_trade.contract.pages.drawable import drawable
from peak_trade.contract.runs import books as checks
from peak_trade.contract.runs import drift as drifts
from peak_trade.contract.runs import judged as judgements
from peak_trade.contract.runs import schema
from peak_trade.contract.runs import snapshot as snapshots
from peak_trade.contract.runs.funnel import FunnelPayload, decision_funnel
from peak_trade.derive.benchmark import buy_and_hold, closes
from peak_trade.derive.event_frame import event_times, events_frame
from peak_trade.derive.measured import Judged
from peak_trade.derive.metrics import drawdowns, floats
from peak_trade.library import tables
from peak_trade.library.frames import timed_frame
from peak_trade.library.reader import Reader
from peak_trade.models.frames import candle_frame
from peak_trade.schemas import PEAK_COLUMN
from peak_trade.store.runs_state import RunState

if TYPE_CHECKING:
    from peak_trade.library.live import LiveRun
    from peak_trade.views.notebook.cells import Cell

EQUITY_COLUMNS: Final = ("equity", "realized_pnl", "unrealized_pnl")
ORDER_COUNTS: Final = ("orders_generated", "orders_filled", "orders_rejected", "orders_blocked")
ORDER_COLUMNS: Final = ("step", *ORDER_COUNTS, "risk_allowed", "risk_reasons")
PRICES: Final = ["open", "high", "low", "close"]
Chart = Literal["price", "equity", "drawdown"]


@dataclass(frozen=True, eq=False, repr=False)
class Run:
    """One run at the moment it was asked for; `live` and the views go on with it.

    Examples
    --------
    >>> run = artifacts.run("20260115_173600_shadow_ma_crossover_BTC-EUR_1m")
    >>> run.meta.symbol, len(run.events)
    ('BTC/EUR', 50)
    >>> float(run.equity["drawdown"].min()) <= 0
    True
    """

    state: RunState
    reader: Reader = field(repr=False)
    stored_trades: Trades | None = None

    @property
    def run_id(self) -> str:
        """The run's id: the name of its directory."""
        return self.state.run_id

    @property
    def meta(self) -> RunMeta:
        """The run's meta data."""
        return self.state.meta

    @cached_property
    def judged(self) -> Judged:
        """What its statistics are computed from."""
        return self.reader.store.local.judging.of(self.state, self.stored_trades)

    @property
    def events(self) -> pd.DataFrame:
        """All events in the order of the run, as `derive.event_frame.events_frame` describes."""
        return events_frame(self._table)

    @property
    def equity(self) -> pd.DataFrame:
        """Equity curve of all events, index `time` in UTC.

        Columns `equity`, `realized_pnl`, `unrealized_pnl` in account currency (float64, NaN for
        none), `drawdown`, (equity - peak) / peak as a fraction <= 0 from the start of the run,
        and `buy_and_hold`, what the first equity would be worth, held in the run's symbol.
        """
        table = self._table
        columns = {name: floats(table, name) for name in EQUITY_COLUMNS}
        columns["drawdown"] = drawdowns(columns["equity"], floats(table, PEAK_COLUMN))
        columns["buy_and_hold"] = buy_and_hold(columns["equity"], closes(table))
        return pd.DataFrame(columns, index=event_times(table))

    @property
    def candles(self) -> pd.DataFrame:
        """All candles of the run, index `time` in UTC: the begin of the candle.

        Columns `open`, `high`, `low`, `close` in the quote currency (float64); where a row has no
        open, high or low, they are its price.
        """
        return candle_frame(drawable(self.state, self.stored_trades).candles)[PRICES].copy()

    @property
    def trades(self) -> pd.DataFrame:
        """Rows of the trades file, columns as stored; empty without such a file."""
        return pd.DataFrame(list((self.stored_trades and self.stored_trades.rows) or ()))

    @property
    def closed_trades(self) -> pd.DataFrame:
        """Entries with their exits, first in, first out; index `number`, times in UTC.

        Columns are those of `/api/v0/runs/{run_id}/closed_trades`.
        """
        columns = list(judgements.ClosedTradeItem.__annotations__)
        frame = pd.DataFrame(judgements.closed_trade_items(self.judged), columns=columns)
        for name in ("entry_time", "exit_time"):
            frame[name] = pd.to_datetime(frame[name], utc=True, format="ISO8601")
        return frame.set_index("number")

    @property
    def orders(self) -> pd.DataFrame:
        """Events that have an order count above 0, index `time` in UTC.

        Columns `step`, `orders_generated`, `orders_filled`, `orders_rejected`, `orders_blocked`,
        `risk_allowed` and `risk_reasons`, those that the run has.
        """
        table = self._table
        counted = sum((floats(table, name) > 0 for name in ORDER_COUNTS), start=False)
        found = table.filter(pa.array(counted, pa.bool_())) if table.num_rows else table
        known = [name for name in ORDER_COLUMNS if name in table.column_names]
        return events_frame(found)[known]

    @property
    def alerts(self) -> pd.DataFrame:
        """Alerts of the run, newest first, index `time` in UTC (NaT where there is none).

        Columns `rule_id`, `severity`, `message`, `run_id` and `timestamp`, as stored.
        """
        items = [asdict(alert) for alert in snapshots.newest_alerts(self.state)]
        columns = ("rule_id", "severity", "message", "run_id", "timestamp")
        return timed_frame(items, "instant", columns, "time")

    def stats(self) -> pd.DataFrame:
        """Return the statistics, as `/api/v0/runs/{run_id}/statistics` gives them.

        Index `name`; columns `label`, `group`, `value` (number, ISO time, or None), `unit`, `n`,
        `annualised` and `reason`, why there is no value. `attrs["basis"]` is what they rest on,
        such as `bars_per_year`.

        Examples
        --------
        >>> run = artifacts.run("20260115_173600_shadow_ma_crossover_BTC-EUR_1m")
        >>> run.stats().loc["total_return", "unit"]
        'fraction'
        """
        found = judgements.run_statistics(self.state, self.judged)
        frame = pd.DataFrame(found["items"]).set_index("name")
        values = [item["value"] for item in found["items"]]  # None stays None beside numbers alone
        frame["value"] = pd.Series(values, frame.index, dtype=object)
        frame.attrs["basis"] = dict(found["basis"])
        return frame

    @property
    def statistics(self) -> pd.DataFrame:
        """The same as `stats()`."""
        return self.stats()

    def books(self) -> pd.DataFrame:
        """Return the checks of the books, as `/api/v0/runs/{run_id}/books` gives them.

        Index `name`; columns `label`, `status` (ok, failed or unchecked), `checked`, `failed`,
        `seq`, `step`, `time`, `expected`, `found`, `difference` of the first row that is wrong.
        """

        async def build(context: Context) -> checks.Books:
            session = await checks.session_of(context, self.state)
            rows = self.reader.store.local.judging.books(self.state, self.judged)
            return checks.checked_books(self.state, self.judged, rows, session, context.now)

        return pd.DataFrame(self.reader.answer(build)["checks"]).set_index("name")

    def funnel(self) -> FunnelPayload:
        """Return why it did or did not trade, as `/api/v0/runs/{run_id}/funnel` gives it.

        `stages` count what came from signal to fill, `reasons` what stopped it. It is of the run
        as it is now.
        """
        return self.reader.answer(lambda context: decision_funnel(context, Params(), self.run_id))

    def drift(self, other: Run) -> drifts.DriftPayload:
        """Return how far another run went from this one, as `/api/v0/drift` gives it."""
        return drifts.drift_payload((self.state, self.judged), (other.state, other.judged))

    def snapshot(self) -> schema.RunSnapshot:
        """Return the metrics at the last event, as `/runs/{run_id}/snapshot` gives them."""
        return snapshots.run_snapshot(self.state)

    def freshness(self) -> Freshness:
        """Return whether it lives and why that is said: state, reason, age, as pages have it.

        It is of the run as it is now.
        """

        async def build(context: Context) -> Freshness:
            return freshness((await lives(context)).run(self.run_id, self.meta))

        return self.reader.answer(build)

    def live(self) -> LiveRun:
        """Return the run as it goes on: its frames are parameters that grow by themselves.

        See `docs/notebooks.md`. It ends with `close`, or when nobody holds it any more.
        """
        from peak_trade.library.live import LiveRun, opened

        return opened(LiveRun, self.reader, run_id=self.run_id)

    def dashboard(self) -> Cell:
        """Return the page of the run for a cell: live, with its charts and tables."""
        from peak_trade.views.notebook.cells import run_cell

        return run_cell(self.live())

    def chart(self, name: Chart = "equity", indicators: Sequence[str] = ()) -> Cell:
        """Return one chart of the run for a cell, live: `price`, `equity` or `drawdown`.

        `indicators` are drawn with the price, at most 4: names of columns of numbers without
        their `extra_`.

        Raises
        ------
        ValueError
            If there is no chart of this name, or the chart has no such indicators.
        """
        from peak_trade.library.live import LiveRun, opened
        from peak_trade.views.notebook.cells import chart_cell

        live = opened(LiveRun, self.reader, run_id=self.run_id, indicators=tuple(indicators))
        return chart_cell(live, name)

    def report(
        self, out: str | Path, other: str = "", language: Literal["en", "de"] = "en"
    ) -> None:
        """Write a report of the run to `out`: `.html`, `.json`, or `.parquet` for its statistics.

        `other` is the id of a run to show beside it. `reports.files.write_run_report` says what is
        raised.
        """
        from peak_trade.reports.files import write_run_report

        settings = self.reader.settings
        write_run_report(settings, self.run_id, Path(out), other=other, language=language)

    @property
    def _table(self) -> pa.Table:
        return self.state.events.table()

    def __repr__(self) -> str:
        return tables.run_text(self.meta, self.snapshot(), self._told())

    def _told(self) -> str:
        """Return the state in words, nothing where no file can be read any more, or just now."""
        try:
            return tables.state_text(self.freshness())
        except RuntimeError:
            return ""

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> Mapping[str, str]:
        del include, exclude
        found, state = self.snapshot(), self._told()
        equity = floats(self._table, "equity")
        return {
            "text/plain": tables.run_text(self.meta, found, state),
            "text/html": tables.run_html(self.meta, found, state, equity),
        }
