"""Rows of the tabs of a run's page, newest first, and the same rows as files."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final, Literal, NotRequired, get_args

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import Field, field_validator
from typing_extensions import TypedDict

from peak_trade.contract.base import downloads
from peak_trade.contract.base import fields as f
from peak_trade.contract.base.flat import leaf_rows
from peak_trade.contract.base.listing import Format
from peak_trade.contract.base.route import Context, Params, Raw
from peak_trade.contract.pages.run import EventRow, event_row
from peak_trade.contract.pages.run_alerts import alert_rows
from peak_trade.contract.pages.run_judged import (
    SORTED,
    JudgedTab,
    books_tab,
    closed_tab,
    funnel_tab,
    statistics_tab,
)
from peak_trade.contract.runs import detail as run_detail
from peak_trade.contract.runs.params import OrdersParams, RowsParams
from peak_trade.contract.runs.rows import (
    event_item,
    find_events,
    orders,
    positions,
    row_time,
    signals,
)
from peak_trade.contract.runs.schema import Items, RunDetail
from peak_trade.contract.runs.snapshot import find_run
from peak_trade.derive.funnel import rows_of_reason
from peak_trade.derive.metrics import floats
from peak_trade.errors import NotFoundError
from peak_trade.schemas import DERIVED_COLUMNS
from peak_trade.store.runs_state import RunState

Name = Literal[
    "events",
    "signals",
    "positions",
    "orders",
    "trades",
    "closed",
    "statistics",
    "books",
    "funnel",
    "alerts",
    "meta",
]
TABS: Final[tuple[Name, ...]] = get_args(Name)

LOG_ROWS: Final = 100
ROWS: Final = 50
ORDER_EVENTS: Final = 200
SEARCHED: Final = 5_000
"""Events that a search looks at, the newest that the level leaves."""

MAX_REASON: Final = 1_000
"""Characters of a reason that an address can name."""

Positions = npt.NDArray[np.intp]


class TabView(Params):
    """Which rows of a run are shown."""

    tab: Name = Field("events", description="Which rows")
    level: Literal["", "info", "warning"] = Field(
        "", description="Events of this level alone", examples=["warning"]
    )
    q: str = Field(
        "", max_length=200, description="Words that an event contains", examples=["orders_filled=1"]
    )
    reason: str = Field(
        "",
        max_length=MAX_REASON,
        description="Events that name this reason of a block or rejection alone",
        examples=["max_order_notional exceeded"],
    )
    sort: str = Field(
        "", description="Column to sort closed trades by, descending with `-`", examples=["-pnl"]
    )

    @field_validator("sort")
    @classmethod
    def _is_column(cls, value: str) -> str:
        if value and value.removeprefix("-") not in SORTED:
            raise ValueError(f"{value!r} is none of {', '.join(SORTED)}")
        return value


class TabParams(TabView):
    """Which rows of a run are wanted."""

    until: int | None = Field(
        None, ge=0, description="Events before this position alone", examples=[300]
    )


class TableParams(TabParams, Format):
    """Which rows are wanted, and in which form."""


class LogRow(EventRow):
    """One event of the log."""

    ts: f.Iso
    level: Annotated[str, Field(description="warning if blocked or not allowed, else info")]
    msg: str


class Table(TypedDict):
    """The rows of one tab."""

    run_id: f.RunId
    tab: Annotated[str, f.about("Which rows", "orders")]
    rows: Annotated[list[dict[str, Any]], f.about("Newest first", [{"step": 42}])]
    total: Annotated[int, f.about("Rows there are, before the cut", 320)]
    waiting: Annotated[int, f.about("Events at or after `until`", 0)]
    detail: NotRequired[Annotated[RunDetail, f.about("The run, on the tab `meta`")]]
    judged: NotRequired[Annotated[JudgedTab, f.about("On the tabs that judge the run")]]


async def table(context: Context, params: TableParams, run_id: str) -> Table | Raw:
    """Give the rows of a tab as JSON or as a file."""
    found = await tab(context, params, run_id)
    if params.format == "json":
        return found
    name = downloads.called(run_id, params.tab, at=context.now)
    return await context.store.compute(
        lambda: downloads.as_file(params.format, found["rows"], name)
    )


async def all_events(context: Context, params: Params, run_id: str) -> Raw:
    """Give all stored events of a run as Parquet, with the columns of the run log."""
    state = await find_events(context, run_id, "events_not_available: {}")
    name = downloads.called(run_id, "events", at=context.now)
    return await context.store.compute(lambda: _all_events(state, name))


async def tab(context: Context, params: TabParams, run_id: str) -> Table:
    """Give the rows of a tab."""
    return await _BUILDS[params.tab](context, params, run_id)


def _all_events(state: RunState, name: str) -> Raw:
    rows = state.events.table()
    stored = [column for column in rows.column_names if column not in DERIVED_COLUMNS]
    return downloads.as_parquet(rows.select(stored), name)


async def _events(context: Context, params: TabParams, run_id: str) -> Table:
    state = await find_run(context, run_id, rows=True)
    steps = state.events.metrics.steps
    end = steps if params.until is None else min(params.until, steps)
    now = context.now.isoformat()

    def build() -> Table:
        rows = state.events.table().slice(0, end)
        chosen = at_level(rows, params.level)
        if params.reason:
            chosen = np.intersect1d(chosen, rows_of_reason(rows, params.reason))
        words = params.q.lower().split()
        newest = chosen[-(SEARCHED if words else LOG_ROWS) :][::-1]
        found = [log_row(state, rows, int(seq), now) for seq in newest]
        if words:
            found = [row for row in found if all(word in _searched(row) for word in words)]
        total = len(found) if words else int(chosen.size)
        return _table(run_id, params, found[:LOG_ROWS], total, steps - end)

    return await context.store.compute(build)


def at_level(rows: pa.Table, level: str) -> Positions:
    """Return the positions of the events of a level, of all if it is empty."""
    if not level:
        return np.arange(rows.num_rows)
    warning = (floats(rows, "orders_blocked") > 0) | (floats(rows, "risk_allowed") == 0)
    return np.flatnonzero(warning == (level == "warning"))


def log_row(state: RunState, rows: pa.Table, seq: int, now: str) -> LogRow:
    """Return one event of the log; `now` stands in for no time."""
    row = rows.slice(seq, 1).to_pylist()[0]
    item = event_item(state.run_id, seq, row_time(row) or now, row)
    return {
        **event_row(row, seq),
        "ts": item["ts"],
        "level": item["level"],
        "msg": item["msg"],
    }


def _searched(row: LogRow) -> str:
    return f"{row['ts']} {row['level']} {row['msg']} {row['risk_reasons']}".lower()


async def _signals(context: Context, params: TabParams, run_id: str) -> Table:
    wanted = RowsParams(limit=ROWS)
    return await _steps(context, params, run_id, signals(context, wanted, run_id))


async def _positions(context: Context, params: TabParams, run_id: str) -> Table:
    wanted = RowsParams(limit=ROWS)
    return await _steps(context, params, run_id, positions(context, wanted, run_id))


async def _steps(
    context: Context, params: TabParams, run_id: str, found: Awaitable[Items[Any]]
) -> Table:
    items = await _if_events(found)
    state = await find_run(context, run_id)
    return _table(run_id, params, items[::-1], state.events.metrics.steps)


async def _orders(context: Context, params: TabParams, run_id: str) -> Table:
    wanted = OrdersParams(limit=ORDER_EVENTS, only_nonzero=True)
    items = await _if_events(orders(context, wanted, run_id))
    return _table(run_id, params, items[::-1][:ROWS], len(items))


async def _if_events(found: Awaitable[Items[Any]]) -> list[Any]:
    """Return the rows of a run's events; none if it has written none."""
    try:
        return (await found)["items"]
    except NotFoundError:
        return []


