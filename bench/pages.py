"""What the page of a run with a million events costs on a warm server: CPU to build, chart data."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
from bokeh.models import ColumnDataSource

from events import write_run
from peak_trade.models.run import RunModel
from peak_trade.settings import load
from peak_trade.store.live import LiveStore
from peak_trade.views.kit import model_defaults
from peak_trade.views.run.page import RunPage

EVENTS = 1_000_000


def chart_bytes(page: RunPage) -> int:
    """Return the size of all that the charts of a page draw."""
    sources: set[Any] = set()
    for pane in page.charts.select(lambda part: hasattr(part, "object")):
        sources |= set(pane.object.select({"type": ColumnDataSource}))
    return sum(np.asarray(part).nbytes for source in sources for part in source.data.values())


async def measure(root: Path) -> tuple[float, int]:
    """Return CPU seconds of the second page that is built, and the bytes of its charts."""
    settings = load(None, {"dashboard.root": str(root)}).settings
    store = LiveStore(settings)
    spent, size = 0.0, 0
    for _ in range(2):
        start = process_time()
        page = RunPage(RunModel(store, settings, run_id="bench"))
        await page.model.refresh()
        page.render()
        spent, size = process_time() - start, chart_bytes(page)
    await store.stop()
    return spent, size


def built() -> float:
    """Print the costs; return the CPU seconds."""
    model_defaults.keep()  # as a server does
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        write_run(root, "bench", EVENTS)
        spent, size = asyncio.run(measure(root))
    print(f"page of a run with {EVENTS:,} events, warm: {spent:.2f} s CPU, charts {size:,} bytes")
    return spent


if __name__ == "__main__":
    built()
