"""The parts of a trading pair such as BTC/EUR."""

from __future__ import annotations


def quote_currency(symbol: str) -> str:
    """Return the currency that a pair is priced in, empty if `symbol` is no pair."""
    return symbol.rpartition("/")[2] if "/" in symbol else ""
