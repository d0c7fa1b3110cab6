"""Signs of life of runs, sessions and logs, gathered from all that the store knows, and judged.

A run and its session are one process: what the session writes is a sign of life of its run, and the
other way round. Nothing is read here but by `read_lives`; file times come with the listings.
A `meta.json` is written before the rows. Where it is newer than all of them, the run was copied:
then the time of its events file tells when, and not that something lives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final, TypeVar

from peak_trade.artifacts import times
from peak_trade.artifacts.runs import RunMeta
from peak_trade.artifacts.sessions import SessionRecord
from peak_trade.artifacts.telemetry import LogFile
from peak_trade.artifacts.times import as_utc
from peak_trade.contract.base.route import Context
from peak_trade.derive.freshness import (
    AHEAD,
    Cadence,
    CadenceSource,
    Evidence,
    Grace,
    Judgement,
    Sign,
    judge,
)
from peak_trade.derive.freshness import Freshness as State
from peak_trade.derive.log_metrics import LogMetrics
from peak_trade.derive.metrics import RunningMetrics
from peak_trade.derive.timeframes import candle_length
from peak_trade.errors import UnlistedError
from peak_trade.jsonio import number, whole
from peak_trade.settings import Settings
from peak_trade.store.live import LiveStore
from peak_trade.store.local import LocalStore
from peak_trade.store.runs_state import RunSummary

T = TypeVar("T")

ALERTS_BACK: Final = timedelta(days=1)
"""How far alerts are read that tell of life."""

MAX_ALERTS: Final = 1000
"""Newest lines of a day's alerts that are looked through for signs of life."""

MAX_HELD: Final = 100_000
"""More rows than this no writer holds back."""

ENDS: Final = frozenset({"completed", "failed", "aborted"})
"""Stored statuses of sessions that are over."""

STEADY: Final = 200
"""Runs with the newest events, among which those that live are looked for."""

GROWING: Final = frozenset({State.LIVE, State.LATE})
"""States of what writes."""

FLUSH: Final = "flush_interval_steps"
SECTION: Final = "shadow_paper_logging"
NO_CADENCE: Final = Cadence()
HEARTBEAT: Final = timedelta(seconds=2)
"""How often streams say that the server is there."""


