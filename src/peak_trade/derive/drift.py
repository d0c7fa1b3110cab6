"""How far two runs of one strategy went apart, bar by bar.

Bars are matched by the time of their candle; of rows with the same time the last one counts. Fills
are matched one to one within a bar and side, in their order.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from peak_trade.derive.arrays import Floats, Instants, Places
from peak_trade.derive.fills import Fill
from peak_trade.derive.metrics import floats
from peak_trade.derive.run_facts import candle_times

TOLERANCE: Final = 1e-6

COMPARED: Final[tuple[str, ...]] = ("signal", "position_size", "equity")
"""What of a bar has to be the same; the first that is not names the divergence."""


@dataclass(frozen=True, slots=True)
class Divergence:
    """The first bar at which two runs differ."""

    time: np.datetime64
    column: str
    left: float
    right: float


@dataclass(frozen=True, slots=True)
class MatchedFill:
    """A fill of each run, or of one of them alone."""

    time: np.datetime64
    side: int
    left: Fill | None
    right: Fill | None

    @property
    def price_bps(self) -> float | None:
        """Price of the right one against the left one, in basis points of it; above 0 is worse."""
        if not (self.left and self.right and self.left.price > 0):
            return None
        return self.side * (self.right.price / self.left.price - 1) * 10_000


@dataclass(frozen=True, slots=True, eq=False)
class Drift:
    """Two runs bar by bar; arrays are those of the bars that both have."""

    times: Instants
    difference: Floats
    """Equity of the right run less that of the left one, both less their start equity."""
    only_left: int
    only_right: int
    first: Divergence | None
    fills: tuple[MatchedFill, ...]


def drift(
    left: pa.Table, right: pa.Table, left_fills: tuple[Fill, ...], right_fills: tuple[Fill, ...]
) -> Drift:
    """Return how the right run differs from the left one."""
    (times, a), (others, b) = _bars(left), _bars(right)
    both, at_left, at_right = np.intersect1d(times, others, return_indices=True)
    a, b = a[at_left], b[at_right]
    columns = {name: (floats(left, name)[a], floats(right, name)[b]) for name in COMPARED}
    with np.errstate(all="ignore"):
        equity = [_profit(table, rows) for table, rows in ((left, a), (right, b))]
        return Drift(
            times=both,
            difference=equity[1] - equity[0],
            only_left=times.size - both.size,
            only_right=others.size - both.size,
            first=_first(both, {**columns, "equity": (equity[0], equity[1])}),
            fills=_matched(_within(left_fills, left, both), _within(right_fills, right, both)),
        )


def _bars(table: pa.Table) -> tuple[Instants, Places]:
    """Return the times of the candles, rising, each once with its last row."""
    times = candle_times(table)
    rows = np.flatnonzero(~np.isnat(times))[::-1]
    unique, last = np.unique(times[rows], return_index=True)
    return unique, rows[last]


def _profit(table: pa.Table, rows: Places) -> Floats:
    equity = floats(table, "equity")
    start = equity[~np.isnan(equity)][:1]
    return equity[rows] - (start if start.size else np.nan)


def _first(times: Instants, columns: dict[str, tuple[Floats, Floats]]) -> Divergence | None:
    found: Divergence | None = None
    for name, (a, b) in columns.items():
        scale = np.fmax(np.fmax(np.abs(a), np.abs(b)), 1.0)
        apart = (np.abs(a - b) > TOLERANCE * scale) | (np.isnan(a) != np.isnan(b))
        if apart.any():
            place = int(apart.argmax())
            if found is None or times[place] < found.time:
                found = Divergence(times[place], name, float(a[place]), float(b[place]))
    return found


Keyed = dict[tuple[np.datetime64, int], list[Fill]]


def _within(fills: tuple[Fill, ...], table: pa.Table, bars: Instants) -> Keyed:
    """Return the fills of the bars that both runs have, by bar and side."""
    times = candle_times(table)
    known = set(bars.tolist())
    found: Keyed = defaultdict(list)
    for fill in fills:
        time = times[fill.row] if fill.row >= 0 else fill.time
        if time.item() in known:
            found[(time, fill.side)].append(fill)
    return found


def _matched(left: Keyed, right: Keyed) -> tuple[MatchedFill, ...]:
    fills: list[MatchedFill] = []
    for time, side in sorted(left.keys() | right.keys()):
        a, b = left.get((time, side), []), right.get((time, side), [])
        for place in range(max(len(a), len(b))):
            pair = [found[place] if place < len(found) else None for found in (a, b)]
            fills.append(MatchedFill(time, side, *pair))
    return tuple(fills)
