"""What stands around functions of the user's own that objects of the library call later.

On a page it tells what they raise; elsewhere there is nothing around them.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar

Take = Callable[[], None]

guard: ContextVar[Callable[[Take], Take]] = ContextVar("guard", default=lambda take: take)
"""That of who opens a live object."""
