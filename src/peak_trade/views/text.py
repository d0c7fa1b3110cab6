"""Numbers and times as text: thousands separated, null as a dash, sign always on profit and loss.

Times are UTC, 24 hours; the page names the zone once.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

NONE: Final = "\N{EM DASH}"


def count(value: int | None) -> str:
    """Return a whole number, `1,204`."""
    return NONE if value is None else f"{value:,}"


def plural(value: int, noun: str, nouns: str = "") -> str:
    """Return a number of things, `1 alert` or `1,204 alerts`; `nouns` if it is no added s."""
    return f"{count(value)} {noun if value == 1 else nouns or f'{noun}s'}"


def amount(value: float | None, digits: int = 2) -> str:
    """Return an amount, `9,997.07`."""
    return NONE if value is None else f"{value:,.{digits}f}"


def signed(value: float | None, digits: int = 2) -> str:
    """Return profit or loss with its sign, `+412.50`; zero has none."""
    if value is None:
        return NONE
    text = f"{value:+,.{digits}f}"
    return text[1:] if float(text.replace(",", "")) == 0 else text


def percent(fraction: float | None, digits: int = 2) -> str:
    """Return a fraction in percent, `-1.80 %`."""
    if fraction is None:
        return NONE
    text = f"{fraction * 100:,.{digits}f}"
    return f"{text.lstrip('-') if float(text.replace(',', '')) == 0 else text} %"


def size(value: float | None) -> str:
    """Return a position in base units with as many digits as it has, at most 8."""
    return NONE if value is None else f"{value:,.8f}".rstrip("0").rstrip(".")


def duration(seconds: int | None) -> str:
    """Return a length of time in its two largest units, `1 h 02 min`."""
    if seconds is None:
        return NONE
    minutes, rest = divmod(abs(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours:02} h"
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def latency(milliseconds: float | None) -> str:
    """Return a short time in the unit that suits it, `250 ms`, `1.25 s`."""
    if milliseconds is None:
        return NONE
    if milliseconds < 1000:
        return f"{milliseconds:.3g} ms"
    seconds = milliseconds / 1000
    return f"{seconds:.3g} s" if seconds < 100 else duration(int(seconds))


def tone(value: float | None) -> str | None:
    """Return `gain` or `loss` for profit and loss, None for neither."""
    if not value:
        return None
    return "gain" if value > 0 else "loss"


def day_time(moment: datetime) -> str:
    """Return `15 Jan 17:36`."""
    return f"{moment.astimezone(UTC):%d %b %H:%M}"


def clock_time(moment: datetime | None) -> str:
    """Return `17:36:02`."""
    return NONE if moment is None else f"{moment.astimezone(UTC):%H:%M:%S}"


def full_time(moment: datetime) -> str:
    """Return `2026-01-15 17:36:02 UTC`, for tooltips."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
