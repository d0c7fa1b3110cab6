"""Numbers have the digits that they need."""

from __future__ import annotations

import random

import pytest

from peak_trade.derive import digits


@pytest.mark.parametrize(
    ("value", "currency", "shown"),
    [
        *((9997.0664, "EUR", "9,997.07"), (-3.0, "EUR", "-3.00"), (0.0, "EUR", "0.00")),
        *((-0.004, "EUR", "-0.004"), (0.048974, "EUR", "0.048974"), (1.005001, "USDT", "1.01")),
        *((-0.0010259260559, "BTC", "-0.00102593"), (0.5, "BTC", "0.50"), (12.5, "ETH", "12.50")),
        *((1.00012345, "BTC", "1.00012345"), (12.345678912, "XBT", "12.34567891")),
        *((12345.4, "JPY", "12,345"), (0.4, "JPY", "0.4"), (0.0, "JPY", "0"), (10.0, "JPY", "10")),
        *((0.04897, "", "0.04897"), (1.0005, "", "1.0005"), (-0.0, "", "0.00")),
        *((1e300, "EUR", "1.0000e+300"), (-4.44e-16, "EUR", "-4.4400e-16")),
        (0.99999999, "EUR", "1.00"),
    ],
)
def test_money_has_the_digits_of_its_currency_and_of_its_magnitude(
    value: float, currency: str, shown: str
) -> None:
    assert digits.money(value, currency) == shown


@pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD", "BTC", "USDT", ""])
def test_money_that_is_not_zero_is_never_shown_as_zero(currency: str) -> None:
    chance = random.Random(5)
    for _ in range(500):
        value = chance.choice((-1, 1)) * 10 ** chance.uniform(-30, 30)
        shown = float(digits.money(value, currency).replace(",", ""))
        assert shown == pytest.approx(value, rel=0.5 if abs(value) >= 1 else 1e-4)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        *((0.04, "0.04"), (0.0, "0"), (-12.5, "-12.5"), (1e-8, "0.00000001"), (1234.0, "1,234")),
        *((1.234e-10, "0.0000000001234"), (0.1 + 0.2, "0.3"), (100.0, "100")),
    ],
)
def test_a_size_has_as_many_digits_as_it_has(value: float, shown: str) -> None:
    assert digits.size(value) == shown
