"""How a run goes, for the person who started it.

Guarantees nothing about the run: it goes the same way whoever looks.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import typer
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as RichProgress

from peak_trade import clock
from peak_trade.derive.digits import money
from peak_trade.runners.lifecycle import Progress
from peak_trade.runners.trader import Totals
from peak_trade.writing import Recorder

_LINE_SECONDS: Final = 5.0


class Silent:
    """Tells nothing."""

    def started(self, recorder: Recorder, total: int | None) -> None:
        """Take the start of the run."""

    def told(self, notice: str) -> None:
        """Take a notice."""

    def stepped(self, totals: Totals) -> None:
        """Take one step."""


class PlainLines:
    """A line at the start and one every few seconds, for logs and pipes."""

    def __init__(self) -> None:
        self._total = ""
        self._next_at = 0.0

    def started(self, recorder: Recorder, total: int | None) -> None:
        """Name the run and the session."""
        self._total = "" if total is None else f"/{total}"
        self._next_at = clock.monotonic() + _LINE_SECONDS
        _announce(recorder)

    def told(self, notice: str) -> None:
        """Write the notice beside the lines."""
        typer.echo(notice, err=True)

    def stepped(self, totals: Totals) -> None:
        """Tell the metrics if the last line is old enough."""
        if clock.monotonic() >= self._next_at:
            self._next_at = clock.monotonic() + _LINE_SECONDS
            typer.echo(f"bar {totals.steps}{self._total}, equity {_equity(totals)}")


class TerminalBar:
    """A bar with the time that is left; without an end of the run, a spinner."""

    def __init__(self, bar: RichProgress) -> None:
        self._bar = bar
        self._task = bar.add_task("", total=None, equity="")

    def started(self, recorder: Recorder, total: int | None) -> None:
        """Name the run and the session."""
        _announce(recorder)
        self._bar.update(self._task, total=total)

    def told(self, notice: str) -> None:
        """Write the notice above the bar, as it stands."""
        self._bar.console.print(notice, markup=False, highlight=False)

    def stepped(self, totals: Totals) -> None:
        """Move the bar."""
        self._bar.update(self._task, completed=totals.steps, equity=_equity(totals))


@contextmanager
def show_progress(*, quiet: bool) -> Iterator[Progress]:
    """Yield what tells of a run: a bar on a terminal, lines elsewhere, nothing if `quiet`."""
    if quiet:
        yield Silent()
    elif not sys.stdout.isatty():
        yield PlainLines()
    else:
        columns = (
            SpinnerColumn(),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("equity {task.fields[equity]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        with RichProgress(*columns, get_time=clock.monotonic) as bar:
            yield TerminalBar(bar)


def _equity(totals: Totals) -> str:
    return money(totals.equity, totals.currency)


def _announce(recorder: Recorder) -> None:
    typer.echo(f"run {recorder.run_id}, session {recorder.session_id}")
