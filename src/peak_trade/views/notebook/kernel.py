"""The kernel that runs this program, if one does, and what is imported ahead for its cells."""

from __future__ import annotations

import asyncio
import sys
import threading
from importlib import import_module
from typing import Any, Final

VIEWS: Final = "peak_trade.views.notebook.cells"
"""The module that makes views; it needs Panel, which takes longer to import than a view to make."""


def shell() -> Any:
    """Return the shell of the kernel that runs this, None elsewhere."""
    ipython = sys.modules.get("IPython")  # a kernel has imported it
    found = ipython.get_ipython() if ipython else None
    return found if hasattr(found, "kernel") else None


def import_ahead() -> None:
    """Let what views need be imported once the cell that runs is done, if a kernel asks.

    A thread can do so beside a cell that imports the same, as no two packages that it imports
    need each other.
    """
    if VIEWS in sys.modules or shell() is None:
        return
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return
    ahead = threading.Thread(target=import_module, args=(VIEWS,), name=VIEWS, daemon=True)
    loop.call_soon(ahead.start)
