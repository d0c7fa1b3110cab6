"""How a run goes, for the person who started it."""

from __future__ import annotations

from typing import Final

import typer

from peak_trade import clock
from peak_trade.runners.recorder import Recorder
from peak_trade.runners.trader import Figures

_LINE_SECONDS: Final = 5.0


class Silent:
    """Tells nothing."""

    def started(self, recorder: Recorder, total: int | None) -> None:
        """Take the start of the run."""

    def stepped(self, figures: Figures) -> None:
        """Take one step."""


class PlainLines:
    """A line at the start and one every few seconds, for logs and pipes."""

    def __init__(self) -> None:
        self._total = "?"
        self._next_at = 0.0

    def started(self, recorder: Recorder, total: int | None) -> None:
        """Name the run and the session."""
        self._total = "endless" if total is None else str(total)
        self._next_at = clock.monotonic() + _LINE_SECONDS
        typer.echo(f"run {recorder.run_id}, session {recorder.session_id}")

    def stepped(self, figures: Figures) -> None:
        """Tell the figures if the last line is old enough."""
        if clock.monotonic() >= self._next_at:
            self._next_at = clock.monotonic() + _LINE_SECONDS
            typer.echo(f"bar {figures.steps}/{self._total}, equity {figures.equity:.2f}")
