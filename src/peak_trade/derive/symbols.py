"""The parts of a trading pair such as BTC/EUR, or of a contract such as BTC/USDT:USDT."""

from __future__ import annotations

from typing import Final

LONGEST: Final = 24
"""Characters of a name of an asset, at most."""

COINS: Final = ("ETC", "ETH", "LTC", "MLN", "REP", "XLM", "XMR", "XRP", "ZEC")
MONEY: Final = ("AUD", "CAD", "EUR", "GBP", "JPY", "USD")
KRAKEN: Final = {
    **{f"X{name}": name for name in COINS},
    **{f"Z{name}": name for name in MONEY},
    **dict.fromkeys(("XBT", "XXBT"), "BTC"),
    **dict.fromkeys(("XDG", "XXDG"), "DOGE"),
}
"""Names of its own that Kraken has for what others call otherwise; its list has no more of them."""


def quote_currency(symbol: str) -> str:
    """Return the currency that a pair is priced in, empty if `symbol` is no pair."""
    return _named(symbol.rpartition("/")[2].partition(":")[0]) if "/" in symbol else ""


def base_currency(symbol: str) -> str:
    """Return what a pair trades, empty if `symbol` is no pair."""
    return _named(symbol.rpartition("/")[0])


def _named(text: str) -> str:
    """Return a name of an asset, empty for what is none: it stands beside numbers and on axes."""
    name = text.strip()
    is_name = len(name) <= LONGEST and name.isprintable() and " " not in name
    return name if is_name else ""


def same_asset(one: str, other: str) -> bool:
    """Tell whether two names, of whatever exchange and case, are those of one asset."""
    return _common(one) == _common(other)


def names_of(asset: str) -> set[str]:
    """Return all names of an asset, one of which is given in whatever case."""
    common = _common(asset)
    return {common, *(name for name, other in KRAKEN.items() if other == common)}


def _common(name: str) -> str:
    name = name.strip().upper()
    return KRAKEN.get(name, name)
