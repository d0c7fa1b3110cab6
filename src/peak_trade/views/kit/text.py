"""Numbers as text in the language of the page.

Thousands are separated, null is a dash, and so is what lies beyond the range of numbers, as a sum
may; profit and loss always have their sign. The examples are English. Times on pages are
`badges.moment`: the browser knows the zone.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import datetime
from typing import Final, TypeGuard

from peak_trade import i18n
from peak_trade.artifacts import times
from peak_trade.derive import digits
from peak_trade.i18n import _

NONE: Final = "\N{EM DASH}"

_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?")


def count(value: int | None) -> str:
    """Return a whole number, `1,204`."""
    return NONE if value is None else _local(f"{value:,}")


def plural(value: int, one: str, many: str) -> str:
    """Return a number of things: `one` or `many`, whose `%s` is the number."""
    return i18n.ngettext(one, many, value) % count(value)


def drawn(points: int, shown: int) -> str:
    """Return how many of the points of a curve are drawn."""
    return _("%(points)s, %(drawn)s drawn, extremes kept") % {
        "points": plural(points, "%s point", "%s points"),
        "drawn": count(shown),
    }


def amount(value: float | None, places: int) -> str:
    """Return an amount that is no money with so many decimals, `12.5`."""
    return _local(f"{value:z,.{places}f}") if _is_number(value) else NONE


def money(value: float | None, currency: str) -> str:
    """Return an amount of money with the digits that it needs, `9,997.07`, `0.04897`."""
    return _local(digits.money(value, currency)) if _is_number(value) else NONE


def signed(value: float | None, currency: str) -> str:
    """Return profit or loss with its sign, `+412.50`; zero has none."""
    if not _is_number(value):
        return NONE
    text = digits.money(value, currency)
    return _local(f"+{text}" if value > 0 and text.strip("0.,") else text)


def basis_points(value: float | None) -> str:
    """Return a difference of prices in basis points with its sign, `+1.3`."""
    return _local(f"{round(value, 1) + 0.0:+,.1f}") if _is_number(value) else NONE


def told(sentence: str) -> str:
    """Return a sentence of ours with numbers in it; in the catalogue, `#` stands for each."""
    numbers = iter(_NUMBER.findall(sentence))
    return "".join(
        _local(next(numbers)) if part == "#" else part
        for part in re.split("(#)", _(_NUMBER.sub("#", sentence)))
    )


def percent(fraction: float | None, places: int = 2) -> str:
    """Return a fraction in percent, `-1.80 %`."""
    if fraction is None or not math.isfinite(fraction * 100):
        return NONE
    return _local(f"{fraction * 100:z,.{places}f} %")


def gain(fraction: float | None) -> str:
    """Return a profit or loss in percent with its sign, `+1.80 %`; zero has none."""
    text = percent(fraction)
    return f"+{text}" if fraction and fraction > 0 and text.strip(f"0.,% {NONE}") else text


def size(value: float | None) -> str:
    """Return a size, such as a position in base units, with as many digits as it has."""
    return _local(digits.size(value)) if _is_number(value) else NONE


def rounded(value: float) -> str:
    """Return a number of any unit, `3,718.44`: at most two decimals, below 1 five digits."""
    return _local(digits.decimal(value, 0, 2))


def duration(seconds: float | None) -> str:
    """Return a length of time in its two largest units, `1 h 02 min`."""
    if not _is_number(seconds):
        return NONE
    minutes, rest = divmod(abs(round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours:02} h"
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def length(hours: float) -> str:
    """Return a length of time that somebody chose, in its largest unit if it has no rest: `7 d`."""
    if hours >= 72 and hours % 24 == 0:
        return f"{hours / 24:.0f} d"
    return f"{hours:.0f} h" if hours % 1 == 0 else duration(hours * 3600)


def utc(value: object) -> str:
    """Return a time in UTC, `2026-01-15 17:36:02`; a dash for none."""
    at = value if isinstance(value, datetime) else times.parse(value)
    return f"{times.as_utc(at):%Y-%m-%d %H:%M:%S}" if at else NONE


def cut(value: str, most: int) -> str:
    """Return a text of at most so many signs; one that goes on ends with an ellipsis."""
    return value if len(value) <= most else f"{value[: most - 1]}\N{HORIZONTAL ELLIPSIS}"


def stored(value: object) -> str:
    """Return a stored value as it is; a dash for none."""
    return NONE if value is None else str(value)


def latency(milliseconds: float | None) -> str:
    """Return a short time in the unit that suits it, `250 ms`, `1.25 s`."""
    if not _is_number(milliseconds):
        return NONE
    if milliseconds < 1000:
        return _local(f"{milliseconds:.3g} ms")
    seconds = milliseconds / 1000
    return _local(f"{seconds:.3g} s") if seconds < 100 else duration(int(seconds))


def statistic(value: float, unit: str, currency: str) -> str:
    """Return a statistic in its unit, `1.25`, `-1.80 %`, `412.50 EUR`."""
    return _STATISTIC[unit](value, currency)


_STATISTIC: Final[dict[str, Callable[[float, str], str]]] = {
    "fraction": lambda value, _currency: percent(value),
    "ratio": lambda value, _currency: amount(value, 2),
    "count": lambda value, _currency: count(int(value)),
    "s": lambda value, _currency: duration(value),
    "bps": lambda value, _currency: f"{basis_points(value)} bps",
    "account currency": lambda value, unit: f"{money(value, unit)} {unit}".rstrip(),
}


def tone(shown: str) -> str | None:
    """Return `gain` or `loss` by the sign of what `signed` or `gain` gave; what reads 0 is neither.

    Not by the value: who sees 0.00 cannot know that it was rounded.
    """
    return {"+": "gain", "-": "loss"}.get(shown[:1])


def _is_number(value: float | None) -> TypeGuard[float]:
    return value is not None and math.isfinite(value)


def _local(text: str) -> str:
    language = i18n.language()
    return text if language == i18n.DEFAULT else text.translate(i18n.separators(language))
