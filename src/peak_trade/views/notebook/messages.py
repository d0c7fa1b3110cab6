"""What a browser tells the views of a kernel, handed to the loop that runs the cells.

JupyterLab sends it to a thread of its own, a subshell. Without this two threads would change one
model, and put the parts of their messages to the browser between each other's.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from typing import Any, Final

from pyviz_comms import JupyterComm

_THEIRS: Final = JupyterComm._handle_msg  # noqa: SLF001  nothing else is asked for each message


def hand_over() -> None:
    """Let all messages of this kernel be handled where the caller's cell runs."""
    try:
        loop, thread = asyncio.get_running_loop(), threading.get_ident()
    except RuntimeError:
        return

    def handle(comm: Any, message: Any) -> None:
        if threading.get_ident() == thread:
            _THEIRS(comm, message)
        elif not loop.is_closed():
            loop.call_soon_threadsafe(_THEIRS, comm, message, context=contextvars.Context())

    JupyterComm._handle_msg = handle  # noqa: SLF001
