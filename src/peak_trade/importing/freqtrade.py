"""The trades database of freqtrade (SQLite), as runs: one for each strategy and pair.

Assumes the tables `trades` and `orders` as freqtrade makes them; a database without filled orders
has its trades taken instead. Guarantees that the file is opened for reading alone, while a bot
writes into it, too.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

from peak_trade.importing.fills import Fill, Found, SourceError
from peak_trade.writing import Subject

_MINUTES: Final = {1440: "1d", 10_080: "1w"}


def read_freqtrade(path: Path, timeframe: str) -> list[Found]:
    """Return the filled orders of a database; `timeframe` where it names none.

    Raises
    ------
    SourceError
        If it is no database of freqtrade.
    """
    try:
        address = path.resolve(strict=True).as_uri() + "?mode=ro"
        with closing(sqlite3.connect(address, uri=True)) as database:
            database.row_factory = sqlite3.Row
            trades = [dict(row) for row in database.execute("SELECT * FROM trades ORDER BY id")]
            orders = _orders(database)
    except OSError as error:
        raise SourceError(f"{path.name} cannot be read: {error.strerror}") from None
    except sqlite3.Error as error:
        raise SourceError(
            f"{path.name} is no database of freqtrade (SQLite with a table `trades`): {error}"
        ) from None
    runs: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for trade in trades:
        runs.setdefault((str(trade.get("strategy") or "freqtrade"), str(trade["pair"])), []).append(
            trade
        )
    found = [_found(path.name, *key, of_run, orders, timeframe) for key, of_run in runs.items()]
    if not any(one.fills for one in found):
        raise SourceError(f"{path.name}: no filled order")
    return [one for one in found if one.fills]


def _orders(database: sqlite3.Connection) -> dict[int, list[dict[str, Any]]]:
    """Return the orders of each trade that has any; old databases have no such table."""
    names = {row[0] for row in database.execute("SELECT name FROM sqlite_master")}
    orders: dict[int, list[dict[str, Any]]] = {}
    if "orders" in names:
        for row in database.execute("SELECT * FROM orders ORDER BY id"):
            orders.setdefault(row["ft_trade_id"], []).append(dict(row))
    return orders


def _found(
    file: str,
    strategy: str,
    pair: str,
    trades: list[dict[str, Any]],
    orders: dict[int, list[dict[str, Any]]],
    timeframe: str,
) -> Found:
    minutes = next((trade["timeframe"] for trade in trades if trade.get("timeframe")), None)
    if minutes is not None:
        timeframe = _MINUTES.get(minutes) or (
            f"{minutes}m" if minutes % 60 else f"{minutes // 60}h"
        )
    place = str(trades[0].get("exchange") or "local")
    symbol = pair.partition(":")[0]  # BTC/USDT:USDT is settled in USDT
    subject = Subject("freqtrade", strategy, symbol, timeframe, place)
    fills = [fill for trade in trades for fill in _fills(file, trade, orders.get(trade["id"]))]
    return Found(subject, fills, {"source": "freqtrade", "file": file, "exchange": place})


def _fills(file: str, trade: dict[str, Any], orders: list[dict[str, Any]] | None) -> Sequence[Fill]:
    """Return the fills of a trade; None: it is older than the table of orders."""
    try:
        return list(_of_trade(trade) if orders is None else _of_orders(trade, orders))
    except (ValueError, TypeError, KeyError) as error:
        raise SourceError(
            f"{file}: trade {trade.get('id')} cannot be understood: {error}"
        ) from None


def _of_orders(trade: dict[str, Any], orders: list[dict[str, Any]]) -> Iterator[Fill]:
    entry = "sell" if trade.get("is_short") else "buy"
    for order in orders:
        if not float(order.get("filled") or 0):
            continue
        side = _side(order.get("side") or order.get("ft_order_side"))
        price = float(order.get("average") or order.get("price") or order.get("ft_price") or 0)
        rate = float(trade.get("fee_open" if side == entry else "fee_close") or 0)
        in_base = float(order.get("ft_fee_base") or 0)  # taken off the bought coins
        quantity = float(order["filled"]) - in_base
        fee = in_base * price if in_base else quantity * price * rate
        fee -= float(order.get("funding_fee") or 0)  # below 0 where the position paid it
        moment = order.get("order_filled_date") or order.get("order_date")
        yield Fill(_time(moment), side, quantity, price, fee, str(order["order_id"]))


def _of_trade(trade: dict[str, Any]) -> Iterator[Fill]:
    amount, number = float(trade["amount"]), trade["id"]
    sides: tuple[Literal["buy", "sell"], Literal["buy", "sell"]] = ("buy", "sell")
    first, last = reversed(sides) if trade.get("is_short") else sides
    for side, name in ((first, "open"), (last, "close")):
        price, moment = trade.get(f"{name}_rate"), trade.get(f"{name}_date")
        if price and moment and (name == "open" or not trade.get("is_open")):
            fee = amount * price * float(trade.get(f"fee_{name}") or 0)
            fee -= float(trade.get("funding_fees") or 0) if name == "close" else 0.0
            yield Fill(_time(moment), side, amount, float(price), fee, f"{number}-{name}")


def _side(text: object) -> Literal["buy", "sell"]:
    return "buy" if text == "buy" else "sell"


def _time(text: object) -> datetime:
    moment = datetime.fromisoformat(str(text))  # UTC, without saying so
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
