"""Which row of a run a moment belongs to, and how far it is from it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from peak_trade.derive.arrays import Instants


class Nearest(NamedTuple):
    """A row by its position, and the seconds from it to the moment, < 0 if it came later."""

    row: int
    seconds: float


def nearest(times: Instants, candles: Instants, at: np.datetime64, near: float) -> Nearest | None:
    """Return the row that a moment belongs to, None if no row has a time.

    That is the row of the candle which begins at this very moment. Else it is the last row before
    it by its own time, if that is at most `near` seconds away, as what is said of an event is said
    after it; else the row that is nearest. Arrays have a time for each row, NaT for none.
    """
    same = np.flatnonzero(candles == at)
    if same.size:
        return Nearest(int(same[-1]), 0.0)
    known = np.flatnonzero(~np.isnat(times))
    if not known.size:
        return None
    past = (at.astype("datetime64[us]") - times[known]).astype(np.int64) / 1e6
    before = np.where(past >= 0, past, np.inf)
    if before.min() <= near:
        place = before.size - 1 - int(before[::-1].argmin())
    else:
        place = int(np.abs(past).argmin())
    return Nearest(int(known[place]), float(past[place]))
