"""Rows about reading: a run for the first time beside the parser alone, and its memory."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

from case import Case, Figure, seconds
from events import write_run
from peak_trade import clock
from peak_trade.contract.base.route import Context, Params
from peak_trade.contract.runs import snapshot as runs
from peak_trade.settings import load
from peak_trade.store.live import LiveStore

EVENTS = 1_000_000
BAD_BYTES = 13_000_000
TURNS = 3

Write = Callable[[Path], Path]


def as_csv(root: Path) -> Path:
    """Write a run of a million events."""
    return write_run(root, "run", EVENTS)


def as_parquet(root: Path) -> Path:
    """Write the same run as a Parquet file."""
    source = as_csv(root)
    path = source.with_suffix(".parquet")
    pq.write_table(pc.read_csv(source), path)
    source.unlink()
    return path


def cells(value: str) -> Write:
    """Return what writes 13 MB of cells that are all alike."""

    def write(root: Path) -> Path:
        path = write_run(root, "run", 1)
        with path.open("w") as stream:
            stream.write("step,equity,price\n")
            line = f"{value},{value},{value}\n"
            stream.write(line * (BAD_BYTES // len(line)))
        return path

    return write


def first_snapshot(root: Path) -> None:
    """Build a snapshot in a store that knows nothing yet."""

    async def ask() -> None:
        settings = load(None, {"dashboard.root": str(root)}).settings
        context = Context(LiveStore(settings), settings, clock.now())
        await runs.snapshot(context, Params(), "run")
        await context.store.stop()

    asyncio.run(ask())


def first(write: Write, parse: Callable[[Path], object]) -> Figure:
    """Measure the first snapshot of a run beside a parser that reads the same file."""
    with tempfile.TemporaryDirectory() as name:
        path = write(Path(name))
        taken, floor = [], []
        for _ in range(TURNS):
            floor.append(seconds(lambda: parse(path)))
            taken.append(seconds(lambda: first_snapshot(Path(name))))
    return Figure(statistics.median(taken), "s", statistics.median(floor))


def bad_cells() -> Figure:
    """Measure the first snapshot of cells that are no numbers beside one of those that are."""
    with tempfile.TemporaryDirectory() as bad, tempfile.TemporaryDirectory() as good:
        cells("x7")(Path(bad))
        cells("17")(Path(good))
        taken, floor = [], []
        for _ in range(TURNS):
            floor.append(seconds(lambda: first_snapshot(Path(good))))
            taken.append(seconds(lambda: first_snapshot(Path(bad))))
    return Figure(statistics.median(taken), "s", statistics.median(floor))


def memory() -> Figure:
    """Measure what a store says it holds of a run beside the columns as Arrow reads them."""
    with tempfile.TemporaryDirectory() as name:
        path = as_csv(Path(name))
        floor = pc.read_csv(path).nbytes

        async def held() -> int:
            settings = load(None, {"dashboard.root": name}).settings
            store = LiveStore(settings)
            before = int(pa.total_allocated_bytes())
            await store.run("run", rows=True)
            grown = int(pa.total_allocated_bytes()) - before
            await store.stop()
            return grown

        return Figure(asyncio.run(held()) / 2**20, "MiB", floor / 2**20)


CASES = (
    Case(
        "first-csv",
        f"first snapshot, {EVENTS:,} rows of CSV",
        1.5,
        partial(first, as_csv, pc.read_csv),
    ),
    Case(
        "first-parquet",
        f"first snapshot, {EVENTS:,} rows of Parquet",
        1.5,
        partial(first, as_parquet, pq.read_table),
    ),
    Case("bad-cells", "13 MB of bad cells, beside good ones", 2.0, bad_cells),
    Case("memory", f"columns of {EVENTS:,} events", 1.5, memory),
)
