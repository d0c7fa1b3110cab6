"""Values of a trading system as cells of an artifact: what a column takes, and what is refused.

Guarantees that a row of `Columns.row` is read back without a read error: numbers are finite or
missing, whole numbers have 64 bits, times have an offset, text is Unicode.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches
from operator import call, index
from typing import Any, Final

from peak_trade.errors import ArtifactError
from peak_trade.schemas import Column, Kind
from peak_trade.writing.files import iso

Cell = int | float | bool | str | None
Row = tuple[Cell, ...]

_INT64: Final = 2**63
_SHOWN: Final = 40


def _number(value: Any) -> Cell:
    if type(value) is float:
        return value if math.isfinite(value) else None
    if type(value) is not int:
        if value is None:
            return None
        if isinstance(value, bool | str | bytes) or not hasattr(value, "__float__"):
            raise ValueError("is not a number")
        value = float(value)
    try:
        return value if math.isfinite(value) else None
    except OverflowError:
        raise ValueError("is beyond the range of numbers") from None


def _integer(value: Any) -> Cell:
    if type(value) is not int:
        if value is None:
            return None
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not hasattr(value, "__index__"):
            raise ValueError("is not a whole number")
        value = index(value)
    if not -_INT64 <= value < _INT64:
        raise ValueError("has more than 64 bits")
    return int(value)


def _boolean(value: Any) -> Cell:
    if value is None or type(value) is bool:
        return value
    if type(value).__name__ in {"bool", "bool_"}:  # those of numpy
        return bool(value)
    raise ValueError("is neither True nor False")


def _time(value: Any) -> Cell:
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError("is not an ISO 8601 time") from None
    elif value is None or value != value:
        return None
    elif isinstance(value, datetime):
        moment = value
    else:
        raise ValueError("is not a datetime; for unix seconds: datetime.fromtimestamp(x, UTC)")
    if moment.tzinfo is None:
        raise ValueError("has no offset; give an aware time, such as 2026-01-15T12:00:00+00:00")
    return value if isinstance(value, str) else iso(moment)


def _text(value: Any) -> Cell:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError("is not a text")  # noqa: TRY004 - one kind of error for all cells
    return value if value.isascii() else value.encode("utf-8", "replace").decode()


_CONVERT: Final[dict[Kind, Callable[[Any], Cell]]] = {
    Kind.INTEGER: _integer,
    Kind.NUMBER: _number,
    Kind.BOOLEAN: _boolean,
    Kind.TIME: _time,
    Kind.TEXT: _text,
}


def cell_kind(column: Column) -> Kind:
    """Return the kind of the cells of a column: a number without a unit is a count."""
    is_count = column.kind is Kind.NUMBER and not column.unit
    return Kind.INTEGER if is_count else column.kind


class Columns:
    """The columns of one table; `artifact` names it in errors."""

    def __init__(self, artifact: str, columns: Sequence[Column]) -> None:
        self.names = tuple(column.name for column in columns)
        self._artifact = artifact
        self._known = frozenset(self.names)
        self._converts = [_CONVERT[cell_kind(column)] for column in columns]

    def row(self, cells: Mapping[str, object]) -> Row:
        """Return the cells in the order of the columns; those that are not given are missing.

        Raises
        ------
        ArtifactError
            If a column is not known or a value is not one of its kind.
        """
        if not cells.keys() <= self._known:
            raise self._unknown(cells)
        return self.cells([cells.get(name) for name in self.names])

    def cells(self, values: Sequence[object]) -> Row:
        """Return the cells of values, one for each column in their order.

        Raises
        ------
        ArtifactError
            If there are more or fewer than columns, or a value is not one of its column's kind.
        """
        if len(values) != len(self.names):
            raise ArtifactError(f"{self._artifact}: {len(values)} cells, not {len(self.names)}")
        try:
            return tuple(map(call, self._converts, values))
        except (ValueError, TypeError, OverflowError):
            raise self._problem(values) from None

    def named(self, row: Row) -> dict[str, Any]:
        """Return the cells of a row by their columns."""
        return dict(zip(self.names, row, strict=True))

    def _unknown(self, cells: Mapping[str, object]) -> ArtifactError:
        name = next(name for name in cells if name not in self._known)
        nearest = get_close_matches(str(name), self.names, n=1)
        hint = f"; did you mean {nearest[0]!r}?" if nearest else ""
        return ArtifactError(f"{self._artifact}: no column {name!r}{hint}")

    def _problem(self, values: Sequence[object]) -> ArtifactError:
        for name, convert, value in zip(self.names, self._converts, values, strict=True):
            try:
                convert(value)
            except (ValueError, TypeError, OverflowError) as error:
                text = repr(value)
                shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
                return ArtifactError(f"{self._artifact}, column {name!r}: {shown} {error}")
        return ArtifactError(f"{self._artifact}: a value changed while it was written")
