"""Which process writes a record, and whether it is still there.

Assumes that two processes of one machine can be told apart by id, start and namespace of ids; where
the system does not tell start and namespace (no `/proc`), by id alone.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

_PROC: Final = Path("/proc")


def identity() -> dict[str, object]:
    """Return `pid`, `host`, and where the system tells them `started` and `namespace`."""
    pid = os.getpid()
    return {
        "pid": pid,
        "host": socket.gethostname(),
        "started": _started(pid),
        "namespace": _namespace(),
    }


def is_here(process: Mapping[str, Any]) -> bool:
    """Tell whether the process ran where this one runs: the same machine and container."""
    here = (socket.gethostname(), _namespace())
    return (process.get("host"), process.get("namespace", "")) == here


def is_gone(process: Mapping[str, Any]) -> bool:
    """Tell whether the process is known to be gone; one of another machine or container is not."""
    pid = process.get("pid")
    if not is_here(process):
        return False
    if isinstance(pid, bool) or not isinstance(pid, int) or pid < 1:
        return False
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return True
    except OSError:
        pass  # of another user, but there
    started = process.get("started", "")
    return bool(started) and _started(pid) not in {"", started}


def _started(pid: int) -> str:
    """Return when a process began, in the system's own unit; empty: it is not told."""
    try:
        status = (_PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return ""
    fields = status.rpartition(")")[2].split()  # the name before it can hold anything
    return fields[19] if len(fields) > 19 else ""


def _namespace() -> str:
    try:
        return str((_PROC / "self/ns/pid").readlink())
    except OSError:
        return ""
