"""Payload of the checks of a run's books: rows, order counts, and the session's record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

from typing_extensions import TypedDict

from peak_trade.artifacts.sessions import SessionRecord
from peak_trade.contract.base import fields as f
from peak_trade.contract.base.route import Context, Params
from peak_trade.contract.runs.judged import run_and_trades
from peak_trade.contract.runs.snapshot import is_active, realized
from peak_trade.derive.books import CHECKS, BookCheck, whole_check
from peak_trade.derive.measured import Judged
from peak_trade.derive.metrics import has_column
from peak_trade.jsonio import finite, whole
from peak_trade.store.families import Log
from peak_trade.store.local import LocalStore
from peak_trade.store.runs_state import RunState

SESSION: Final = "session_id"


class BookCheckItem(TypedDict):
    """One check of the books."""

    name: Annotated[str, f.about("Which check", "equity")]
    label: Annotated[str, f.about("What has to hold", "equity = cash + position x price")]
    status: Annotated[str, f.about("ok, failed, or unchecked where something is missing", "ok")]
    checked: Annotated[int, f.about("Events, or 1 for the run as a whole", 320)]
    failed: Annotated[int, f.about("Those that are wrong", 0)]
    seq: Annotated[int | None, f.about("Position of the first wrong event, from 0", 41)]
    step: Annotated[int | None, f.about("Its step", 42)]
    time: Annotated[str | None, f.about("Its time, as stored", f.EXAMPLE_TIME)]
    expected: Annotated[float | None, f.about("What the rest of it says", 10000.0)]
    found: Annotated[float | None, f.about("What is there", 10005.0)]
    difference: Annotated[float | None, f.about("Found less expected", 5.0)]


class Books(TypedDict):
    """Checks of a run's books."""

    run_id: f.RunId
    session_id: Annotated[str | None, f.about("The session that wrote the run, if known", "s1")]
    failed: Annotated[int, f.about("Checks that failed", 0)]
    checks: Annotated[list[BookCheckItem], f.about("All of them, in their order")]


@dataclass(frozen=True, slots=True)
class OfSession:
    """The session that wrote a run, as far as it is known."""

    session_id: str | None = None
    record: SessionRecord | None = None
    log: Log | None = None


async def books(context: Context, params: Params, run_id: str) -> Books:
    """Check the books of a run.

    Counts of different files, and the session's record, are compared once the run has ended or
    has been silent for ten minutes: while it goes on, one file is ahead of the other.
    """
    state, trades = await run_and_trades(context, run_id, books=True)
    session = await session_of(context, state)
    judging = context.store.local.judging

    def check() -> Books:
        known = judging.of(state, trades)
        return checked_books(state, known, judging.books(state, known), session, context.now)

    known = judging.kept(state, trades)
    rows = judging.kept_books(state, known) if known else None
    if known is None or rows is None:
        return await context.store.compute(check)
    return checked_books(state, known, rows, session, context.now)


async def revision(context: Context, params: Params, run_id: str) -> tuple[int, ...] | None:
    """Return the revisions of all that the books of a run are made of, and whether it goes on."""
    state, trades = await context.store.run_and_trades(run_id, books=True)
    if state is None:
        return None
    log = (await session_of(context, state)).log
    return (
        state.revision,
        trades.revision if trades else 0,
        context.store.local.sessions.revision,
        log.revision if log else 0,
        int(_goes_on(state, context.now)),
    )


def checked_books(
    state: RunState, known: Judged, rows: list[BookCheck], session: OfSession, now: datetime
) -> Books:
    """Return the checks of a run, those of its `rows` and those beside other files."""
    found = [*rows]
    if not _goes_on(state, now):
        found += [*_counts(known, session.log), *_session(state, known, session.record)]
    by_name = {check.name: check for check in found}
    checks = [_item(by_name.get(name) or BookCheck(name, 0, 0), state) for name in CHECKS]
    return {
        "run_id": state.run_id,
        "session_id": session.session_id,
        "failed": sum(check["status"] == "failed" for check in checks),
        "checks": checks,
    }


def _goes_on(state: RunState, now: datetime) -> bool:
    return is_active(state.meta, state.events.metrics.last_instant, now)


async def wrong_checks(context: Context, run_id: str) -> list[BookCheckItem]:
    """Return the checks of a run's books that failed."""
    checks = (await books(context, Params(), run_id))["checks"]
    return [check for check in checks if check["status"] == "failed"]


async def session_of(context: Context, state: RunState) -> OfSession:
    """Return the session that wrote a run; reads the registry and the session's telemetry."""
    await context.store.sessions()
    session_id = known_session(context.store.local, state).session_id
    if session_id:
        await context.store.log(session_id)
    return known_session(context.store.local, state)


def known_session(local: LocalStore, state: RunState) -> OfSession:
    """Return the session that wrote a run, as far as it was read.

    It is the one whose record names the run, else the one that the run names.
    """
    index = local.sessions
    record = index.by_run.get(state.run_id)
    named: Any = state.meta.config_snapshot.get(SESSION)
    if record:
        session_id = record.session_id
    elif isinstance(named, str) and named:
        session_id = local.root_of(state.run_id).key(named)
    else:
        return OfSession()
    return OfSession(
        session_id, record or index.by_id.get(session_id), local.log_lines.get(session_id)
    )


def _counts(known: Judged, log: Log | None) -> Iterator[BookCheck]:
    orders = known.facts.orders
    if known.fills.named:
        yield whole_check("fills", orders.filled, len(known.fills.fills) + known.fills.unusable)
    if log is not None:
        kinds = log.totals.kinds
        sent = None if orders.generated is None else orders.generated - (orders.blocked or 0)
        yield whole_check("telemetry_orders", sent, kinds.get("order", 0))
        yield whole_check("telemetry_fills", orders.filled, kinds.get("fill", 0))


def _session(state: RunState, known: Judged, record: SessionRecord | None) -> Iterator[BookCheck]:
    if record is None:
        return
    metrics, last = state.events.metrics, state.events.metrics.last_row or {}
    fall, told = metrics.max_drawdown, record.metric("max_drawdown")
    yield whole_check("session_realized_pnl", realized(last), record.metric("realized_pnl"))
    open_profit = finite(last.get("unrealized_pnl"))
    yield whole_check("session_unrealized_pnl", open_profit, record.metric("unrealized_pnl"))
    yield whole_check(
        "session_max_drawdown",
        None if fall is None else 0.0 - abs(fall),
        None if told is None else 0.0 - abs(told),
    )
    yield whole_check("session_equity", finite(last.get("equity")), record.metric("equity"))
    yield whole_check("session_steps", metrics.steps, record.metric("steps"))
    yield whole_check("session_orders", known.facts.orders.filled, record.metric("num_orders"))


def _item(check: BookCheck, state: RunState) -> BookCheckItem:
    row: dict[str, Any] = {}
    if check.row is not None:
        table = state.events.table()
        names = [name for name in ("step", "ts_event", "ts_bar") if has_column(table, name)]
        row = {name: table[name][check.row].as_py() for name in names}
    status = "failed" if check.failed else "ok" if check.checked else "unchecked"
    return {
        "name": check.name,
        "label": CHECKS[check.name],
        "status": status,
        "checked": check.checked,
        "failed": check.failed,
        "seq": check.row,
        "step": whole(row.get("step")),
        "time": row.get("ts_event") or row.get("ts_bar"),
        "expected": check.expected,
        "found": check.found,
        "difference": check.difference,
    }
