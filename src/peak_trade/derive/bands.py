"""Many points on a short axis of time: a series as a band, marks as clusters with their counts.

Time is cut in equal buckets whose length is a power of two and whose borders depend on nothing
else: a new point changes the last bucket and no other, until all of them are twice as long.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from peak_trade.derive.arrays import Floats, Instants, Places

Ticks = npt.NDArray[np.int64]
"""Microseconds since 1970."""


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """A series that keeps each value until the next: where it lies from each of `times` on.

    Arrays of the same length. `last` is the value at the end of each stretch; where `low` and
    `high` are equal it is that value all along.
    """

    times: Instants
    low: Floats
    high: Floats
    last: Floats
    buckets: int
    """Stretches in which several changes are one; 0 if each change is drawn."""

    @classmethod
    def exact(cls, times: Instants, values: Floats) -> Self:
        """Return the band of a series of which each point is drawn."""
        return cls(times, values, values, values, 0)

    def followed_by(self, times: Instants, values: Floats) -> Self:
        """Return the band with more points after it, each drawn as it is."""
        if not times.size:
            return self
        low, high, last = (np.append(part, values) for part in (self.low, self.high, self.last))
        return type(self)(np.append(self.times, times), low, high, last, self.buckets)


def band(times: Instants, values: Floats, most: int) -> Band:
    """Return the band of points in order of time: exact for at most `most` (>= 2) of them.

    The first point is drawn as it is, and the band goes on to the time of the last one. Else there
    are at most `most` buckets; no number is as large as what a bucket holds of them.
    """
    if times.size <= most:
        return Band.exact(times, values)
    ticks = times.view(np.int64)
    width = bucket_width(ticks[1:], most)
    starts = _starts(ticks[1:] // width) + 1
    low, high = np.minimum.reduceat(values, starts), np.maximum.reduceat(values, starts)
    entering, last = values[starts - 1], values[np.append(starts[1:], times.size) - 1]
    begins = np.maximum(ticks[starts] // width * width, ticks[0])
    ends = begins - begins % width + width
    # Between two buckets, and after the last one, the series keeps the value it has reached.
    follows = np.append(begins[1:], ticks[-1])
    idle = ends < follows
    found = np.concatenate((ticks[:1], begins, ends[idle], ticks[-1:]))
    order = np.argsort(found, kind="stable")

    def whole(of_buckets: Floats) -> Floats:
        joined: Floats = np.concatenate((values[:1], of_buckets, last[idle], values[-1:]))
        return joined[order]

    return Band(
        found[order].view("datetime64[us]"),
        whole(np.minimum(low, entering)),
        whole(np.maximum(high, entering)),
        whole(last),
        int(starts.size),
    )


def bucket_width(ticks: Ticks, most: int) -> int:
    """Return the length of a bucket, a power of two, so that `ticks` lie in at most `most`."""
    width = 1
    while int(ticks[-1]) // width - int(ticks[0]) // width >= most:
        width *= 2
    return width


def _starts(keys: Ticks) -> Places:
    """Return the positions at which a run of equal keys begins."""
    return np.flatnonzero(np.append(True, keys[1:] != keys[:-1]))


@dataclass(frozen=True, slots=True, eq=False)
class Clusters:
    """Marks, close ones of the same sign as one; arrays of the same length, in order of time."""

    times: Instants
    """Of the mark in the middle of each."""
    first: Instants
    last: Instants
    price: Floats
    """Mean of the marks, weighted."""
    value: Floats
    count: Places
    """Marks that it stands for."""


def clusters(times: Instants, price: Floats, value: Floats, weight: Floats, most: int) -> Clusters:
    """Return marks in order of time: each one if they are at most `most`, else by bucket and sign.

    There are at most `most` buckets, and in each a cluster for each sign of `value`; its value is
    that of its last mark. If a weight in a cluster is no number above 0, its marks count the same.
    """
    if times.size <= most:
        return Clusters(times, times, times, price, value, np.ones(times.size, dtype=np.intp))
    ticks = times.view(np.int64)
    buckets = ticks // bucket_width(ticks, most)
    order = np.lexsort((ticks, np.sign(value), buckets))
    starts = _starts(buckets[order] * 3 + np.sign(value[order]).astype(np.int64))
    count = np.diff(np.append(starts, times.size))
    last = starts + count - 1
    mean = _means(price[order], weight[order], starts, count)
    times = times[order]
    placed = np.argsort(times[starts + count // 2], kind="stable")
    return Clusters(
        times[starts + count // 2][placed],
        times[starts][placed],
        times[last][placed],
        mean[placed],
        value[order][last][placed],
        count[placed],
    )


def _means(values: Floats, weights: Floats, starts: Places, count: Places) -> Floats:
    """Return the weighted mean of each group that begins at one of `starts`."""
    usable = np.isfinite(weights) & (weights > 0)
    weighted = np.repeat(np.logical_and.reduceat(usable, starts), count)
    weights = np.where(weighted, weights, 1.0)
    # Of the largest in its group, so that no sum of weights is 0 and no product too large.
    weights = weights / np.repeat(np.maximum.reduceat(weights, starts), count)
    share = weights / np.repeat(np.add.reduceat(weights, starts), count)
    means: Floats = np.add.reduceat(values * share, starts)
    return means
