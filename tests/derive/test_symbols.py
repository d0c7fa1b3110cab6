"""The parts of a trading pair, whose names stand beside numbers and on the axes of charts."""

from __future__ import annotations

import pytest

from peak_trade.derive.symbols import LONGEST, base_currency, quote_currency


@pytest.mark.parametrize(
    ("symbol", "base", "quote"),
    [
        ("BTC/EUR", "BTC", "EUR"),
        ("BTC/USDT:USDT", "BTC", "USDT"),
        (" 1INCH / EUR.M ", "1INCH", "EUR.M"),
        ("XXBTZEUR", "", ""),
        ("", "", ""),
        ("/", "", ""),
        ("BTC/E\nU", "BTC", ""),
        ("B\u202eTC/EUR", "", "EUR"),
        ("BTC/EUR of my bank", "BTC", ""),
        (f"BTC/{'E' * LONGEST}", "BTC", "E" * LONGEST),
        (f"{'B' * (LONGEST + 1)}/EUR", "", "EUR"),
        ("\n" * 1000 + "/" + "\n" * 1000, "", ""),
    ],
)
def test_a_pair_names_two_assets_or_none(symbol: str, base: str, quote: str) -> None:
    assert (base_currency(symbol), quote_currency(symbol)) == (base, quote)
