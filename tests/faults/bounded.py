"""Run `peak-trade` with bounds for clients that are reached soon.

Started by tests as a program of its own: python bounded.py ARGUMENTS.
"""

from __future__ import annotations

import functools
from typing import Any

from peak_trade.cli import main
from peak_trade.serve import connections, garbage, install, page_turns
from peak_trade.serve.left_pages import LEFT as LEFT_OF_PAGE
from peak_trade.web import handler

OF_ONE, IN_ALL = 5, 8
MOST_UNSENT = 1 << 20
SOON, LEFT = 300, 10_000
"""Milliseconds: how often it is looked, and how long a page without a browser stays."""


def bound() -> None:
    page_turns.MAX_PAGES_OF_ONE = OF_ONE  # type: ignore[misc]
    page_turns.MAX_PAGES = IN_ALL  # type: ignore[misc]
    garbage.MOST = (IN_ALL - 1) * LEFT_OF_PAGE  # type: ignore[misc]
    garbage.WHOLE_SECONDS = SOON / 1000  # type: ignore[misc]
    connections.LOOK_SECONDS = SOON / 1000  # type: ignore[misc]
    handler.MAX_UNSENT = MOST_UNSENT
    sweeping: Any = functools.partialmethod(
        install.ConsoleTornado.__init__,
        check_unused_sessions_milliseconds=SOON,
        unused_session_lifetime_milliseconds=LEFT,
    )
    install.ConsoleTornado.__init__ = sweeping  # type: ignore[method-assign]


if __name__ == "__main__":
    bound()
    main()
