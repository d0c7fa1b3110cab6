"""Times in artifacts: ISO 8601 with `T` or blank, any fraction, any offset; no offset means UTC.

Guarantees: `parse` accepts nothing else, so a number or a week date never becomes a time by
accident; instants are aware UTC datetimes with microseconds (further digits are cut off).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

_ISO = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?", re.ASCII
)

FIRST: Final = datetime.min.replace(tzinfo=UTC)
LAST: Final = datetime.max.replace(tzinfo=UTC)


def parse_stored(text: object) -> datetime | None:
    """Return the time with its stored offset, or without one; None if `text` is no time."""
    if not isinstance(text, str) or not _ISO.fullmatch(text.strip()):
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
        moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):  # 30 February; year 1 with a positive offset
        return None
    return moment


def parse(text: object) -> datetime | None:
    """Return the instant of an ISO 8601 text in UTC, or None if `text` is no time."""
    moment = parse_stored(text)
    return None if moment is None else as_utc(moment)


def as_utc(moment: datetime) -> datetime:
    """Return a stored time as an instant in UTC; one without offset means UTC."""
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def plus(moment: datetime, span: timedelta) -> datetime:
    """Return an instant that is `span` later, at most the first or last one that there is."""
    try:
        return moment + span
    except OverflowError:
        return LAST if span > timedelta() else FIRST


def from_unix(seconds: float) -> datetime | None:
    """Return the instant of seconds since 1970, or None outside of the years 1 to 9999."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def iso(moment: datetime | None) -> str | None:
    """Return an instant as ISO text with `+00:00`; a fraction only if it is not zero."""
    return None if moment is None else moment.astimezone(UTC).isoformat()
