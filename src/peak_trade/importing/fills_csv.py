"""CSV files of fills, such as exchanges export: one row a fill, the columns by their usual names.

Assumes a header in the first line, commas and UTF-8. Guarantees that a row which cannot be
understood is refused with its line and column.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

from peak_trade import clock, jsonio
from peak_trade.derive.symbols import names_of
from peak_trade.derive.unix_times import (
    LOST_DIGITS,
    has_lost_digits,
    no_unix_time,
    not_past,
    unix_seconds,
)
from peak_trade.importing.fills import Fill, Found, SourceError
from peak_trade.writing import Subject

_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "time": ("time", "ts", "timestamp", "datetime", "date", "date(utc)"),
    "side": ("side", "type", "direction"),
    "quantity": ("quantity", "qty", "amount", "vol", "volume", "size", "filled", "executed"),
    "price": ("price", "average", "avg price", "fill_price"),
    "fee": ("fee", "fees", "commission", "fee_cost"),
    "symbol": ("symbol", "pair", "market"),
    "order_id": ("order_id", "ordertxid", "orderid", "order", "txid", "id"),
    "fill_id": ("fill_id", "trade_id", "tradeid", "txid", "exec_id", "execution_id"),
    "fee_currency": (
        *("fee_currency", "feecurrency", "fee currency", "fee coin", "fee_coin", "fee_asset"),
        *("fee asset", "commissionasset", "commission asset", "commission_asset"),
    ),
}
"""What is read to the names that its column may have, the best first."""
_SIDES: Final[dict[str, Literal["buy", "sell"]]] = {
    **dict.fromkeys(("buy", "b", "bid", "long"), "buy"),
    **dict.fromkeys(("sell", "s", "ask", "short"), "sell"),
}
_NUMBERS: Final = ("quantity", "price", "fee")
_SEPARATORS: Final = {";": "';'", "\t": "a tab", "|": "'|'"}
_SHOWN: Final = 40


def read_fills_csv(path: Path, subject: Subject) -> list[Found]:
    """Return the fills of a file, one run for each symbol in it.

    Parameters
    ----------
    subject
        Its symbol counts where the file has no column for it.

    Raises
    ------
    SourceError
        If a column is missing or a cell cannot be understood.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.reader(stream)
            columns = _columns(path.name, next(rows, []))
            by_symbol: dict[str, list[Fill]] = {}
            known: set[tuple[str, str, Fill]] = set()
            for cells in rows:
                if any(cell.strip() for cell in cells):
                    place = f"{path.name}, line {rows.line_num}"
                    texts = _texts(cells, columns)
                    symbol = texts.get("symbol") or subject.symbol
                    one = (symbol, texts.get("fill_id", ""), _fill(place, texts, symbol))
                    if one not in known:  # exports overlap, and a fill counts once
                        by_symbol.setdefault(symbol, []).append(one[2])
                    if one[1]:  # some number orders so: parts of one differ, and each counts
                        known.add(one)
    except OSError as error:
        raise SourceError(f"{path.name} cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error):
        raise SourceError(f"{path.name} is not CSV in UTF-8; save it as that") from None
    if not by_symbol:
        raise SourceError(f"{path.name}: no fill")
    source: dict[str, object] = {"source": "csv", "file": path.name}
    return [
        Found(
            Subject(subject.mode, subject.strategy, symbol, subject.timeframe, subject.place),
            fills,
            source,
        )
        for symbol, fills in by_symbol.items()
    ]


def _columns(file: str, header: list[str]) -> dict[str, int]:
    names = [name.strip().lower() for name in header]
    found = {
        wanted: next((names.index(name) for name in known if name in names), -1)
        for wanted, known in _NAMES.items()
    }
    for wanted in ("time", "side", "quantity", "price"):
        if found[wanted] < 0:
            other = next((one for one in _SEPARATORS if len(header) == 1 and one in header[0]), "")
            hint = f"; {_SEPARATORS[other]} is between the columns, not ','" if other else ""
            raise SourceError(
                f"{file}, line 1: no column for the {wanted}: one of {', '.join(_NAMES[wanted])}"
                f"{hint}"
            )
    return {wanted: place for wanted, place in found.items() if place >= 0}


def _texts(cells: list[str], columns: Mapping[str, int]) -> dict[str, str]:
    return {name: cells[at].strip() if at < len(cells) else "" for name, at in columns.items()}


def _fill(place: str, texts: Mapping[str, str], symbol: str) -> Fill:
    side = _SIDES.get(texts["side"].lower())
    if side is None:
        raise _problem(place, "side", texts["side"], "neither buy nor sell")
    numbers = {name: _number(place, name, texts.get(name, "0") or "0") for name in _NUMBERS}
    for name in ("quantity", "price"):
        if not numbers[name] > 0:
            raise _problem(place, name, texts[name], "not above 0")
    if _is_in_coins(place, texts, symbol, numbers["fee"]):
        # taken off what was bought, or given on top of what was sold
        numbers["quantity"] += numbers["fee"] * (-1 if side == "buy" else 1)
        numbers["fee"] *= numbers["price"]
    moment = _moment(place, texts["time"])
    return Fill(moment, side, order_id=texts.get("order_id", ""), **numbers)


def _is_in_coins(place: str, texts: Mapping[str, str], symbol: str, fee: float) -> bool:
    """Tell whether a fee is in the base currency, not in that of the quote."""
    currency, pair = texts.get("fee_currency", "").upper(), symbol.upper()
    names = tuple(names_of(currency))
    if not currency or not fee or pair.endswith(names):
        return False
    if pair.startswith(names):
        return True
    problem = f"neither currency of {symbol or 'the pair'}; give the fee in one of them"
    raise _problem(place, "fee_currency", currency, problem)


def _number(place: str, column: str, text: str) -> float:
    value = jsonio.number(text)
    if value is None:
        raise _problem(place, column, text, "not a number; '.' is the decimal sign")
    return value


def _moment(place: str, text: str) -> datetime:
    number = jsonio.number(text)
    if number is not None:
        if has_lost_digits(text):
            raise SourceError(f"{place}, column 'time': {LOST_DIGITS}")
        now = clock.now()
        if named := no_unix_time(text, number, now) or not_past(number, now):
            raise _problem(place, "time", text, named)
    try:
        if number is not None:
            return datetime.fromtimestamp(unix_seconds(number), UTC)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        problem = "neither ISO 8601 nor unix seconds, milliseconds, microseconds or nanoseconds"
        raise _problem(place, "time", text, problem) from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _problem(place: str, column: str, text: str, reason: str) -> SourceError:
    shown = repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")
    return SourceError(f"{place}, column '{column}': {shown} is {reason}")
