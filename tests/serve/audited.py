"""The command `peak-trade`, which notes the files that threads with an event loop open and list.

`python audited.py REPORT arguments...`; each line of the report is an event and a path.
"""

from __future__ import annotations

import asyncio
import os
import runpy
import sys
from typing import Final

EVENTS: Final = frozenset({"open", "os.listdir", "os.scandir"})


def watch(report: int) -> None:
    """Note every such event from now on."""

    def note(event: str, arguments: tuple[object, ...]) -> None:
        if event in EVENTS and asyncio._get_running_loop() is not None:
            path = arguments[0]
            name = os.fsdecode(path) if isinstance(path, str | bytes | os.PathLike) else path
            os.write(report, f"{event} {name}\n".encode(errors="backslashreplace"))

    sys.addaudithook(note)


if __name__ == "__main__":
    watch(os.open(sys.argv.pop(1), os.O_WRONLY | os.O_CREAT | os.O_APPEND))
    runpy.run_module("peak_trade", run_name="__main__")
