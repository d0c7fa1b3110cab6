"""The parts of a trading pair such as BTC/EUR, or of a contract such as BTC/USDT:USDT."""

from __future__ import annotations


def quote_currency(symbol: str) -> str:
    """Return the currency that a pair is priced in, empty if `symbol` is no pair."""
    return symbol.rpartition("/")[2].partition(":")[0] if "/" in symbol else ""


def base_currency(symbol: str) -> str:
    """Return what a pair trades, empty if `symbol` is no pair."""
    return symbol.rpartition("/")[0]
