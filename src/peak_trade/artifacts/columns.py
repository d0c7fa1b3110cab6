"""Columns of any Arrow type to plain ones: text, numbers, booleans.

Parquet can hold what neither JSON nor a page can: bytes, times of any year in any zone, nested and
decimal values. Guarantees: a plain column is valid UTF-8 text, whole numbers of at most 64 bits,
finite float64 numbers, or booleans; a value that cannot be one of them is null and reported by its
position. Nothing raises but `pyarrow.ArrowException`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta, timezone, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from peak_trade.artifacts import cells
from peak_trade.artifacts.read_errors import Counting
from peak_trade.errors import is_shortage

_PER_SECOND: Final = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_FIRST_SECOND: Final = -62_135_596_800
"""Begin of the year 1, in seconds since 1970."""
_LAST_SECOND: Final = 253_402_300_799
"""End of the year 9999."""
_SECONDS_OF_DAY: Final = 86_400
_OFFSET: Final = re.compile(r"([+-])(\d\d):?(\d\d)", re.ASCII)
_UNUSABLE: Final = (
    pa.ArrowException,
    ValueError,  # bytes that are no UTF-8, objects with the same key twice
    TypeError,
    KeyError,  # an unknown time zone
    OverflowError,  # a time outside of the years 1 to 9999
    RecursionError,
)


@dataclass(frozen=True, slots=True)
class Plain:
    """A plain column, the positions of values that it does without, and a remark on all of it."""

    array: pa.Array
    bad: Sequence[int] = ()
    remark: str = ""

    def count(self, tally: Counting, file: str, name: str) -> None:
        """Count what was lost; a row of a file counts from 1."""
        lines = [position + 1 for position in self.bad]
        tally.add_lines("bad_cell", file, lines, f"column {name}")
        if self.remark:
            tally.add("bad_cell", file, 0, f"column {name}: {self.remark}")


def plain(column: pa.Array, *, is_id: bool = False) -> Plain:
    """Return a column in the plain type that suits it.

    Whole numbers and booleans stay, other numbers are float64. Times are ISO text with offset, days
    ISO text, lengths of time seconds, lists and objects JSON text, bytes the UTF-8 text that they
    hold. With `is_id` numbers are text with all their digits.
    """
    kind = column.type
    types = pa.types
    if isinstance(column, pa.DictionaryArray):
        return plain(column.dictionary_decode(), is_id=is_id)
    if types.is_null(kind):
        return Plain(pa.nulls(len(column), pa.string()))
    if types.is_timestamp(kind):
        return _times(column)
    if types.is_date(kind):
        return _days(column)
    if types.is_duration(kind):
        seconds = pc.cast(pc.cast(column, pa.int64()), pa.float64(), safe=False)
        return Plain(pc.divide(seconds, float(_PER_SECOND[kind.unit])))
    if types.is_boolean(kind):
        return Plain(column)
    if types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind):
        return _numbers(column, is_id=is_id)
    return _texts(column)


def _numbers(column: pa.Array, *, is_id: bool) -> Plain:
    if is_id and not pa.types.is_floating(column.type):
        return Plain(pc.cast(column, pa.string()))
    if pa.types.is_integer(column.type):
        return Plain(column)
    return Plain(cells.finite(pc.cast(column, pa.float64(), safe=False)))


def _texts(column: pa.Array) -> Plain:
    """Return text or bytes as text, anything else as JSON."""
    try:
        texts = pc.cast(column, pa.string())
        texts.validate(full=True)
    except pa.ArrowException as error:
        if is_shortage(error):
            raise
    else:
        if not pa.types.is_time(column.type):  # Arrow writes a remark for an impossible one
            return Plain(texts)
    values, bad = [], []
    for position in range(len(column)):
        try:
            values.append(_text(column[position].as_py()))
        except _UNUSABLE:
            values.append(None)
            bad.append(position)
    return Plain(pa.array(values, pa.string()), bad)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8")
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def _times(column: pa.Array) -> Plain:
    zone = _zone(column.type.tz)
    unit = _PER_SECOND[column.type.unit]
    stamps = pc.cast(column, pa.int64())
    first, last = max(_FIRST_SECOND * unit, -(2**63)), min(_LAST_SECOND * unit, 2**63 - 1)
    inside = pc.and_(pc.greater_equal(stamps, first), pc.less_equal(stamps, last))
    known = pc.if_else(inside, stamps, pa.scalar(None, pa.int64()))
    moments = pc.cast(known.cast(pa.timestamp(column.type.unit)), pa.timestamp("us"), safe=False)
    texts = [
        None if moment is None else _iso(moment.replace(tzinfo=UTC), zone or UTC)
        for moment in moments.to_pylist()
    ]
    bad = cells.positions(pc.invert(pc.fill_null(inside, True)))
    remark = "" if zone else "unknown time zone, times are shown in UTC"
    return Plain(pa.array(texts, pa.string()), bad, remark)


def _iso(moment: Any, zone: tzinfo) -> str:
    """Return ISO text with the offset of `zone`, or with that of UTC if it has seconds."""
    if zone is UTC:
        return str(moment.isoformat())
    try:
        local = moment.astimezone(zone)
        offset = local.utcoffset()
    except (OverflowError, ValueError):  # a zone that leads out of the years 1 to 9999
        return str(moment.isoformat())
    is_plain = offset % timedelta(minutes=1) == timedelta()
    return str((local if is_plain else moment).isoformat())


def _zone(name: str | None) -> tzinfo | None:
    """Return a zone, UTC for none, or None if it is not known."""
    if not name:
        return UTC
    offset = _OFFSET.fullmatch(name)
    try:
        if offset is None:
            return ZoneInfo(name)
        minutes = int(offset[2]) * 60 + int(offset[3])
        return timezone(timedelta(minutes=-minutes if offset[1] == "-" else minutes))
    except (ValueError, OSError, KeyError):
        return None


def _days(column: pa.Array) -> Plain:
    stamps = pc.cast(column, pa.timestamp("s" if pa.types.is_date32(column.type) else "ms"))
    found = _times(stamps)
    return Plain(pc.utf8_slice_codeunits(found.array, 0, len("2026-01-15")), found.bad)
