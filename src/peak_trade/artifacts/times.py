"""Times in artifacts: ISO 8601 with `T` or blank, any fraction, any offset; no offset means UTC.

Where a root has a zone of its own, what is read of it without an offset means that zone
(`in_zone`); behind the readers every such time has its offset.
Guarantees: `parse` accepts nothing else, so a number or a week date never becomes a time by
accident; instants are aware UTC datetimes with microseconds (further digits are cut off).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final, TypeVar

T = TypeVar("T")

_ISO = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?", re.ASCII
)

_NAIVE = re.compile(r"[^Z+]{10}[^Z+-]*", re.ASCII)
"""What has no offset, of texts that are times."""

FIRST: Final = datetime.min.replace(tzinfo=UTC)
LAST: Final = datetime.max.replace(tzinfo=UTC)


_ZONE: ContextVar[tzinfo | None] = ContextVar("zone", default=None)


@contextmanager
def in_zone(zone: tzinfo | None) -> Iterator[None]:
    """Take times without an offset as those of this zone, in this thread and for now."""
    token = _ZONE.set(zone)
    try:
        yield
    finally:
        _ZONE.reset(token)


def have_zone() -> bool:
    """Tell whether times without an offset mean a zone of their own."""
    return _ZONE.get() is not None


def with_offset(text: str) -> str:
    """Return a stored time with the offset that it means; as it is, if it has one or is no time."""
    moment = parse_stored(text) if have_zone() else None
    return moment.isoformat() if moment and _NAIVE.fullmatch(text.strip()) else text


def parse_stored(text: object) -> datetime | None:
    """Return the time with its stored offset, or without one; None if `text` is no time."""
    if not isinstance(text, str) or not _ISO.fullmatch(text.strip()):
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
        if moment.tzinfo is None and (zone := _ZONE.get()) is not None:
            offset = moment.replace(tzinfo=zone).utcoffset()
            moment = moment.replace(tzinfo=timezone(offset or timedelta()))
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


def newest_first(
    items: Iterable[T],
    at: Callable[[T], datetime | None],
    name: Callable[[T], str] | None = None,
) -> list[T]:
    """Return items by their times in UTC, those without one last; equal ones by name descending.

    Each sort compares plain values: one by pairs of a time and a name stops all threads four times
    as long, with very many items longer than others may wait.
    """
    named = items if name is None else sorted(items, key=name, reverse=True)

    def seconds(item: T) -> float:
        moment = at(item)
        return -math.inf if moment is None else moment.timestamp()

    return sorted(named, key=seconds, reverse=True)


def from_unix(seconds: float) -> datetime | None:
    """Return the instant of seconds since 1970, or None outside of the years 1 to 9999."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def iso(moment: datetime | None) -> str | None:
    """Return an instant as ISO text with `+00:00`; a fraction only if it is not zero."""
    return None if moment is None else moment.astimezone(UTC).isoformat()
