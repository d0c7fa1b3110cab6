"""Encoded answers of routes that depend on artifacts and parameters alone, so on their tag.

Guarantees: what many ask for is built, written and compressed once; at most `MAX_BYTES` are kept,
the least recently asked for are forgotten. One event loop.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from datetime import datetime
from typing import Final

from peak_trade import jsonio
from peak_trade.contract.base.route import Raw

MAX_BYTES: Final = 1 << 25
LARGEST: Final = 1 << 21
"""A larger answer is not kept: it would push out many."""

_WITHOUT: Final = b'"asof":null'

OVERHEAD: Final = 500
"""Bytes of memory that an answer takes besides its body, about."""


class Answers:
    """Answers by their tags, in the form in which they are sent."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._kept: OrderedDict[str, Raw] = OrderedDict()
        self._total = 0

    def get(self, tag: str, asof: datetime | None = None) -> Raw | None:
        """Return the answer with this tag, if it is kept; with `asof`, as of that time."""
        found = self._kept.get(tag)
        if found is None:
            return None
        self._kept.move_to_end(tag)
        return found if asof is None else _replaced(found, _WITHOUT, _stamp(asof))

    def keep(self, tag: str, answer: Raw, asof: datetime | None = None) -> None:
        """Keep an answer, which `asof` says the time of, and forget others beyond the limit."""
        if asof is not None:
            answer = _replaced(answer, _stamp(asof), _WITHOUT)
        if len(answer.body) > LARGEST:
            return
        self._forget(tag)
        self._kept[tag] = answer
        self._total += len(answer.body) + OVERHEAD
        while self._total > self._max_bytes:
            self._forget(next(iter(self._kept)))

    def _forget(self, tag: str) -> None:
        found = self._kept.pop(tag, None)
        if found is not None:
            self._total -= len(found.body) + OVERHEAD


def _stamp(asof: datetime) -> bytes:
    return b'"asof":' + jsonio.dumps(asof.isoformat())


def _replaced(answer: Raw, old: bytes, new: bytes) -> Raw:
    """Replace the field of the answer: no text can hold it, for the quotes of texts are escaped."""
    return replace(answer, body=answer.body.replace(old, new, 1))
