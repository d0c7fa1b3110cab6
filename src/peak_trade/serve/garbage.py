"""When the process looks for what nobody refers to any more: seldom, as nothing goes on meanwhile.

A look at all there is takes 5 ms for each open page, and 0.1 s for what was imported. Guarantees:
what was imported is not looked at; of what is left of pages (`left_pages`), little waits.
"""

from __future__ import annotations

import gc
from typing import Any, Final

THRESHOLDS: Final = (10_000, 5, 160)
"""A page has 13,000 objects: a look at new ones is short, and they seldom cause one at all."""

MOST: Final = 100_000
"""Objects of pages that were left and may wait. Panel would look 5 s after each page."""

_waiting = 0


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


def _look() -> None:
    """Find what is left of pages, if it is too much; Panel calls it when pages rest."""
    global _waiting  # noqa: PLW0603
    if _waiting > MOST:
        _waiting = 0
        gc.collect()
