"""Columns of text cells to typed columns, vectorised, with the cell rules of the data contract.

Assumes UTF-8 text. Guarantees: every cell gives a value or null; a cell that is neither a value
nor a word for "no value" is null and reported by its position. Infinite numbers are null.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from peak_trade.artifacts import times
from peak_trade.artifacts.schemas import FALSE_WORDS, NULL_WORDS, TRUE_WORDS, Kind

INSTANT = pa.timestamp("us", tz="UTC")
"""Arrow type of instants: microseconds since 1970-01-01 UTC."""

TYPES: dict[Kind, pa.DataType] = {
    Kind.INTEGER: pa.float64(),
    Kind.NUMBER: pa.float64(),
    Kind.BOOLEAN: pa.bool_(),
    Kind.TIME: pa.string(),
    Kind.TEXT: pa.string(),
}

_NULLS = pa.array(sorted(NULL_WORDS), pa.string())
_TRUE = pa.array(sorted(TRUE_WORDS), pa.string())
_FALSE = pa.array(sorted(FALSE_WORDS), pa.string())
_INFINITE = pa.array(["inf", "-inf", "+inf", "infinity", "-infinity", "+infinity"], pa.string())
_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_UTC_TEXT = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?(\+00:00|Z)$"


def convert(cells: pa.Array, kind: Kind) -> tuple[pa.Array, list[int]]:
    """Return a column of text cells in the Arrow type of `kind`, and the positions of bad cells."""
    if kind is Kind.TEXT:
        return pc.if_else(pc.equal(cells, ""), pa.scalar(None, pa.string()), cells), []
    trimmed = pc.utf8_trim_whitespace(cells)
    blank = pc.is_in(trimmed, _NULLS)
    if kind is Kind.TIME:
        return pc.if_else(blank, pa.scalar(None, pa.string()), trimmed), []
    if kind is Kind.BOOLEAN:
        return _booleans(trimmed, blank)
    numbers, bad = _numbers(trimmed, blank)
    return (whole(numbers) if kind is Kind.INTEGER else numbers), bad


def _numbers(cells: pa.Array, blank: pa.Array) -> tuple[pa.Array, list[int]]:
    good = pc.match_substring_regex(cells, _NUMBER)
    numbers = pc.cast(
        pc.replace_substring_regex(pc.if_else(good, cells, None), r"^\+", ""), pa.float64()
    )
    infinite = pc.is_in(pc.ascii_lower(cells), _INFINITE)
    return finite(numbers), _positions(pc.invert(pc.or_(pc.or_(good, blank), infinite)))


def whole(numbers: pa.Array) -> pa.Array:
    """Return numbers with the fraction cut off."""
    return pc.trunc(numbers)


def finite(numbers: pa.Array) -> pa.Array:
    """Return float64 numbers with NaN and infinities as null."""
    return pc.if_else(pc.is_finite(numbers), numbers, pa.scalar(None, pa.float64()))


def _booleans(cells: pa.Array, blank: pa.Array) -> tuple[pa.Array, list[int]]:
    plain = pc.replace_substring_regex(cells, r"^([01])\.0*$", r"\1")
    true = pc.is_in(plain, _TRUE)
    known = pc.or_(true, pc.is_in(plain, _FALSE))
    return pc.if_else(known, true, None), _positions(pc.invert(pc.or_(known, blank)))


def _positions(mask: pa.Array) -> list[int]:
    positions: list[int] = pc.indices_nonzero(mask).to_pylist()
    return positions


def instants(texts: pa.Array) -> pa.Array:
    """Return the instants of ISO texts; null where a text is null or no time."""
    utc = pc.match_substring_regex(texts, _UTC_TEXT)
    if pc.all(pc.fill_null(utc, True)).as_py():
        try:
            return pc.cast(texts, INSTANT)
        except pa.ArrowInvalid:  # right form, impossible date
            pass
    return pa.array([times.parse(text) for text in texts.to_pylist()], INSTANT)


def native_times(column: pa.Array) -> pa.Array:
    """Return a column of Arrow timestamps as ISO texts with offset; not-a-time is null.

    A column without zone holds UTC.
    """
    zone = getattr(column.type, "tz", None)
    moments = pc.cast(column, pa.timestamp("us", tz=zone), safe=False)
    aware = moments if zone else pc.assume_timezone(moments, "UTC")
    return pa.array(
        [moment.isoformat() if moment is not None else None for moment in aware.to_pylist()],
        pa.string(),
    )
