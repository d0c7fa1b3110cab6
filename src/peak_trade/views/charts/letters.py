"""Labels at the ends of curves: those that would lie over each other are pushed apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from peak_trade.derive.arrays import Floats

LINE: Final = 13.0
"""Pixels from a label to the one above it."""

NEAR: Final = 0.03
"""Part of the width within which labels would lie over each other."""


def shifts(across: Floats, up: Floats) -> Floats:
    """Return by how many pixels each label is moved upwards.

    `across` are their places as parts of the width, `up` in pixels; NaN for one that is not drawn.
    """
    moved = np.zeros(up.shape)
    known = np.flatnonzero(~np.isnan(across) & ~np.isnan(up))
    for group in _together(known[np.argsort(across[known])].tolist(), across):
        moved[group] = apart(up[group]) - up[group]
    return moved


def _together(places: Sequence[int], across: Floats) -> Iterator[list[int]]:
    """Give the places, in order from the left, in groups of neighbours that are near."""
    group: list[int] = []
    for place in places:
        if group and across[place] - across[group[-1]] > NEAR:
            yield group
            group = []
        group.append(place)
    if group:
        yield group


def apart(up: Floats) -> Floats:
    """Return places that are at least a line apart, in the same order and as near as can be."""
    order = np.argsort(up, kind="stable")
    # Lines taken off, no place may be below the one before it: those that are get their mean.
    blocks: list[list[float]] = []
    for rank, place in enumerate(order):
        blocks.append([float(up[place]) - rank * LINE])
        while len(blocks) > 1 and np.mean(blocks[-2]) > np.mean(blocks[-1]):
            last = blocks.pop()
            blocks[-1] += last
    level = np.concatenate([np.full(len(block), np.mean(block)) for block in blocks])
    placed = np.empty(up.shape)
    placed[order] = level + np.arange(up.size) * LINE
    return placed
