"""Rows about the library in a notebook: the frame of a long run, and its dashboard in a cell."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bokeh.document import Document

import peak_trade
from case import Case, Figure, beside
from events import write_run
from peak_trade.library import Run

EVENTS, FEW = 1_000_000, 1_000
ROUNDS = 5


def equity(run: Run) -> None:
    """Make the frame of the equity."""
    assert run.equity["equity"].notna().all()


def dashboard(run: Run) -> None:
    """Make what a cell with the dashboard sends to the browser."""
    shown = run.dashboard()
    document = Document()
    document.add_root(shown.__panel__().get_root(document))
    assert len(json.dumps(document.to_json(), default=repr)) > 10_000
    shown.model.stop()


def after_the_first_read(show: Callable[[Run], None]) -> Figure:
    """Measure what asks for a long run again and shows it, beside a short run."""
    with tempfile.TemporaryDirectory() as name:
        write_run(Path(name), "long", EVENTS)
        write_run(Path(name), "short", FEW)
        artifacts = peak_trade.open(name)

        def of(run_id: str) -> None:
            show(artifacts.run(run_id))

        for run_id in ("long", "short"):
            of(run_id)
        taken, floor = beside(partial(of, "long"), partial(of, "short"), rounds=ROUNDS)
    return Figure(taken, "s", floor)


CASES = (
    Case(
        "equity-frame",
        f"run.equity of {EVENTS:,} events after the first read, beside {FEW:,}",
        0.3,
        partial(after_the_first_read, equity),
        times=False,
    ),
    Case(
        "dashboard-cell",
        f"run.dashboard() of {EVENTS:,} events as a cell sends it, beside {FEW:,}",
        2.0,
        partial(after_the_first_read, dashboard),
        times=False,
    ),
)
