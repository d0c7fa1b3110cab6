"""Names, types and units of the columns and keys of every artifact family.

Assumes nothing about files; readers and writers share these tables, so that both sides of the
product speak of the same columns.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """How the cells of a column are read."""

    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    TIME = "time"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an events file."""

    name: str
    kind: Kind
    meaning: str
    unit: str = ""


EVENT_COLUMNS: Final[tuple[Column, ...]] = (
    Column("step", Kind.INTEGER, "counter from 1; may repeat or have gaps"),
    Column("ts_bar", Kind.TIME, "time of the candle"),
    Column("ts_event", Kind.TIME, "time the step was processed"),
    Column("price", Kind.NUMBER, "price used, normally the close", "quote currency"),
    Column("open", Kind.NUMBER, "first price of the candle", "quote currency"),
    Column("high", Kind.NUMBER, "highest price of the candle", "quote currency"),
    Column("low", Kind.NUMBER, "lowest price of the candle", "quote currency"),
    Column("close", Kind.NUMBER, "last price of the candle", "quote currency"),
    Column("volume", Kind.NUMBER, "traded volume of the candle", "base units"),
    Column("position_size", Kind.NUMBER, "signed size after the step", "base units"),
    Column("cash", Kind.NUMBER, "free cash", "account currency"),
    Column("equity", Kind.NUMBER, "cash plus positions", "account currency"),
    Column("realized_pnl", Kind.NUMBER, "cumulated realized profit and loss", "account currency"),
    Column("unrealized_pnl", Kind.NUMBER, "of the open position", "account currency"),
    Column("signal", Kind.NUMBER, "-1, 0 or +1"),
    Column("signal_changed", Kind.BOOLEAN, "the signal differs from the step before"),
    Column("orders_generated", Kind.INTEGER, "orders built in this step"),
    Column("orders_filled", Kind.INTEGER, "orders filled in this step"),
    Column("orders_rejected", Kind.INTEGER, "orders rejected in this step"),
    Column("orders_blocked", Kind.INTEGER, "orders blocked by the risk check in this step"),
    Column("risk_allowed", Kind.BOOLEAN, "result of the risk check"),
    Column("risk_reasons", Kind.TEXT, 'reasons joined with "; "'),
)
"""The columns of `events.csv` and `events.parquet`, in the order a writer gives them."""

TRADE_COLUMNS: Final[tuple[Column, ...]] = (
    Column("ts", Kind.TIME, "time the fill was known"),
    Column("step", Kind.INTEGER, "step of the event that it belongs to"),
    Column("side", Kind.TEXT, "buy or sell"),
    Column("quantity", Kind.NUMBER, "filled quantity, above 0", "base units"),
    Column("price", Kind.NUMBER, "price of the fill", "quote currency"),
    Column("fee", Kind.NUMBER, "fee of the fill", "account currency"),
    Column("order_id", Kind.TEXT, "order that it belongs to"),
    Column("ts_bar", Kind.TIME, "time of the candle"),
)
"""The columns of `trades.csv`, in the order a writer gives them."""

EXTRA_PREFIX: Final = "extra_"
"""How the names of columns begin that a producer adds of its own, such as indicator values."""

FOREIGN_EVENT_COLUMNS: Final[tuple[Column, ...]] = (
    Column("pnl", Kind.NUMBER, "used where realized_pnl is missing", "account currency"),
    Column("drawdown", Kind.NUMBER, "replaces the computed drawdown", "fraction, <= 0"),
)
"""Columns that other producers may add."""

EVENT_KINDS: Final[dict[str, Kind]] = {
    column.name: column.kind for column in (*EVENT_COLUMNS, *FOREIGN_EVENT_COLUMNS)
}

_IDENTIFIER: Final = re.compile(r"(?i:(?:^|[\s_.-])(?:tx|u|o)?ids?)$|[a-z]I[dD]s?$")


def is_identifier(name: str) -> bool:
    """Tell whether a free column holds identifiers by its name, such as `order_id` or `txid`.

    They are text whatever they look like: leading zeros count, and so does the last of 19 digits.
    """
    return _IDENTIFIER.search(name) is not None


NULL_WORDS: Final[frozenset[str]] = frozenset(
    {"", "NaN", "nan", "NULL", "null", "None", "NA", "N/A", "n/a", "#N/A", "NaT"}
)
"""Cells that mean "no value" in a number, boolean or time column."""

TRUE_WORDS: Final[frozenset[str]] = frozenset({"True", "true", "1"})
FALSE_WORDS: Final[frozenset[str]] = frozenset({"False", "false", "0"})

RUN_META_REQUIRED: Final[tuple[str, ...]] = (
    "run_id",
    "mode",
    "strategy_name",
    "symbol",
    "timeframe",
)
SESSION_REQUIRED: Final[tuple[str, ...]] = ("session_id", "run_type", "started_at")

INSTANT_COLUMN: Final = "_instant"
"""Row time (`ts_event`, else `ts_bar`) as an instant."""
BAR_COLUMN: Final = "_bar"
"""Time of the candle (`ts_bar`, else the row time) as an instant."""
PEAK_COLUMN: Final = "_peak"
"""Running maximum of equity up to each row, -inf before the first one."""
DERIVED_COLUMNS: Final = (INSTANT_COLUMN, BAR_COLUMN, PEAK_COLUMN)
"""Columns that the store adds to those of an events file."""

META_FILE: Final = "meta.json"
EVENTS_STEM: Final = "events"
TRADES_STEM: Final = "trades"
RUN_ALERTS_FILE: Final = "alerts.jsonl"

PLAIN_LOG: Final = ".jsonl"
COMPRESSED_LOG: Final = ".jsonl.gz"
"""How the names of telemetry logs end."""

RETENTION_MARKER: Final = ".last_retention_run"
"""File among the telemetry logs that was changed when retention ran last."""
