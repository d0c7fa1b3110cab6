"""From payloads to what a terminal shows: tables, lines and small curves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from peak_trade.contract.base.freshness import Freshness
from peak_trade.contract.base.listing import Listed
from peak_trade.contract.pages.compare_drift import CompareWithDrift
from peak_trade.contract.pages.run import RunPayload
from peak_trade.contract.pages.session import SessionPayload
from peak_trade.contract.runs.judged import StatisticItem, Statistics
from peak_trade.derive.symbols import quote_currency
from peak_trade.jsonio import finite
from peak_trade.terminal.screen import Cell, Grid, Shown
from peak_trade.views.kit import text

BARS: Final = "▁▂▃▄▅▆▇█"
SPARK: Final = 60
EVENTS, ALERTS = 10, 5
BAD: Final = frozenset({"crashed", "stale"})

Write = Callable[[Any], Cell | str]
"""What writes the values of a column."""


def profit(value: float | None, currency: str = "") -> Cell:
    """Return profit or loss with its sign and its tone."""
    shown = text.signed(value, currency)
    return shown, text.tone(shown) or ""


def _state(word: str) -> Cell:
    return word, "loss" if word in {"failed", *BAD} else ""


WRITTEN: Final[Mapping[str, Write]] = {
    "started": text.utc,
    "updated": text.utc,
    "ended": text.utc,
    "duration": text.duration,
    "age": text.duration,
    "dd": text.percent,
    "maxdd": text.percent,
    "return": text.gain,
    "orders": text.count,
    "state": _state,
    "status": _state,
}
"""Columns of the lists that are no text, but for the profit, which has a currency."""

NUMERIC: Final = frozenset({"duration", "age", "pnl", "dd", "maxdd", "return", "orders"})


def listed(found: Listed, columns: Sequence[str]) -> list[Shown]:
    """Return the rows of a list below the names of its columns, and how many there are."""
    rows = [[_written(row, name) for name in columns] for row in found["rows"]]
    count = f"{len(rows)} of {found['matching']} that match, {found['total']} in all"
    return [*([Grid(columns, rows, NUMERIC)] if rows else []), count]


def _written(row: Mapping[str, Any], name: str) -> Cell | str:
    if name == "pnl":
        return profit(row[name], quote_currency(row.get("symbol", "")))
    return WRITTEN.get(name, str)(row[name])


def spark(values: Sequence[float | None], width: int = SPARK) -> str:
    """Return a curve as a line of bars; empty without two numbers."""
    known = [value for value in map(finite, values) if value is not None]
    if len(known) < 2:
        return ""
    size = min(len(known), width)
    chosen = [known[place * (len(known) - 1) // (size - 1)] for place in range(size)]
    low, high = min(chosen), max(chosen)
    span = high / 2 - low / 2  # halves: a difference may be no float
    top = len(BARS) - 1
    return "".join(
        BARS[round((value / 2 - low / 2) / span * top) if span else 0] for value in chosen
    )


def run(found: RunPayload, curve: Sequence[float | None]) -> list[Shown]:
    """Return a run: what it is, how it is, its metrics, and its newest events and alerts."""
    snapshot, unit = found["snapshot"], found["currency"]
    facts: list[tuple[str, Cell | str]] = [
        ("run", snapshot["run_id"]),
        ("what", _joined(snapshot, ("mode", "strategy_name", "symbol", "timeframe"))),
        ("state", _judged(found["freshness"])),
        ("started", text.utc(found["started_at"])),
        ("last event", text.utc(snapshot["last_event_time"])),
        ("equity", f"{text.money(snapshot['equity'], unit)} {unit}".rstrip()),
        ("start equity", text.money(found["start_equity"], unit)),
        ("realized PnL", profit(snapshot["realized_pnl"], unit)),
        ("unrealized PnL", profit(snapshot["unrealized_pnl"], unit)),
        ("drawdown", text.percent(snapshot["drawdown"])),
        ("max drawdown", text.percent(found["max_drawdown"])),
        ("position", f"{text.size(found['position_size'])} {found['asset']}".rstrip()),
        ("events", text.count(snapshot["total_steps"])),
        ("orders", text.count(snapshot["total_orders"])),
        ("blocked", text.count(snapshot["total_blocked_orders"])),
        ("curve", spark(curve)),
    ]
    facts += [("books", (check["label"] + ": wrong", "loss")) for check in found["wrong"]]
    events = [
        [text.utc(row["ts_bar"]), text.money(row["equity"], unit), row["risk_reasons"]]
        for row in found["events"][:EVENTS]
    ]
    alerts = [
        [text.utc(row["timestamp"]), row["severity"], row["message"]]
        for row in found["alerts"][:ALERTS]
    ]
    tables: list[Shown] = [Grid(("", ""), facts)]
    if events:
        names = ("candle", "equity", "reasons")
        tables += ["", Grid(names, events, frozenset({"equity"}), "newest events")]
    if alerts:
        tables += ["", Grid(("time", "severity", "message"), alerts, title="newest alerts")]
    return tables


def session(found: SessionPayload) -> list[Shown]:
    """Return a session: its record, how it is, its metrics, limits, telemetry and alerts."""
    detail, unit = found["detail"], found["currency"]
    summary = found["execution"]["summary"]
    facts: list[tuple[str, Cell | str]] = [
        ("session", detail["session_id"]),
        ("what", _joined(detail, ("mode", "env_name", "symbol"))),
        ("status", _state(detail["status"])),
        ("state", _judged(found["life"]["freshness"])),
        ("run", detail["run_id"] or text.NONE),
        ("started", text.utc(found["life"]["started"])),
        ("ended", text.utc(found["life"]["ended"])),
        ("duration", text.duration(found["life"]["duration_seconds"])),
        ("realized PnL", profit(detail["realized_pnl"], unit)),
        ("unrealized PnL", profit(found["unrealized_pnl"], unit)),
        ("max drawdown", text.percent(found["max_drawdown"])),
        ("orders", text.count(detail["num_orders"])),
        ("risk", detail["risk_severity"]),
        ("telemetry", f"{text.count(summary['event_count'])} events"),
        ("alerts", text.count(found["alerts_total"])),
        ("command", found["command"]),
    ]
    if detail["notes"]:
        facts.append(("notes", detail["notes"]))
    facts += [("books", (check["label"] + ": wrong", "loss")) for check in found["wrong"]]
    return [Grid(("", ""), facts)]


def statistics(found: Statistics) -> list[Shown]:
    """Return all statistics, with how many things each is made of."""
    rows = [
        [item["group"], item["label"], _statistic(item, found["currency"]), text.count(item["n"])]
        for item in found["items"]
    ]
    state = "provisional as of" if found["provisional"] else "as of"
    numeric = frozenset({"value", "n"})
    return [
        f"{found['run_id']}, {state} {text.utc(found['as_of'])}",
        Grid(("group", "statistic", "value", "n"), rows, numeric),
    ]


def compared(found: CompareWithDrift, known: Sequence[Statistics]) -> list[Shown]:
    """Return runs side by side: curves, statistics, settings that differ, and drift of two."""
    names = [run["run_id"] for run in found["runs"]]
    states = [_judged(run["freshness"]) for run in found["runs"]]
    curves = [spark(curve["values"], 24) for curve in found["curves"]]
    rows: list[list[Cell | str]] = [["state", *states], ["curve", *curves]]
    rows += [
        [
            items[0]["label"],
            *(_statistic(i, one["currency"]) for i, one in zip(items, known, strict=True)),
        ]
        for items in zip(*(one["items"] for one in known), strict=True)
    ]
    shown: list[Shown] = [Grid(("", *names), rows, frozenset(names))]
    differ = [[row["key"], *map(text.stored, row["values"])] for row in found["differences"]]
    if differ:
        shown += ["", Grid(("setting", *names), differ, title="settings that differ")]
    return [*shown, "", _drift(found)]


def _drift(found: CompareWithDrift) -> str:
    drift = found["drift"]
    if drift is None:
        return found["no_drift"]
    first = drift["first"]
    where = f"first at {text.utc(first['time'])} ({first['column']})" if first else "none"
    apart, unit = drift["last_difference"], found["runs"][0]["currency"]
    return (
        f"drift: {where}; profit {text.signed(apart, unit)} apart at the last of"
        f" {drift['bars']} bars; fills: {drift['matched']} matched, {drift['missed']} missed,"
        f" {drift['extra']} extra"
    )


def is_well(freshness: Freshness, wrong: Sequence[object]) -> bool:
    """Tell whether something neither crashed nor is stale, and its books add up."""
    return freshness["state"] not in BAD and not wrong


def _judged(freshness: Freshness) -> Cell:
    word, tone = _state(freshness["state"])
    return f"{word}: {freshness['reason']}", tone


def _statistic(item: StatisticItem, currency: str) -> Cell | str:
    value = item["value"]
    if value is None:
        return item["reason"], "soft"
    return (
        text.utc(value) if isinstance(value, str) else text.statistic(value, item["unit"], currency)
    )


def _joined(values: Mapping[str, Any], names: Sequence[str]) -> str:
    return " \N{MIDDLE DOT} ".join(str(values[name]) for name in names if values[name])
