"""What was made of a payload, kept for all pages that show the same.

Pages of one subject share their payload: the same object, until it changes. Nobody can change what
is kept.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from peak_trade.frozen import frozen

T = TypeVar("T")


class Cache(Generic[T]):
    """Results by key, each of one payload; the newest `size`."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._known: OrderedDict[Hashable, tuple[object, T]] = OrderedDict()

    def get(self, key: Hashable, payload: object, make: Callable[[], T]) -> T:
        """Return what was made of this very payload under `key`, else make it."""
        known = self._known.pop(key, None)
        if known is None or known[0] is not payload:
            known = (payload, frozen(make()))
        self._known[key] = known
        if len(self._known) > self._size:
            self._known.popitem(last=False)
        return known[1]