async def _trades(context: Context, params: TabParams, run_id: str) -> Table:
    found = await context.store.trades(run_id)
    rows = list(found.rows or ()) if found else []
    if found and found.rows is None:
        raise NotFoundError(f"{found.name} is half-written or damaged")
    return _table(run_id, params, rows[-LOG_ROWS:][::-1], len(rows))


async def _alerts(context: Context, params: TabParams, run_id: str) -> Table:
    newest = await alert_rows(context, run_id)
    return _table(run_id, params, newest[:LOG_ROWS], len(newest))


async def _meta(context: Context, params: TabParams, run_id: str) -> Table:
    found = await run_detail.detail(context, Params(), run_id)
    stored = {**found["meta"], "last_event": found["snapshot"]["last_event_time"]}
    rows = leaf_rows(stored)
    return {**_table(run_id, params, rows, len(rows)), "detail": found}


async def _closed(context: Context, params: TabParams, run_id: str) -> Table:
    found = await closed_tab(context, run_id, params.sort, LOG_ROWS)
    return _table(run_id, params, found["rows"], found["total"])


def _judging(
    build: Callable[[Context, str], Awaitable[JudgedTab]],
) -> Callable[[Context, TabParams, str], Awaitable[Table]]:
    async def judge(context: Context, params: TabParams, run_id: str) -> Table:
        found = await build(context, run_id)
        return {**_table(run_id, params, found["rows"], found["total"]), "judged": found}

    return judge


def _table(run_id: str, params: TabParams, rows: list[Any], total: int, waiting: int = 0) -> Table:
    return {
        "run_id": run_id,
        "tab": params.tab,
        "rows": rows,
        "total": total,
        "waiting": waiting,
    }


_BUILDS: Final[dict[str, Callable[[Context, TabParams, str], Awaitable[Table]]]] = {
    "events": _events,
    "signals": _signals,
    "positions": _positions,
    "orders": _orders,
    "trades": _trades,
    "closed": _closed,
    "statistics": _judging(statistics_tab),
    "books": _judging(books_tab),
    "funnel": _judging(funnel_tab),
    "alerts": _alerts,
    "meta": _meta,
}
