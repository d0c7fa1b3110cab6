"""Trading metrics for Prometheus: states of runs and telemetry always, others if asked for.

Guarantees: the metrics are those of the JSON routes; a scrape looks at the runs it shows; what is
gone, or not among the newest `limit` of its family, has no series, and how many were left out is a
metric; a value that is not known has no sample; labels have a greatest length.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from peak_trade import clock
from peak_trade.artifacts.runs import MAX_ID_LENGTH
from peak_trade.artifacts.sessions import SessionRecord
from peak_trade.contract.base.life import Lives, known_lives
from peak_trade.contract.runs.books import Books, checked_books, known_session
from peak_trade.contract.runs.judged import Statistics, run_statistics
from peak_trade.contract.runs.schema import RunMetrics
from peak_trade.contract.runs.snapshot import run_metrics
from peak_trade.contract.sessions.records import session_item
from peak_trade.contract.sessions.schema import SessionItem
from peak_trade.derive.freshness import Freshness, Judgement
from peak_trade.derive.telemetry_health import RANKS, HealthCheck, health_checks
from peak_trade.errors import OverloadedError
from peak_trade.settings import Settings
from peak_trade.store.live import LiveStore
from peak_trade.store.runs_state import RunSummary
from peak_trade.web.gauges import encodable, gauges

LABEL_LENGTH: Final = 100
NEWLY: Final = timedelta(hours=1)
RUN_LABELS: Final = ("run_id", "mode", "strategy", "symbol", "timeframe")
SESSION_LABELS: Final = ("session_id", "mode", "environment", "status")

RUN_GAUGES: Final[dict[str, tuple[str, Callable[[RunMetrics], float | None]]]] = {
    "equity": ("Equity at the last event", lambda run: run["equity"]),
    "drawdown_ratio": ("Drawdown now, a fraction, 0 or below", lambda run: run["drawdown"]),
    "realized_pnl": ("Realized profit at the last event", lambda run: run["realized_pnl"]),
    "unrealized_pnl": ("Unrealized profit at the last event", lambda run: run["unrealized_pnl"]),
}
RUN_COUNTERS: Final[dict[str, tuple[str, Callable[[RunMetrics], float | None]]]] = {
    "events": ("Events", lambda run: run["total_steps"]),
    "orders": ("Orders: filled if any, else generated", lambda run: run["total_orders"]),
    "orders_blocked": ("Orders blocked by risk limits", lambda run: run["total_blocked_orders"]),
}
SESSION_GAUGES: Final[dict[str, tuple[str, Callable[[SessionItem], float | None]]]] = {
    "realized_pnl": ("Realized profit on record", lambda item: item["realized_pnl"]),
    "max_drawdown": ("Greatest drawdown on record", lambda item: item["max_drawdown"]),
    "orders": ("Executed orders on record", lambda item: item["num_orders"]),
}


class TradingMetrics(Collector):
    """Collects what is known; `refresh` before a scrape brings it up to date."""

    def __init__(self, store: LiveStore, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._limit = settings.web_ui.trading_metrics_limit
        self._checks: list[HealthCheck] = []
        self._states: list[Metric] = []
        self._judged: dict[str, tuple[Statistics, Books]] = {}

    async def refresh(self) -> None:
        """Look at telemetry and the runs to show; if too many reads wait, what is known stays."""
        with suppress(OverloadedError):
            usage = await self._store.telemetry_usage()
            lives = known_lives(self._store.local, self._settings, clock.now())
            self._states = await self._store.compute(lambda: list(_states(lives)))
            self._checks = health_checks(usage, clock.now().timestamp())
            self._judged = {
                summary.run_id: found
                for summary in self._shown_runs()
                if (found := await self._judge(summary.run_id))
            }

    async def _judge(self, run_id: str) -> tuple[Statistics, Books] | None:
        """Look at a run; judge it, unless its rows are not in memory: none are read here.

        Nor is telemetry: what is checked against it is left out until a page has read it.
        """
        store = self._store
        state = await store.run(run_id)
        if state is None or not state.events.has_rows:
            return None
        trades = await store.trades(run_id)
        session, now = known_session(store.local, state), clock.now()

        def judge() -> tuple[Statistics, Books]:
            known = store.local.judging.of(state, trades)
            rows = store.local.judging.books(state, known)
            return run_statistics(state, known), checked_books(state, known, rows, session, now)

        return await store.compute(judge)

    def _statistic(self) -> Metric:
        text = "Statistics of a run that have a value and are no time, in the unit of the documents"
        family = GaugeMetricFamily("peak_trade_run_statistic", text, labels=("run_id", "statistic"))
        for run_id, (found, _) in self._judged.items():
            for item in found["items"]:
                if isinstance(item["value"], int | float):
                    family.add_metric((encodable(run_id), item["name"]), item["value"])
        return family

    def _books(self) -> Metric:
        text = "Events that fail a check of the books of a run, 1 for the run as a whole"
        family = GaugeMetricFamily("peak_trade_run_books_failed", text, labels=("run_id", "check"))
        for run_id, (_, books) in self._judged.items():
            for check in books["checks"]:
                if check["status"] != "unchecked":
                    family.add_metric((encodable(run_id), check["name"]), check["failed"])
        return family

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics of what is known."""
        now = clock.now()
        yield from self._states
        yield gauges(
            "peak_trade_telemetry_health",
            "Checks of the telemetry directory: 0 ok, 1 warn, 2 critical",
            "check",
            {check["name"]: RANKS[check["status"]] for check in self._checks},
        )
        if self._limit:
            yield from self._runs(now)
            yield self._statistic()
            yield self._books()
            yield from self._sessions()
            yield from self._left_out()

    def _shown_runs(self) -> tuple[RunSummary, ...]:
        return self._store.local.index.ordered[: self._limit]

    def _shown_sessions(self) -> list[SessionRecord]:
        sessions = self._store.local.sessions
        named = (
            record
            for record in sessions.ordered
            if sessions.by_id[record.session_id] is record
            and len(record.session_id) <= MAX_ID_LENGTH
        )
        return list(islice(named, self._limit))

    def _runs(self, now: datetime) -> Iterator[Metric]:
        summaries = self._shown_runs()
        texts = [
            (run.run_id, run.meta.mode, run.meta.strategy_name, run.meta.symbol, run.meta.timeframe)
            for run in summaries
        ]
        yield _info("peak_trade_run_info", "What a run trades", RUN_LABELS, texts)
        known = self._store.local.runs
        items = {
            run.run_id: run_metrics(known[run.run_id]) for run in summaries if run.run_id in known
        }
        for name, (text, value) in RUN_GAUGES.items():
            yield gauges(
                f"peak_trade_run_{name}",
                text,
                "run_id",
                {run_id: value(item) for run_id, item in items.items()},
            )
        for name, (text, value) in RUN_COUNTERS.items():
            family = CounterMetricFamily(f"peak_trade_run_{name}", text, labels=("run_id",))
            for run_id, item in items.items():
                family.add_metric((encodable(run_id),), value(item) or 0)
            yield family
        ages = {h.run_id: (now - h.last_event).total_seconds() for h in summaries if h.last_event}
        running = {h.run_id: ages.get(h.run_id) for h in summaries if h.meta.ended_at is None}
        text = "Age of the last event of a run that has not ended"
        yield gauges("peak_trade_run_age_seconds", text, "run_id", running)

    def _sessions(self) -> Iterator[Metric]:
        items = [session_item(record) for record in self._shown_sessions()]
        texts = [(i["session_id"], i["mode"], i["environment"], i["status"]) for i in items]
        yield _info("peak_trade_session_info", "A session on record", SESSION_LABELS, texts)
        for name, (text, value) in SESSION_GAUGES.items():
            values = {item["session_id"]: value(item) for item in items}
            yield gauges(f"peak_trade_session_{name}", text, "session_id", values)

    def _left_out(self) -> Iterator[Metric]:
        local = self._store.local
        values = {
            "run": len(local.index.ordered) - len(self._shown_runs()),
            "session": len(local.sessions.by_id) - len(self._shown_sessions()),
        }
        text = "Runs and sessions without series of their own, for there are too many"
        yield gauges("peak_trade_series_left_out", text, "family", values)
        former = f"deprecated, use peak_trade_series_left_out: {text}"
        yield gauges("peak_trade_figures_left_out", former, "family", values)


