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

from peak_trade import jsonio
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
}
"""What is read to the names that its column may have, the best first."""
_SIDES: Final[dict[str, Literal["buy", "sell"]]] = {
    **dict.fromkeys(("buy", "b", "bid", "long"), "buy"),
    **dict.fromkeys(("sell", "s", "ask", "short"), "sell"),
}
_NUMBERS: Final = ("quantity", "price", "fee")
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
            for cells in rows:
                if any(cell.strip() for cell in cells):
                    place = f"{path.name}, line {rows.line_num}"
                    symbol, fill = _fill(place, cells, columns, subject.symbol)
                    by_symbol.setdefault(symbol, []).append(fill)
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
            raise SourceError(
                f"{file}, line 1: no column for the {wanted}: one of {', '.join(_NAMES[wanted])}"
            )
    return {wanted: place for wanted, place in found.items() if place >= 0}


def _fill(
    place: str, cells: list[str], columns: Mapping[str, int], symbol: str
) -> tuple[str, Fill]:
    texts = {name: cells[at].strip() if at < len(cells) else "" for name, at in columns.items()}
    side = _SIDES.get(texts["side"].lower())
    if side is None:
        raise _problem(place, "side", texts["side"], "neither buy nor sell")
    numbers = {name: _number(place, name, texts.get(name, "0") or "0") for name in _NUMBERS}
    if not numbers["quantity"] > 0:
        raise _problem(place, "quantity", texts["quantity"], "not above 0")
    moment = _moment(place, texts["time"])
    order_id = texts.get("order_id", "")
    return texts.get("symbol") or symbol, Fill(moment, side, order_id=order_id, **numbers)


def _number(place: str, column: str, text: str) -> float:
    value = jsonio.number(text)
    if value is None:
        raise _problem(place, column, text, "not a number; '.' is the decimal sign")
    return value


def _moment(place: str, text: str) -> datetime:
    number = jsonio.number(text)
    try:
        if number is not None:
            return datetime.fromtimestamp(number / 1000 if number >= 1e11 else number, UTC)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        problem = "neither ISO 8601 nor unix seconds or milliseconds"
        raise _problem(place, "time", text, problem) from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _problem(place: str, column: str, text: str, reason: str) -> SourceError:
    shown = repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")
    return SourceError(f"{place}, column '{column}': {shown} is {reason}")
