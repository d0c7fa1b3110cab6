"""The door for notebooks and scripts: the artifacts as typed frames with a UTC index.

The same store and the same payload functions as the web pages, used in one thread: each call looks
at the files and gives every byte that was complete before it. Nothing is ever written.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import pyarrow as pa

from peak_trade import clock
from peak_trade.artifacts.runs import RunMeta
from peak_trade.artifacts.times import as_utc
from peak_trade.contract.base.life import ALERTS_BACK, Lives, known_lives
from peak_trade.contract.runs import drift as drifts
from peak_trade.contract.runs import judged as judgements
from peak_trade.contract.runs import schema as runs_schema
from peak_trade.contract.runs import snapshot as runs
from peak_trade.contract.sessions import records as sessions
from peak_trade.contract.sessions import schema as sessions_schema
from peak_trade.contract.sessions.records import session_row
from peak_trade.contract.sessions.search import SESSIONS
from peak_trade.derive.event_frame import event_times, events_frame
from peak_trade.derive.measured import Judged
from peak_trade.derive.metrics import drawdowns, floats
from peak_trade.errors import NotFoundError, UnlistedError
from peak_trade.frozen import frozen
from peak_trade.schemas import PEAK_COLUMN
from peak_trade.settings import Settings, load
from peak_trade.store.families import SessionIndex
from peak_trade.store.listed import check
from peak_trade.store.local import LocalStore
from peak_trade.store.paths import Paths
from peak_trade.store.runs_state import RunState

EQUITY_COLUMNS = ("equity", "realized_pnl", "unrealized_pnl")


def open_library(root: Path, config: Path | None = None) -> Library:
    """Return the artifacts below `root`; see `peak_trade.open`."""
    settings = load(config, {"dashboard.root": str(root)}).settings
    settings.log_warnings()
    store = LocalStore(Paths.of(settings), settings.store.max_memory_mb * 2**20)
    return Library(store, settings)


@dataclass(frozen=True)
class Run:
    """One run at the moment it was asked for."""

    state: RunState
    judged: Judged = field(default_factory=Judged)
    """What its statistics are computed from."""
    settings: Settings = field(default_factory=Settings, repr=False)

    @property
    def statistics(self) -> pd.DataFrame:
        """Statistics of the run, as `/api/v0/runs/{run_id}/statistics` gives them.

        Index `name`; columns `label`, `group`, `value` (number, ISO time, or None), `unit`, `n`,
        `annualised` and `reason`, why there is no value.
        """
        items = judgements.run_statistics(self.state, self.judged)["items"]
        return pd.DataFrame(items).set_index("name")

    @property
    def closed_trades(self) -> pd.DataFrame:
        """Entries with their exits, first in, first out; index `number`, times in UTC."""
        columns = list(judgements.ClosedTradeItem.__annotations__)
        frame = pd.DataFrame(judgements.closed_trade_items(self.judged), columns=columns)
        for name in ("entry_time", "exit_time"):
            frame[name] = pd.to_datetime(frame[name], utc=True, format="ISO8601")
        return frame.set_index("number")

    def drift(self, other: Run) -> drifts.DriftPayload:
        """Return how far another run went from this one, as `/api/v0/drift` gives it."""
        return drifts.drift_payload((self.state, self.judged), (other.state, other.judged))

    @property
    def meta(self) -> RunMeta:
        """The run's meta data."""
        return self.state.meta

    @property
    def events(self) -> pd.DataFrame:
        """All events in the order of the run, as `derive.event_frame.events_frame` describes."""
        return events_frame(self._table())

    @property
    def equity(self) -> pd.DataFrame:
        """Equity curve of all events, index `time` in UTC.

        Columns `equity`, `realized_pnl`, `unrealized_pnl` in account currency (float64, NaN for
        none) and `drawdown`, (equity - peak) / peak as a fraction <= 0 from the start of the run.
        """
        table = self._table()
        columns = {name: floats(table, name) for name in EQUITY_COLUMNS}
        columns["drawdown"] = drawdowns(columns["equity"], floats(table, PEAK_COLUMN))
        return pd.DataFrame(columns, index=event_times(table))

    @property
    def alerts(self) -> pd.DataFrame:
        """Alerts of the run, newest first, index `time` in UTC (NaT where there is none)."""
        return _frame((asdict(alert) for alert in runs.newest_alerts(self.state)), "instant")

    def snapshot(self) -> runs_schema.RunSnapshot:
        """Return the metrics at the last event, as `/runs/{run_id}/snapshot` gives them."""
        return runs.run_snapshot(self.state)

    def report(
        self, out: str | Path, other: str = "", language: Literal["en", "de"] = "en"
    ) -> None:
        """Write a report of the run to `out`: `.html`, `.json`, or `.parquet` for its statistics.

        `other` is the id of a run to show beside it. `reports.files.write_run_report` says what is
        raised.
        """
        from peak_trade.reports.files import write_run_report

        write_run_report(
            self.settings, self.state.run_id, Path(out), other=other, language=language
        )

    def _table(self) -> pa.Table:
        return self.state.events.table()

    def _repr_html_(self) -> str:
        cells = "".join(
            f"<tr><th>{escape(name)}</th><td>{escape(str(value))}</td></tr>"
            for name, value in self.snapshot().items()
        )
        return f"<table>{cells}</table>"