@dataclass(frozen=True, slots=True)
class Lives:
    """Judges what the store knows at one moment.

    `runs`, their `metrics` as far as they were read, and `newest_rows` are by run; file times
    of `records`, in nanoseconds, `logs`, and newest `alerts`, by session; `sessions_by_run` is the
    newest session of each run, `open_sessions` those without an end.
    """

    now: datetime
    grace: Grace
    runs: Mapping[str, RunSummary]
    metrics: Mapping[str, RunningMetrics]
    newest_rows: Mapping[str, datetime]
    records: Mapping[str, int]
    logs: Mapping[str, LogFile]
    alerts: Mapping[str, datetime]
    sessions_by_run: Mapping[str, SessionRecord]
    open_sessions: tuple[SessionRecord, ...]

    def run(self, run_id: str, meta: RunMeta) -> Judgement:
        """Judge a run, by what it and its session wrote."""
        session = self.sessions_by_run.get(run_id)
        signs = list(self._of_run(run_id))
        ended, ended_at = meta.ended_at is not None, meta.ended_at
        if session is not None and is_over(session):
            ended, ended_at = True, ended_at or _finished(session)
        elif session is not None:
            signs += self._of_session(session)
        return judge(
            signs,
            self._cadence(run_id, meta.timeframe, meta.config_snapshot),
            self.grace,
            self.now,
            ended=ended,
            ended_at=ended_at,
        )

    def summary(self, summary: RunSummary) -> Judgement:
        """Judge a listed run."""
        return self.run(summary.run_id, summary.meta)

    def session(self, record: SessionRecord, more: Iterable[Sign] = ()) -> Judgement:
        """Judge a session, by what it and its run wrote, and by `more` signs that are known."""
        run = self.runs.get(record.run_id) if record.run_id else None
        signs = [Sign(Evidence.START, as_utc(record.started_at)), *more]
        signs += self._of_session(record)
        config = record.config
        configured = config.get("timeframe")
        timeframe = configured if isinstance(configured, str) else ""
        if run is not None:
            signs += self._of_run(run.run_id)
            timeframe, config = run.meta.timeframe, {**config, **run.meta.config_snapshot}
        return judge(
            signs,
            self._cadence(record.run_id or "", timeframe, config),
            self.grace,
            self.now,
            ended=is_over(record),
            ended_at=_finished(record),
            expects_rows=run is not None,
        )

    def log(self, log_id: str, totals: LogMetrics) -> Judgement:
        """Judge a log without a session, by the interval of its events; none says that it died."""
        signs = [Sign(Evidence.TELEMETRY, totals.last)] if totals.last else []
        signs += self._of_log(Evidence.FILE, log_id)
        return judge(signs, observed(totals), self.grace, self.now, expects_rows=False)

    def newest(self, ordered: Sequence[RunSummary]) -> Judgement | None:
        """Judge what gave the newest sign of life: the first of these runs, or an open session.

        None without any. What sums up many writers is as old as the newest of them.
        """
        judged = [self.summary(run) for run in ordered[:1]]
        judged += [self.session(record) for record in self.open_sessions]
        known = [one for one in judged if one.as_of is not None]
        return max(known, key=lambda one: one.as_of or self.now, default=next(iter(judged), None))

    def steady(self, ordered: Sequence[RunSummary]) -> list[RunSummary]:
        """Return runs, newest event first, as lists show them: those that live by their start.

        The newest of what grows is another one at each look, and a row that changes its place
        cannot be read or clicked. Live runs are among the first: the others are not judged.
        """
        first, rest = ordered[:STEADY], ordered[STEADY:]
        going_on = (one for one in first if one.meta.ended_at is None)
        lives = {one.run_id for one in going_on if self.summary(one).state in GROWING}
        live = started_last_first((one for one in first if one.run_id in lives), lambda one: one)
        return [*live, *(one for one in first if one.run_id not in lives), *rest]

    def feed(self) -> Judgement:
        """Judge the alerts: they come when something is wrong, so that no cadence is expected."""
        newest = max(self.alerts.values(), default=None)
        signs = _signs(Evidence.ALERT, newest)
        return judge(signs, NO_CADENCE, self.grace, self.now, expects_rows=False)

    def telemetry(self) -> Judgement:
        """Judge all logs by the newest file; without orders there are no events to write."""
        newest = max((log.mtime_ns for log in self.logs.values()), default=None)
        signs = _signs(Evidence.FILE, None if newest is None else moment(newest))
        return judge(signs, NO_CADENCE, self.grace, self.now, expects_rows=False)

    def _cadence(self, run_id: str, timeframe: str, config: Mapping[str, Any]) -> Cadence:
        """Return the cadence of a run; without a known time frame, that of its newest rows."""
        known, summary = cadence(timeframe, config), self.runs.get(run_id)
        if known.interval is not None or summary is None or summary.interval is None:
            return known
        return Cadence(summary.interval, CadenceSource.OBSERVED, can_crash=False)

    def _of_run(self, run_id: str) -> Iterator[Sign]:
        summary = self.runs.get(run_id)
        rows = (self.newest_rows.get(run_id), summary.last_event if summary else None)
        yield from (Sign(Evidence.ROW, at) for at in rows if at)
        if summary and not self._is_copied(summary):
            seen = (one for one in summary.events_seen if one)
            yield from (Sign(Evidence.FILE, moment(one.mtime_ns)) for one in seen)

    def _of_session(self, record: SessionRecord) -> Iterator[Sign]:
        name = record.session_id
        written = self.records.get(name)
        yield from _signs(Evidence.RECORD, None if written is None else moment(written))
        yield from self._of_log(Evidence.TELEMETRY, name)
        yield from _signs(Evidence.ALERT, self.alerts.get(name))

    def _of_log(self, evidence: Evidence, log_id: str) -> list[Sign]:
        log = self.logs.get(log_id)
        return _signs(evidence, None if log is None else moment(log.mtime_ns))

    def _is_copied(self, run: RunSummary) -> bool:
        written, row = moment(run.document.signature.mtime_ns), run.last_event
        return row is not None and written - row > AHEAD and written <= self.now + AHEAD