def _states(lives: Lives) -> Iterator[Metric]:
    """Yield how many runs and sessions live, and how many fell silent of late."""
    runs = [lives.summary(summary) for summary in lives.runs.values()]
    sessions = [lives.session(record) for record in lives.open_sessions]
    for name, text, found in (
        ("runs", "Runs by freshness of their data", runs),
        ("sessions", "Sessions that their records do not end, by signs of life", sessions),
    ):
        counts = Counter(judgement.state for judgement in found)
        values = {state.value: counts[state] for state in Freshness}
        yield gauges(f"peak_trade_{name}", text, "state", values)
        crashed = sum(map(_newly_crashed, found))
        recent = f"{name.capitalize()} that have been crashed for less than an hour"
        yield GaugeMetricFamily(f"peak_trade_{name}_crashed_last_hour", recent, crashed)


def _newly_crashed(judgement: Judgement) -> bool:
    silence, limit = judgement.silence, judgement.limits.crashed
    if judgement.state is not Freshness.CRASHED or silence is None or limit is None:
        return False
    return silence - limit <= NEWLY


def _info(
    name: str, text: str, labels: Iterable[str], rows: Iterable[tuple[str, ...]]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=tuple(labels))
    for key, *texts in rows:
        family.add_metric((encodable(key), *(encodable(text)[:LABEL_LENGTH] for text in texts)), 1)
    return family
