"""Whatever pages share cannot be changed by one of them."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import peak_trade
from conftest import CORPUS_NOW
from peak_trade.contract.pages import drawable
from peak_trade.contract.pages.compare import CompareView
from peak_trade.contract.pages.run_tabs import TABS, TabParams
from peak_trade.models.base import ViewModel
from peak_trade.models.compare import CompareModel
from peak_trade.models.run import RunModel
from peak_trade.settings import load
from peak_trade.store.live import LiveStore
from peak_trade.views.charts import price
from peak_trade.views.charts.away import Image
from peak_trade.views.charts.equity import DRAWN, EquityChart
from peak_trade.views.charts.figures import NO_GAPS
from peak_trade.views.charts.price import PricePanel

pytestmark = pytest.mark.shared


@pytest.fixture
async def store(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LiveStore]:
    monkeypatch.setenv("PEAK_TRADE_NOW", CORPUS_NOW)
    store = LiveStore(load(None, {"dashboard.root": str(corpus)}).settings)
    yield store
    await store.stop()


def parts(value: Any) -> Iterator[Any]:
    """Yield all containers and arrays inside of a value."""
    if isinstance(value, np.ndarray):
        yield value
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    elif isinstance(value, list):
        yield value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = [getattr(value, part.name) for part in dataclasses.fields(value)]
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from parts(item)


def can_change(part: Any) -> bool:
    """Tell whether a container or an array takes a change; if it does, it has taken one."""
    if isinstance(part, np.ndarray):
        return part.flags.writeable
    try:
        part.clear()
    except TypeError:
        return False
    return True


async def open_pages(store: LiveStore, corpus: Path) -> None:
    """Refresh the pages that share payloads: every run, with each of its tabs; draw one."""
    settings = load(None, {"dashboard.root": str(corpus)}).settings
    await store.index()
    names = [head.run_id for head in store.local.index.ordered]
    pages: list[ViewModel] = [CompareModel(store, settings, chosen=CompareView(runs=names[0]))]
    runs = [RunModel(store, settings, run_id=name) for name in names]
    runs += [RunModel(store, settings, tab=TabParams(tab=tab)) for tab in TABS]
    for page in [*pages, *runs]:
        await page.refresh()
    drawn, charts = runs[0], EquityChart()
    assert drawn.chart is not None
    charts.update(
        drawn.chart["curve"], 1.0, None, drawn.run_id, "EUR", image=Image(()), gaps=NO_GAPS
    )
    PricePanel(charts.follow).update(drawn.chart["price"], drawn.run_id, "EUR", "BTC")


async def test_nothing_that_is_shared_can_be_changed(store: LiveStore, corpus: Path) -> None:
    await open_pages(store, corpus)
    tasks: list[asyncio.Task[Any]] = [*store.shared._tasks.values()]
    kept = [made for known in (DRAWN, price.DRAWN) for _, made in known._known.values()]
    shared = [*(task.result() for task in tasks), *kept, *(known[2] for known in drawable._KEPT)]
    found = [part for value in shared for part in parts(value)]
    assert len(tasks) > 10
    assert kept
    assert any(isinstance(part, np.ndarray) and part.size for part in found)
    assert not [part for part in found if can_change(part)]


async def test_frames_of_a_notebook_do_not_change_each_other(
    corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PEAK_TRADE_NOW", CORPUS_NOW)  # rows have an age
    library = peak_trade.open(corpus)
    run_id = library.runs()["run_id"].iloc[0]

    def frames() -> list[Any]:
        run = library.run(run_id)
        logs = [path.stem for path in sorted((corpus / "logs" / "execution").glob("*.jsonl"))]
        found = [run.events, run.equity, run.alerts, library.runs(), library.sessions()]
        return [*found, library.query(""), library.alerts(), *map(library.telemetry, logs)]

    before = [frame.to_csv() for frame in frames()]
    for frame in frames():
        cells = [cell for column in frame for cell in frame[column]]
        for part in list(parts(cells)):
            can_change(part)
        if frame.size:
            frame.iloc[:, 0] = frame.iloc[::-1, 0].to_numpy()
    assert [frame.to_csv() for frame in frames()] == before