def started_last_first(items: Iterable[T], run: Callable[[T], RunSummary]) -> list[T]:
    """Return items by when their runs began: an order that does not change as these grow."""
    return times.newest_first(
        items, lambda one: run(one).meta.started_at, lambda one: run(one).run_id
    )


def server(context: Context) -> Judgement:
    """Judge the server itself, which answers; pages hear from it every two seconds."""
    signs = [Sign(Evidence.ANSWER, context.now)]
    cadence = Cadence(HEARTBEAT, CadenceSource.HEARTBEAT)
    return judge(signs, cadence, grace(context.settings), context.now, expects_rows=False)


async def lives(context: Context) -> Lives:
    """Bring up to date what tells of life, and return what judges by it."""
    await read_lives(context.store, context.now)
    return known_lives(context.store.local, context.settings, context.now)


async def read_lives(store: LiveStore, now: datetime) -> None:
    """Bring up to date what tells of life; what cannot be listed stays as it is."""
    for read in (store.index, store.sessions, store.logs):
        with suppress(UnlistedError):
            await read()
    with suppress(UnlistedError):
        await store.alerts(now - ALERTS_BACK, now)


def known_lives(local: LocalStore, settings: Settings, now: datetime) -> Lives:
    """Return what judges by what is known already."""
    sessions = local.sessions
    return Lives(
        now=now,
        grace=grace(settings),
        runs=local.index.summaries,
        metrics=local.metrics,
        newest_rows={
            run_id: last
            for run_id, state in local.runs.items()
            if (last := state.events.metrics.last_instant)
        },
        records=sessions.written,
        logs=local.logs.logs,
        alerts=_alerts(local),
        sessions_by_run=sessions.by_run,
        open_sessions=tuple(record for record in sessions.unfinished if not is_over(record)),
    )


def _alerts(local: LocalStore) -> dict[str, datetime]:
    """Return the newest alert of each session, of the last two day files."""
    found: dict[str, datetime] = {}
    for day in local.alerts.newest(2):
        for alert in islice(reversed(day.complete), MAX_ALERTS):
            known = found.get(alert.session_id or "")
            if known is None or known < alert.instant:
                found[alert.session_id or ""] = alert.instant
    return found


def grace(settings: Settings) -> Grace:
    """Return what the settings allow beyond a cadence."""
    given = settings.freshness
    return Grace(
        late=timedelta(seconds=given.late_seconds),
        stale_intervals=given.stale_candles,
        stale=timedelta(seconds=given.stale_seconds),
        crashed_intervals=given.crashed_candles,
        crashed=timedelta(seconds=given.crashed_seconds),
    )


def cadence(timeframe: str, config: Mapping[str, Any]) -> Cadence:
    """Return the cadence of a time frame; a writer that says how many rows it holds back may."""
    candle = candle_length(timeframe)
    if candle is None:
        return NO_CADENCE
    held = _held(config)
    if held > 1:
        return Cadence(candle, CadenceSource.FLUSH, held=(held - 1) * candle)
    return Cadence(candle, CadenceSource.TIMEFRAME)


def _held(config: Mapping[str, Any]) -> int:
    """Return how many rows a writer collects before it writes them, as its configuration says."""
    section = config.get(SECTION)
    nested = section.get(FLUSH) if isinstance(section, Mapping) else None
    held = whole(number(config.get(FLUSH, nested))) or 0
    return held if 0 < held <= MAX_HELD else 0


def observed(totals: LogMetrics) -> Cadence:
    """Return the mean interval between the events of a log."""
    if totals.first is None or totals.last is None or totals.count < 2:
        return NO_CADENCE
    interval = (totals.last - totals.first) / (totals.count - 1)
    return Cadence(interval, CadenceSource.OBSERVED, can_crash=False)


def is_over(record: SessionRecord) -> bool:
    """Tell whether a session's record says that it ended."""
    return record.finished_at is not None or record.status in ENDS


def _finished(record: SessionRecord) -> datetime | None:
    return as_utc(record.finished_at) if record.finished_at else None


def _signs(evidence: Evidence, at: datetime | None) -> list[Sign]:
    return [Sign(evidence, at)] if at else []


def moment(mtime_ns: int) -> datetime:
    """Return a file time; one that no date can hold is the first moment there is."""
    return times.from_unix(mtime_ns / 1e9) or times.FIRST