class Library:
    """The artifacts of one root. Not thread-safe: one notebook or script, one object."""

    def __init__(self, store: LocalStore, settings: Settings) -> None:
        self._store = store
        self._settings = settings

    def runs(self) -> pd.DataFrame:
        """Return all runs, newest last event first.

        Index `started_at` in UTC. Columns `run_id`, `mode`, `strategy_name`, `symbol`,
        `timeframe`, `ended_at`, `is_active`, `last_event_time`.
        """
        self._refresh_index()
        now = clock.now()
        items = [runs.run_item(summary, now) for summary in self._store.index.ordered]
        frame = _frame(items, "started_at", list(runs_schema.RunItem.__annotations__))
        for name in ("ended_at", "last_event_time"):
            frame[name] = pd.to_datetime(frame[name], utc=True, format="ISO8601")
        return frame

    def run(self, run_id: str) -> Run:
        """Return one run with all its rows.

        Raises
        ------
        NotFoundError
            If there is no usable run of this name.
        """
        self._refresh_index()
        state = self._store.refresh_run(run_id, rows=True)
        if state is None:
            raise NotFoundError(f"Run not found: {run_id}. `runs()` lists those there are.")
        self._store.commit_run(state)
        trades = self._store.refresh_trades(run_id)
        self._store.commit_trades(run_id, trades)
        return Run(state, self._store.judging.of(state, trades), self._settings)

    def sessions(self, mode: str = "", status: str = "") -> pd.DataFrame:
        """Return the session registry, newest end (or start) first; index `started_at` in UTC.

        `mode` and `status` filter by the stored values. Columns: those of the list of sessions.
        """
        chosen = sessions.select(self._refresh_sessions().ordered, mode, status)
        items = [sessions.session_item(record) for record in chosen]
        frame = _frame(items, "started_at", list(sessions_schema.SessionItem.__annotations__))
        frame["ended_at"] = pd.to_datetime(frame["ended_at"].map(_utc), utc=True)
        return frame

    def query(self, query: str, sort: str = "") -> pd.DataFrame:
        """Return the sessions that match a query such as `mode:shadow pnl<0`.

        The language is that of the console and of `/api/v0/sessions_table`, and so are the columns;
        `started` and `updated` are UTC instants. `sort` is a column, descending with `-`.

        Raises
        ------
        QueryError
            If there is a term or a column that cannot be understood.
        """
        matches = SESSIONS.parse(query)
        records = self._refresh_sessions().ordered
        alive = self._lives()
        rows = [session_row(record, alive) for record in records]
        found = SESSIONS.sort([row for row in rows if matches(row)], sort)
        columns = {name: kind.of for name, kind in SESSIONS.names.items()}
        cells = [{name: of(row) for name, of in columns.items()} for row in found]
        frame = pd.DataFrame(cells, columns=list(columns))
        for name in ("started", "updated"):
            frame[name] = pd.to_datetime(frame[name], utc=True)
        return frame

    def alerts(self, hours: float = 24) -> pd.DataFrame:
        """Return stored alerts of the last `hours`, newest first; index `time` in UTC."""
        until = clock.now()
        since = until - timedelta(hours=hours)
        day = timedelta(days=1)
        store = self._store
        store.commit_alerts(store.refresh_alerts((since - day).date(), (until + day).date()))
        check(store.alerts, anything=bool(store.alerts.files))
        found = store.alerts.between(since, until)
        columns = ["id", "title", "body", "severity", "category", "source", "session_id"]
        rows = ({name: getattr(a, name) for name in columns} | {"time": a.instant} for a in found)
        return _frame(rows, "time", ["time", *columns])

    def telemetry(self, log_id: str) -> pd.DataFrame:
        """Return the events of one telemetry log in file order; index `time` in UTC.

        Raises
        ------
        NotFoundError
            If there is no log of this id.
        """
        self._store.commit_logs(self._store.refresh_logs())
        check(self._store.logs, anything=bool(self._store.logs.logs))
        log = self._store.logs.logs.get(log_id)
        if log is None:
            raise NotFoundError(f"Session log not found: {log_id}")
        lines = self._store.refresh_log(log)
        self._store.commit_log(log_id, lines)
        names = ["kind", "symbol", "session_id", "mode", "payload"]
        rows = (
            {"time": event.instant} | {name: frozen(getattr(event, name)) for name in names}
            for event in lines.state.records
        )
        return _frame(rows, "time", ["time", *names])

    def _lives(self) -> Lives:
        """Read what tells of life, and return what judges by it."""
        store, now = self._store, clock.now()
        with suppress(UnlistedError):
            self._refresh_index()
        store.commit_logs(store.refresh_logs())
        store.commit_alerts(store.refresh_alerts((now - ALERTS_BACK).date(), now.date()))
        return known_lives(store, self._settings, now)

    def _refresh_sessions(self) -> SessionIndex:
        index = self._store.sessions = self._store.refresh_sessions()
        check(index, anything=bool(index.documents))
        return index

    def _refresh_index(self) -> None:
        self._store.commit_index(self._store.refresh_index())
        check(self._store.index, anything=bool(self._store.index.summaries))
        for run_id in self._store.index.unsettled:
            state = self._store.refresh_run(run_id, rows=False)
            if state is not None:
                self._store.commit_run(state)


def _frame(rows: Iterable[Any], index: str, columns: list[str] | None = None) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows), columns=columns)
    times = pd.to_datetime(frame.pop(index).map(_utc), utc=True)
    return frame.set_index(pd.DatetimeIndex(times, name="time" if index == "instant" else index))


def _utc(moment: object) -> datetime | None:
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    if not isinstance(moment, datetime):
        return None
    return as_utc(moment)
