"""Payloads of one run under `/api/v0`: equity, trades, signals, positions, orders, events.

Rows are those of the run's order. First the last `limit` rows are taken, then rows without any
time are left out, so fewer can come.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pyarrow as pa

from peak_trade.contract.base.route import Context, Params
from peak_trade.contract.runs.params import EquityParams, EventsParams, OrdersParams, RowsParams
from peak_trade.contract.runs.schema import (
    EquityPoint,
    EventItem,
    EventItems,
    Items,
    OrderItem,
    PositionItem,
    Row,
    SignalItem,
    T,
    TradeRows,
)
from peak_trade.contract.runs.snapshot import realized
from peak_trade.derive.metrics import drawdowns, floats
from peak_trade.errors import NotFoundError
from peak_trade.jsonio import finite, whole
from peak_trade.schemas import PEAK_COLUMN
from peak_trade.store.runs_state import RunState

RUN_NOT_FOUND: Final = "run_not_found: {}"
EVENT_COUNTS: Final = ("orders_generated", "orders_filled", "orders_blocked")
EVENT_CELLS: Final = ("step", "signal", "position_size", "risk_allowed", *EVENT_COUNTS)
EQUITY_CELLS: Final = ("equity", "realized_pnl", "pnl", "unrealized_pnl")
SIGNAL_CELLS: Final = ("step", "signal", "signal_changed")
POSITION_CELLS: Final = ("step", "position_size", "cash", "equity")
ORDER_CELLS: Final = ("step", "orders_rejected", *EVENT_COUNTS, "risk_allowed", "risk_reasons")


async def equity(context: Context, params: EquityParams, run_id: str) -> list[EquityPoint]:
    """Give the equity curve of the last events, drawdown from the start of the run."""
    text = "equity_not_available: {}"
    state = await find_events(context, run_id, text)
    columns = state.events.columns or ()
    if "ts_event" not in columns and "ts_bar" not in columns:
        raise NotFoundError(text.format(run_id))
    table = last_table(state, params.limit)
    drawdown_curve = (
        floats(table, "drawdown")
        if "drawdown" in columns
        else drawdowns(floats(table, "equity"), floats(table, PEAK_COLUMN))
    )
    return [
        {
            "ts": ts,
            "equity": finite(row.get("equity")),
            "realized_pnl": realized(row),
            "unrealized_pnl": finite(row.get("unrealized_pnl")),
            "drawdown": finite(float(drawdown)),
        }
        for row, drawdown in zip(_cells(table, EQUITY_CELLS), drawdown_curve, strict=True)
        if (ts := row_time(row)) is not None
    ]


async def trades(context: Context, params: Params, run_id: str) -> TradeRows:
    """Give all trades of a run."""
    text = "trades_not_available: {}"
    await find_known(context, run_id, text)
    found = await context.store.trades(run_id)
    if found is None or found.rows is None:
        raise NotFoundError(text.format(run_id))
    return {"run_id": run_id, "available": True, "rows": list(found.rows)}


async def trades_revision(context: Context, params: Params, run_id: str) -> int | None:
    """Return the revision of a run's trades."""
    found = await context.store.trades(run_id) if await context.store.run(run_id) else None
    return found.revision if found else None


async def signals(context: Context, params: RowsParams, run_id: str) -> Items[SignalItem]:
    """Give the signals of the last events."""
    return await _items(context, params.limit, run_id, _signal, SIGNAL_CELLS)


async def positions(context: Context, params: RowsParams, run_id: str) -> Items[PositionItem]:
    """Give the positions of the last events."""
    return await _items(context, params.limit, run_id, _position, POSITION_CELLS)


async def orders(context: Context, params: OrdersParams, run_id: str) -> Items[OrderItem]:
    """Give the order counts of the last events."""

    def make(ts: str, row: Row) -> OrderItem | None:
        item = _order(ts, row)
        return item if not params.only_nonzero or _has_orders(item) else None

    return await _items(context, params.limit, run_id, make, ORDER_CELLS)


async def events(context: Context, params: EventsParams, run_id: str) -> EventItems:
    """Give events as log lines from a position on."""
    state = await find_events(context, run_id, "events_not_available: {}")
    items = event_items(state, params.since_seq, params.limit, context.now.isoformat())
    return {
        "run_id": run_id,
        "asof": context.now.isoformat(),
        "next_seq": params.since_seq + len(items),
        "count": len(items),
        "epoch": state.events.epoch,
        "items": items,
    }


