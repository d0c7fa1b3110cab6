"""Values of indicators of a run for drawing: the columns of numbers that its producer added.

Such a column may hold anything. It is an indicator if its cells are numbers rather than words, as
far as rows from all over the run tell; a cell that is no number is as if it were empty.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final

import numpy as np
import pyarrow as pa
from pydantic import Field
from typing_extensions import TypedDict

from peak_trade.artifacts import cells
from peak_trade.contract.base import fields as f
from peak_trade.contract.pages.drawable import Drawable
from peak_trade.derive.arrays import Floats, Instants, Places
from peak_trade.derive.candles import Candles
from peak_trade.derive.curve import inside
from peak_trade.derive.downsample import extremes
from peak_trade.schemas import EXTRA_PREFIX, Kind, is_identifier

MAX_OFFERED: Final = 16
MAX_DRAWN: Final = 4
MAX_POINTS: Final = 1000
MAX_NAME: Final = 100
"""Characters of a name that an address can have."""
JUDGED: Final = 500
"""Rows, from all over the run, that tell whether a column holds numbers, and of what size."""
USUAL: Final = (0.05, 0.95)
"""Part of the values that tell their size: many indicators begin with zeros."""

Chosen = Annotated[
    tuple[str, ...],
    Field(
        description=f"Indicators to draw, {MAX_DRAWN} at most: columns without `{EXTRA_PREFIX}`",
        examples=[["fast_mean"]],
    ),
]


class Indicator(TypedDict):
    """One indicator for drawing; arrays of the same length."""

    name: Annotated[str, f.about(f"Name of the column without `{EXTRA_PREFIX}`", "fast_mean")]
    over_price: Annotated[bool, f.about("Whether its values are about those of the price", True)]
    times: Annotated[Instants, f.about("Times of the candles")]
    values: Annotated[Floats, f.about("Null between points that rows without a number part")]
    points: Annotated[int, f.about("Rows with a number in the window", 50)]


class Indicators(TypedDict):
    """The indicators of a run, and those that are drawn."""

    offered: Annotated[list[str], f.about("Names of those that can be drawn", ["fast_mean"])]
    count: Annotated[int, f.about("All that the run has", 2)]
    drawn: Annotated[list[Indicator], f.about("Those that were asked for, as far as there are")]


def indicators(
    table: pa.Table,
    known: Drawable,
    chosen: Sequence[str],
    since: datetime | None = None,
    until: datetime | None = None,
) -> Indicators:
    """Return what is drawn of indicators in a window, the extremes kept, and what can be drawn.

    Only the cells of the window and one beside it are read, and of other columns a sample.
    """
    found = [name for name in map(_name, table.column_names) if name and _sample(table, name).size]
    offered = found[:MAX_OFFERED]
    wanted = [name for name in dict.fromkeys(chosen) if name in offered][:MAX_DRAWN]
    return {
        "offered": offered,
        "count": len(found),
        "drawn": [_indicator(table, known, name, since, until) for name in wanted],
    }


def _name(column: str) -> str:
    """Return the name of an indicator that a column may be; empty if it can be none."""
    name = column.removeprefix(EXTRA_PREFIX)
    usable = name != column and len(name) <= MAX_NAME and not is_identifier(name)
    return name if usable else ""


def _sample(table: pa.Table, name: str) -> Floats:
    """Return numbers from all over a column; none if most of its cells are something else."""
    column = table[EXTRA_PREFIX + name]
    rows = _spread(column)
    if rows.null_count == len(rows):  # a few values may lie between those rows
        rows = _spread(column.drop_null())
    numbers, others = _numbers(rows)
    known = numbers[~np.isnan(numbers)]
    return known if known.size > others else known[:0]


def _spread(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return at most `JUDGED` cells, equally far from each other."""
    places = np.linspace(0, max(len(column) - 1, 0), min(JUDGED, len(column)))
    return column.take(pa.array(np.unique(places.astype(np.int64))))


def _numbers(column: pa.ChunkedArray) -> tuple[Floats, int]:
    """Return the cells of a column as numbers, NaN where there is none, and how many are words."""
    whole = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    others = 0
    if pa.types.is_string(whole.type):
        whole, bad = cells.convert(whole.fill_null(""), Kind.NUMBER)
        others = len(bad)
    elif not (pa.types.is_floating(whole.type) or pa.types.is_integer(whole.type)):
        return np.full(len(whole), np.nan), len(whole)
    return np.asarray(whole.to_numpy(zero_copy_only=False), dtype=np.float64), others


def _indicator(
    table: pa.Table, known: Drawable, name: str, since: datetime | None, until: datetime | None
) -> Indicator:
    first, stop = inside(known.times, since, until)
    begin, end = max(first - 1, 0), min(stop + 1, known.times.size)
    times = known.times[begin:end]
    numbers, _ = _numbers(table[EXTRA_PREFIX + name].slice(begin, end - begin))
    values = np.where(np.isnat(times), np.nan, numbers)
    chosen = extremes(values, MAX_POINTS)
    drawn_times, drawn_values = _parted(times, values, chosen)
    return {
        "name": name,
        "over_price": _is_over_price(_sample(table, name), known.candles),
        "times": drawn_times,
        "values": drawn_values,
        "points": int(np.count_nonzero(~np.isnan(values[first - begin : stop - begin]))),
    }


def _parted(times: Instants, values: Floats, chosen: Places) -> tuple[Instants, Floats]:
    """Return the chosen points, with NaN between two that rows without a number part."""
    missing = np.cumsum(np.isnan(values) & ~np.isnat(times))[chosen]
    after = np.flatnonzero(np.diff(missing)) + 1
    later = times[chosen][after]
    return np.insert(times[chosen], after, later), np.insert(values[chosen], after, np.nan)


def _is_over_price(values: Floats, candles: Candles) -> bool:
    """Tell whether values are not farther from the prices than these are from each other."""
    if not candles.size:
        return False
    low, high = float(candles.low.min()), float(candles.high.max())
    room = high - low or abs(high) / 10
    least, greatest = np.quantile(values, USUAL)
    return bool(low - room <= least and greatest <= high + room)
