"""Time frames: the spellings that are known, and that nothing else has a length."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peak_trade.derive.timeframes import LONGEST, candle_length

MINUTE = timedelta(minutes=1)
MONTH = timedelta(days=31)
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        *(
            ("1m", MINUTE),
            ("5m", 5 * MINUTE),
            (" 15m ", 15 * MINUTE),
            ("1h", HOUR),
            ("4H", 4 * HOUR),
        ),
        *(("1d", DAY), ("1D", DAY), ("1w", WEEK), ("1W", WEEK), ("30s", timedelta(seconds=30))),
        *(("1M", MONTH), ("3M", 3 * MONTH), ("1mo", MONTH), ("1month", MONTH), ("M", MONTH)),
        *(("1", MINUTE), ("60", HOUR), ("240", 4 * HOUR), ("1440", DAY), ("10080", WEEK)),
        *(("21600", 15 * DAY), ("D", DAY), ("W", WEEK), ("H", HOUR), ("day", DAY), ("1y", LONGEST)),
        *(
            ("60min", HOUR),
            ("min", MINUTE),
            ("5T", 5 * MINUTE),
            ("1hour", HOUR),
            ("2 hours", 2 * HOUR),
        ),
        *(("1 minute", MINUTE), ("15-min", 15 * MINUTE), ("1_day", DAY), ("4hr", 4 * HOUR)),
    ],
)
def test_known_spellings(text: str, length: timedelta) -> None:
    assert candle_length(text) == length


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "0m",
            "0",
            "m",
            "-5m",
            "1.5h",
            "1e3",
            "99999999m",
            "2y",
            "tick",
            "100tick",
            "renko",
            "1mm",
        ),
        *("M5", "H1", "<b>", "5m5m", "1 5m", "\N{ARABIC-INDIC DIGIT FIVE}m", "1q", "1\nm", "None"),
    ],
)
def test_of_others_there_is_no_verdict(text: str) -> None:
    assert candle_length(text) is None


@given(st.text(max_size=12))
def test_no_text_is_an_error_and_no_length_is_out_of_bounds(text: str) -> None:
    length = candle_length(text)
    assert length is None or timedelta() < length <= LONGEST


@given(st.integers(1, 500), st.sampled_from("mhdwDWH"))
def test_a_number_multiplies_its_unit(number: int, unit: str) -> None:
    one = candle_length(f"1{unit}")
    assert one is not None
    whole = number * one
    assert candle_length(f"{number}{unit}") == (whole if whole <= LONGEST else None)


@given(st.integers(1, 11))
def test_case_tells_a_month_from_a_minute(number: int) -> None:
    assert candle_length(f"{number}M") == number * MONTH
    assert candle_length(f"{number}m") == number * MINUTE == candle_length(str(number))
