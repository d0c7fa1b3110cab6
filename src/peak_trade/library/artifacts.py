"""The door for notebooks and scripts: the artifacts of one root as objects and frames.

The same store and the same payload functions as the web pages: each call looks at the files and
gives every byte that was complete before it. Nothing is ever written.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal
from weakref import WeakValueDictionary

import pandas as pd

from peak_trade.addresses import scheme
from peak_trade.contract.base.life import lives
from peak_trade.contract.base.route import Context
from peak_trade.contract.runs.schema import RunEntry
from peak_trade.contract.runs.search import RUNS, read_metrics
from peak_trade.contract.runs.snapshot import run_entry
from peak_trade.contract.sessions.records import select, session_detail, session_row
from peak_trade.contract.sessions.schema import SessionRow
from peak_trade.contract.sessions.search import SESSIONS
from peak_trade.errors import NotFoundError, UnlistedError
from peak_trade.frozen import frozen
from peak_trade.library import tables
from peak_trade.library.frames import (
    ALERT_COLUMNS,
    EVENT_COLUMNS,
    LOG_COLUMNS,
    run_frame,
    session_frame,
    timed_frame,
)
from peak_trade.library.reader import Reader
from peak_trade.library.run import Run
from peak_trade.library.session import Session
from peak_trade.settings import Settings, load
from peak_trade.views.notebook.kernel import import_ahead

if TYPE_CHECKING:
    from peak_trade.views.notebook.cells import Cell

NEAREST: Final = 3
"""Ids that an error names instead."""

_READERS: Final[WeakValueDictionary[str, Reader]] = WeakValueDictionary()


Roots = str | Path | Iterable[str | Path] | Mapping[str, str | Path]


def open_library(root: Roots | None, config: Path | None = None) -> Library:
    """Return the artifacts below `root`; see `peak_trade.open`.

    Who opens the same artifacts again shares what was read.
    """
    settings = settings_of(root, config)
    key = f"{settings.root_path} {settings!r}"
    reader = _READERS.get(key)
    if reader is None:
        settings.log_warnings()
        reader = _READERS[key] = Reader(settings)
        import_ahead()
    return Library(reader)


def settings_of(
    root: Roots | None, config: Path | None, given: Mapping[str, object] | None = None
) -> Settings:
    """Return the settings of what `peak_trade.open` is given; `given` are others, by name."""
    others = dict(given or {})
    if root is None:
        found = load(config, others, by_address=True).settings
        if found.several:
            return found
        root = "."
    if isinstance(root, str | Path):
        found = load(config, {"dashboard.root": str(root), **others}, by_address=True).settings
        if not scheme(str(root)) and not found.root_path.is_dir():
            raise NotFoundError(f"no directory {root}")
        return found
    named = root.items() if isinstance(root, Mapping) else ((_named(path), path) for path in root)
    roots = [{"name": name, "path": str(path)} for name, path in named]
    return load(config, {"roots": roots, **others}, by_address=True).settings


def _named(path: str | Path) -> str:
    """Return the name of a root that is given none: the last part of its path."""
    return re.sub(r"[^a-z0-9_-]+", "-", str(path).rstrip("/").rpartition("/")[2].lower()).strip("-")


class Library(tables.OfLists):
    """The artifacts of one root, or of several; may be used from any thread.

    Columns of `runs`, by `started_at` in UTC: `run_id`, `mode`, `strategy_name`, `symbol`,
    `timeframe`, `ended_at`, `is_active`, `last_event_time`, `realized_pnl` in account `currency`,
    `drawdown`, `max_drawdown` and `gain` as fractions, and `state` (live, late, stale, crashed,
    ended or unknown); of several roots `root`, too, as have `sessions`. Columns of `sessions`, by
    `started_at` in UTC: `session_id`, `ended_at`, `mode`, `environment`, `status`, `realized_pnl`
    in account currency, `max_drawdown` as a fraction <= 0, `num_orders`, `notes`,
    `duration_seconds`, `is_live_warning`, `risk_status`, `risk_severity`, `strategy_name`, `tier`,
    `symbol`, `currency`, `env_name`, `as_of` and `state`. Queries give the same columns.

    Examples
    --------
    >>> artifacts.runs()["mode"].iloc[0]
    'shadow'
    >>> bool((artifacts.query("mode:shadow pnl<0", of="sessions")["realized_pnl"] < 0).all())
    True
    >>> artifacts["20260115_173600_shadow_ma_crossover_BTC-EUR_1m"].meta.timeframe
    '1m'
    """

    def __init__(self, reader: Reader) -> None:
        self.reader = reader

    def runs(self) -> pd.DataFrame:
        """Return all runs, newest last event first; the columns are those of the class."""
        return run_frame(self._runs(), several=self._several)

    def sessions(self, mode: str = "", status: str = "") -> pd.DataFrame:
        """Return the session registry, newest end (or start) first; columns as of the class.

        `mode` and `status` filter by the stored values.
        """
        return session_frame(self._sessions(mode, status), several=self._several)

    def query(
        self, query: str, sort: str = "", *, of: Literal["runs", "sessions"] = "sessions"
    ) -> pd.DataFrame:
        """Return the sessions or runs that match a query such as `mode:shadow pnl<0`.

        The language is that of the console and of `/api/v0/sessions_table`, of runs that of
        `/api/v0/runs_table`. `sort` is a name of the language, descending with `-`.

        Raises
        ------
        QueryError
            If there is a term or a name that cannot be understood.
        ValueError
            If `of` is neither of them.
        """
        if of not in {"runs", "sessions"}:
            raise ValueError(f'of="{of}" cannot be asked; there are runs and sessions')
        if of == "runs":
            is_run = RUNS.parse(query)
            found = RUNS.sort([row for row in self._runs() if is_run(row)], sort)
            return run_frame(found, several=self._several)
        matches = SESSIONS.parse(query)
        rows = SESSIONS.sort([row for row in self._sessions() if matches(row)], sort)
        return session_frame(rows, several=self._several)

    def run(self, run_id: str) -> Run:
        """Return one run with all its rows.

        Raises
        ------
        NotFoundError
            If there is no usable run of this name; it names the nearest ones.
        """
        found = self.find_run(run_id)
        if found is None:
            raise self._missing("run", run_id, self._run_ids())
        return found

    def session(self, session_id: str) -> Session:
        """Return one session.

        Raises
        ------
        NotFoundError
            If there is no session of this name; it names the nearest ones.
        """
        known = self.reader.answer(lambda context: context.store.sessions()).by_id
        if session_id not in known:
            raise self._missing("session", session_id, known)
        return Session(session_detail(known[session_id]), self)

    def alerts(self, hours: float = 24) -> pd.DataFrame:
        """Return stored alerts of the last `hours`, newest first; index `time` in UTC.

        Columns `id`, `title`, `body`, `severity`, `category`, `source` and `session_id`.
        """

        async def build(context: Context) -> pd.DataFrame:
            found = await context.store.alerts(context.now - timedelta(hours=hours), context.now)
            rows = (
                {name: getattr(alert, name) for name in ("instant", *ALERT_COLUMNS)}
                for alert in found
            )
            return timed_frame(rows, "instant", ALERT_COLUMNS, "time")

        return self.reader.answer(build)

    def telemetry(self, log_id: str = "") -> pd.DataFrame:
        """Return the telemetry logs, or the events of one of them in file order.

        The logs have the columns `log_id`, `size` in bytes and `compressed`, and as index `time`
        when they were written last; events `kind`, `symbol`, `session_id`, `mode` and `payload`,
        and their own `time`; in UTC.

        Raises
        ------
        NotFoundError
            If there is no log of this id; it names the nearest ones.
        """
        if not log_id:
            logs = self.reader.answer(lambda context: context.store.logs()).logs.values()
            frame = pd.DataFrame(
                [(log.log_id, log.size, log.compressed) for log in logs], columns=list(LOG_COLUMNS)
            )
            written = pd.to_datetime([log.mtime_ns for log in logs], utc=True)
            return frame.set_index(pd.DatetimeIndex(written, name="time"))
        found = self.find_telemetry(log_id)
        if found is None:
            known = self.reader.answer(lambda context: context.store.logs()).logs
            raise self._missing("telemetry log", log_id, known)
        return found

    def find_run(self, run_id: str) -> Run | None:
        """Return one run with all its rows, None if there is none."""

        async def build(context: Context) -> Run | None:
            state = await context.store.run(run_id, rows=True)
            if state is None:
                return None
            return Run(state, self.reader, await context.store.trades(run_id))

        return self.reader.answer(build)

    def find_telemetry(self, log_id: str) -> pd.DataFrame | None:
        """Return the events of a telemetry log, None if there is none."""
        log = self.reader.answer(lambda context: context.store.log(log_id))
        if log is None:
            return None
        rows = (
            {name: frozen(getattr(event, name)) for name in ("instant", *EVENT_COLUMNS)}
            for event in log.state.records
        )
        return timed_frame(rows, "instant", EVENT_COLUMNS, "time")

    def console(self) -> Cell:
        """Return the overview of sessions and active runs for a cell, live."""
        from peak_trade.library.live import LiveConsole, opened
        from peak_trade.views.notebook.cells import console_cell

        return console_cell(opened(LiveConsole, self.reader))

    def alerts_view(self) -> Cell:
        """Return the page of the alerts for a cell, live."""
        from peak_trade.library.live import LiveAlerts, opened
        from peak_trade.views.notebook.cells import alerts_cell

        return alerts_cell(opened(LiveAlerts, self.reader))

    def __getitem__(self, thing_id: str) -> Run | Session:
        found = self.find_run(thing_id)
        if found is not None:
            return found
        sessions = self.reader.answer(lambda context: context.store.sessions()).by_id
        if thing_id not in sessions:
            raise self._missing("run or session", thing_id, self._ipython_key_completions_())
        return self.session(thing_id)

    def _ipython_key_completions_(self) -> list[str]:
        sessions = self.reader.answer(lambda context: context.store.sessions())
        ids = (*self._run_ids(), *(record.session_id for record in sessions.ordered))
        return list(dict.fromkeys(ids))

    def _missing(self, kind: str, name: str, known: Iterable[str]) -> NotFoundError:
        ids = list(known)
        near = difflib.get_close_matches(str(name), ids, NEAREST, cutoff=0.3) or ids[:NEAREST]
        named = ", ".join(tables.readable(repr(one)) for one in near)
        instead = f"nearest: {named}" if near else "there is none at all"
        return NotFoundError(f"no {kind} {name!r}; {instead}")

    def _run_ids(self) -> list[str]:
        ordered = self.reader.answer(lambda context: context.store.index()).ordered
        return [summary.run_id for summary in ordered]

    def _runs(self, *, metrics: bool = True) -> list[RunEntry]:
        async def build(context: Context) -> list[RunEntry]:
            if metrics:
                await read_metrics(context)
            ordered, alive = (await context.store.index()).ordered, await lives(context)
            return [run_entry(summary, alive) for summary in ordered]

        return self.reader.answer(build)

    @property
    def _several(self) -> bool:
        return self.reader.settings.several

    def _sessions(self, mode: str = "", status: str = "") -> list[SessionRow]:
        async def build(context: Context) -> list[SessionRow]:
            chosen = select((await context.store.sessions()).ordered, mode, status)
            alive = await lives(context)
            return [session_row(record, alive) for record in chosen]

        return self.reader.answer(build)

    def _shown(self) -> tuple[str, dict[str, str], pd.DataFrame]:
        runs = self._listed(lambda: run_frame(self._runs(metrics=False)))
        lists = {
            "runs": tables.counts(runs),
            "sessions": tables.counts(self._listed(self.sessions)),
            "alerts in 24 h": tables.counts(self._listed(self.alerts)),
            "telemetry logs": tables.counts(self._listed(self.telemetry)),
        }
        if reasons := self.reader.answer(lambda context: context.store.directories()).reasons():
            lists["not known"] = tables.readable("; ".join(reasons))
        newest = run_frame([]) if runs is None else runs
        columns = ["run_id", "state", "mode", "symbol", "timeframe"]
        return self.reader.settings.root_shown, lists, newest[columns].head(tables.MOST)

    def _listed(self, read: Callable[[], pd.DataFrame]) -> pd.DataFrame | None:
        """Return a list, None where it cannot be told: what stands in a cell raises nothing."""
        with suppress(UnlistedError):
            return read()
        return None