async def find_known(
    context: Context, run_id: str, unusable: str, *, rows: bool = False
) -> RunState:
    """Return the current state of a run.

    Raises
    ------
    NotFoundError
        `run_not_found` if there is no such directory, with `unusable` if it is no usable run.
    """
    state = await context.store.run(run_id, rows=rows)
    if state is None:
        await context.store.check_reachable(run_id)
        exists = run_id in {".", ".."} or run_id in context.store.local.index.directories
        raise NotFoundError((unusable if exists else RUN_NOT_FOUND).format(run_id))
    return state


async def find_events(context: Context, run_id: str, text: str) -> RunState:
    """Return a run that has an events file, with its rows.

    Raises
    ------
    NotFoundError
        `run_not_found` if there is no such run, with `text` if it has no events file.
    """
    state = await find_known(context, run_id, text, rows=True)
    if not state.events.present:
        raise NotFoundError(text.format(run_id))
    return state


def last_table(state: RunState, limit: int) -> pa.Table:
    """Return the last `limit` rows."""
    table = state.events.table()
    return table.slice(max(0, table.num_rows - limit))


def row_time(row: Row) -> str | None:
    """Return the stored time of an event: `ts_event`, else `ts_bar`."""
    ts = row.get("ts_event")
    text: str | None = row.get("ts_bar") if ts is None else ts
    return text


def event_items(state: RunState, since: int, limit: int, now: str) -> list[EventItem]:
    """Return the events from position `since` on as log lines; `now` stands in for no time."""
    table = state.events.table()
    count = min(limit, max(0, table.num_rows - since))  # Arrow makes up rows where no column is
    rows = _cells(table.slice(since, count), EVENT_CELLS)
    return [
        event_item(state.run_id, seq, row_time(row) or now, row)
        for seq, row in enumerate(rows, start=since)
    ]


def _cells(table: pa.Table, names: tuple[str, ...]) -> list[Row]:
    """Return the times and these cells of each row: all cells would take several times longer."""
    wanted = [name for name in ("ts_event", "ts_bar", *names) if name in table.column_names]
    rows: list[Row] = table.select(wanted).to_pylist()
    return rows


async def _items(
    context: Context,
    limit: int,
    run_id: str,
    make: Callable[[str, Row], T | None],
    names: tuple[str, ...],
) -> Items[T]:
    state = await find_events(context, run_id, "events_not_available: {}")
    timed = (
        (ts, row)
        for row in _cells(last_table(state, limit), names)
        if (ts := row_time(row)) is not None
    )
    items = [item for ts, row in timed if (item := make(ts, row)) is not None]
    return {
        "run_id": run_id,
        "asof": context.now.isoformat(),
        "count": len(items),
        "items": items,
    }


def _whole(row: Row, name: str) -> int | None:
    return whole(row.get(name))


def _signal(ts: str, row: Row) -> SignalItem:
    return {
        "ts": ts,
        "step": _whole(row, "step"),
        "signal": _whole(row, "signal"),
        "signal_changed": row.get("signal_changed"),
    }


def _position(ts: str, row: Row) -> PositionItem:
    return {
        "ts": ts,
        "step": _whole(row, "step"),
        "position_size": finite(row.get("position_size")),
        "cash": finite(row.get("cash")),
        "equity": finite(row.get("equity")),
    }


def _order(ts: str, row: Row) -> OrderItem:
    return {
        "ts": ts,
        "step": _whole(row, "step"),
        "orders_generated": _whole(row, "orders_generated"),
        "orders_filled": _whole(row, "orders_filled"),
        "orders_rejected": _whole(row, "orders_rejected"),
        "orders_blocked": _whole(row, "orders_blocked"),
        "risk_allowed": row.get("risk_allowed"),
        "risk_reasons": row.get("risk_reasons"),
    }


def _has_orders(item: OrderItem) -> bool:
    counts = (
        item["orders_generated"],
        item["orders_filled"],
        item["orders_rejected"],
        item["orders_blocked"],
    )
    return any(counts)


def event_item(run_id: str, seq: int, ts: str, row: Row) -> EventItem:
    """Return one event as a log line."""
    blocked = (_whole(row, "orders_blocked") or 0) > 0
    warning = blocked or row.get("risk_allowed") is False
    parts: dict[str, Any] = {
        "step": _whole(row, "step"),
        "signal": _whole(row, "signal"),
        "position_size": finite(row.get("position_size")),
        **{name: _whole(row, name) for name in EVENT_COUNTS},
    }
    return {
        "seq": seq,
        "ts": ts,
        "level": "warning" if warning else "info",
        "component": "run",
        "msg": " ".join(f"{name}={value}" for name, value in parts.items()),
        "run_id": run_id,
    }
