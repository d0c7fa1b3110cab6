"""What a browser says of a view, taken or left.

Our own pages say only what they were offered, so that a page need not have an answer to anything
else; but another client can say anything.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final, TypeVar

from peak_trade.seldom import Seldom

T = TypeVar("T")

REFUSED: Final = Seldom(logging.getLogger(__name__), "Refused a view that a client asked for")


def heard(callback: Callable[[T], None], said: T) -> None:
    """Tell a page what its browser said; what stands for no view changes nothing."""
    try:
        callback(said)
    except (ValueError, ArithmeticError, LookupError) as error:
        REFUSED.warn(type(error).__name__)
