"""Stopping a run by SIGINT, SIGTERM or SIGHUP, between two steps and never within one.

Assumes the main thread of a process on POSIX. Guarantees that a signal ends a wait at once, and
that the handlers of before are back afterwards.
"""

from __future__ import annotations

import select
import signal
import socket
from types import FrameType
from typing import Self


class StopRequested(Exception):  # noqa: N818 - a request, no error
    """A signal to stop came while something was waited for."""


class StopSignals:
    """While this context is open, these signals are only noted, in `received`."""

    def __init__(self) -> None:
        self.received: signal.Signals | None = None

    def __enter__(self) -> Self:
        self._reader, self._writer = socket.socketpair()
        self._writer.setblocking(False)
        # Python writes a byte here for each signal: `wait` has no moment in which it could miss one
        self._old_fd = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        kept = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN  # as `nohup` wants it
        numbers = (signal.SIGINT, signal.SIGTERM, *(() if kept else (signal.SIGHUP,)))
        self._old = {number: signal.signal(number, self._note) for number in numbers}
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        for number, handler in self._old.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._old_fd)
        self._reader.close()
        self._writer.close()

    def wait(self, seconds: float) -> None:
        """Wait that long, or until a signal comes."""
        if self.received is None:
            select.select([self._reader], [], [], seconds)

    def wait_or_raise(self, seconds: float) -> None:
        """Wait that long.

        Raises
        ------
        StopRequested
            If a signal comes, or came before.
        """
        self.wait(seconds)
        if self.received:
            raise StopRequested(self.received.name)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self.received = signal.Signals(number)
