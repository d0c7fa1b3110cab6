"""Numbers as text with the digits that they need, in English; `views/kit/text.py` translates.

The command line, pages and tooltips write money by the rules of this module; the script of pages
applies `bounds` in the same way, and gives axes the digits of the step between their ticks.
"""

from __future__ import annotations

import math
from typing import Final

from babel.numbers import get_currency_precision, is_currency

SIGNIFICANT: Final = 5
"""Digits of a number below 1, zeros at its beginning not counted."""

PLAIN: Final = (1e-12, 1e15)
"""Numbers that are smaller than the first or not smaller than the second have an exponent."""

SIZE: Final = (0, 8)
"""Least and most decimals of sizes and prices: exchanges have at most 8."""

_COIN: Final = (2, 8)
_UNKNOWN: Final = (2, 4)
_STABLE: Final = frozenset(
    (
        *("USDT", "USDC", "USDG", "USDD", "USDS", "USDQ", "USDR", "DAI", "TUSD", "FDUSD"),
        *("PYUSD", "RLUSD", "EURC", "EURT", "EURR", "EURQ"),
    )
)
"""Coins that stand for a currency and have its decimals."""


def bounds(currency: str) -> tuple[int, int]:
    """Return the least and most decimals of money of at least 1 in a currency.

    A currency of ISO 4217 has the decimals it is counted in (EUR 2, JPY 0); other names are coins.
    """
    if not currency:
        return _UNKNOWN
    if currency in _STABLE:
        return 2, 2
    if not is_currency(currency, "en"):
        return _COIN
    places = get_currency_precision(currency)
    return places, places


def money(value: float, currency: str = "") -> str:
    """Return an amount of money: `9,997.07`, `0.0010259`."""
    return decimal(value, *bounds(currency))


def size(value: float) -> str:
    """Return a size or a price with as many decimals as it has: `0.04`, `1,234`."""
    return decimal(value, *SIZE)


def decimal(value: float, least: int, most: int) -> str:
    """Return a number with `least` to `most` decimals, below 1 as many as it needs to be seen."""
    magnitude = abs(value)
    if magnitude and not PLAIN[0] <= magnitude < PLAIN[1]:
        return f"{value:.{SIGNIFICANT - 1}e}"
    if 0 < magnitude < 1:
        most = max(most, SIGNIFICANT - 1 - math.floor(math.log10(magnitude)))
    whole, _point, part = f"{value or 0.0:,.{most}f}".partition(".")
    part = part.rstrip("0").ljust(least, "0")
    text = f"{whole}.{part}" if part else whole
    return text if text.strip("-0.,") else text.lstrip("-")
