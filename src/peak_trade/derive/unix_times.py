"""Numbers as times: the unit in which they count, and those that are no unix time.

Guarantees that a date without dashes, a day of a spreadsheet and a number that has lost its last
digits are not taken for unix times: rows would silently move or become one.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

UNITS: Final = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3))
"""From the first number on a time is counted in units of which the second make a second."""
_DATE_FORMATS: Final = {
    6: "%Y%m",
    8: "%Y%m%d",
    10: "%Y%m%d%H",
    12: "%Y%m%d%H%M",
    14: "%Y%m%d%H%M%S",
}
_EARLIEST: Final = 31_536_000.0
"""Unix seconds of 1971: numbers below count rows, minutes, months or days, no seconds."""
_A_DAY: Final = 86_400.0  # seconds
_A_YEAR: Final = 31_556_952.0
_SPREADSHEET_DAYS: Final = (20_000, 80_000)  # the years 1954 to 2119, counted from 1900
_EXPONENT: Final = re.compile(r"[+-]?(\d+)(?:\.(\d*))?e\+?(\d+)", re.IGNORECASE)

LOST_DIGITS: Final = (
    "the times have lost their last digits, as long numbers do in a spreadsheet; export the file "
    "again, and give the time column a number format without decimals before it is saved"
)


def unix_seconds(number: float) -> float:
    """Return unix seconds of a time in seconds, milliseconds, microseconds or nanoseconds."""
    return number / next((count for first, count in UNITS if abs(number) >= first), 1.0)


def past_seconds(now: datetime) -> tuple[float, float]:
    """Return from which unix seconds on, and before which, something can have happened."""
    return _EARLIEST, now.timestamp() + _A_DAY


def not_past(number: float, now: datetime) -> str | None:
    """Return that a number counts no time in which something happened; None: it may."""
    seconds = unix_seconds(number)
    earliest, latest = past_seconds(now)
    if earliest <= seconds < latest:
        return None
    year = 1970 + int(seconds // _A_YEAR)
    return f"no unix time, it would be in the year {year}; write ISO 8601 times"


def no_unix_time(text: str, number: float, now: datetime) -> str | None:
    """Return what a number is that is no unix time, and how to mend it; None: it may be one.

    A date and an hour without dashes would be a time to come, as unix seconds.
    """
    digits = text.removesuffix(".0")
    form = _DATE_FORMATS.get(len(digits))
    if form and (len(digits) != 10 or not_past(number, now)):
        try:
            is_date = 1900 <= datetime.strptime(digits, form).year < 2100  # noqa: DTZ007 no instant
        except ValueError:
            is_date = False
        if is_date:
            return "a date without dashes, no unix time; write it as 2026-01-15 or 2026-01-15T18:30"
    if _SPREADSHEET_DAYS[0] <= number < _SPREADSHEET_DAYS[1]:
        return (
            "a day as a spreadsheet counts them, no unix time; give the column a date format such "
            "as 2026-01-15 18:30 before it is saved"
        )
    return None


def has_lost_digits(cell: str) -> bool:
    """Tell whether the last digit that an exponent leaves is worth more than a second."""
    match = _EXPONENT.fullmatch(cell)
    if not match:
        return False
    last = int(match[3]) - len(match[2] or "")  # power of ten of the last digit
    value = float(cell)
    unit = next((count for first, count in UNITS if value >= first), 1.0)
    return bool(10.0**last > unit)
