"""When the process looks for what nobody refers to any more: seldom, as nothing goes on meanwhile.

A look at all there is takes 5 ms for each open page, and 0.1 s for what was imported. Guarantees:
what was imported is not looked at; of what is left of pages (`left_pages`), little waits; what is
left of a page of the user's own, which may still follow artifacts, does not wait long.
"""

from __future__ import annotations

import asyncio
import gc
from typing import Any, Final

THRESHOLDS: Final = (10_000, 5, 160)
"""A page has 13,000 objects: a look at new ones is short, and they seldom cause one at all."""

MOST: Final = 100_000
"""Objects of pages that were left and may wait. Panel would look 5 s after each page."""

WHOLE_SECONDS: Final = 20.0
"""How long pages wait that were left whole: one look finds all that were left meanwhile."""

_waiting = 0
_looks = 0


def look_seldom() -> None:
    """Leave out of all looks what there is now, and look as seldom as is good for a server."""
    from panel.io import document  # commands that serve nothing do without

    of_panel: Any = document
    of_panel._garbage_collect = _look  # noqa: SLF001
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)


def leave(objects: int) -> None:
    """Note that a page was left, and about how much of it."""
    global _waiting  # noqa: PLW0603  one per process, as the collector is
    _waiting += objects


def leave_whole() -> None:
    """Note that a page was left that was not taken apart; on the loop of the server."""
    global _looks  # noqa: PLW0603
    if not _looks:
        _look_later()
    _looks = 2  # what the first one finds ends what it followed, and the next one finds that


def _look_later() -> None:
    asyncio.get_running_loop().call_later(WHOLE_SECONDS, _look_at_whole)


def _look_at_whole() -> None:
    global _looks  # noqa: PLW0603
    gc.collect()
    _looks -= 1
    if _looks:
        _look_later()


def _look() -> None:
    """Find what is left of pages, if it is too much; Panel calls it when pages rest."""
    global _waiting  # noqa: PLW0603
    if _waiting > MOST:
        _waiting = 0
        gc.collect()
