"""The model of the live dashboard: selection, search, window, and what makes it build."""

from __future__ import annotations

import asyncio
import gc
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from browser.growing import BEGIN, GrowingRun
from models.conftest import Create
from peak_trade.contract.pages.run import RunPayload
from peak_trade.errors import NotFoundError
from peak_trade.library import open_library
from peak_trade.models.run import RunModel
from peak_trade.store.shared import Shared
from peak_trade.store.slots import Change
from serving import PATIENCE


@pytest.fixture
def model(create: Create) -> RunModel:
    return create(RunModel)


async def shown(model: RunModel) -> RunPayload:
    await model.refresh()
    assert model.payload is not None
    return model.payload


async def test_without_runs_nothing_is_selected(model: RunModel) -> None:
    assert await model.update()
    assert (model.run_id, model.payload, model.problem) == ("", None, "")


async def test_the_newest_run_is_selected_and_stays(model: RunModel, tmp_path: Path) -> None:
    GrowingRun(tmp_path, "first", 3)
    await shown(model)
    assert model.run_id == "first"
    GrowingRun(tmp_path, "second", 3)
    await shown(model)
    assert model.run_id == "first"
    assert model.runs is not None
    assert {run["run_id"] for run in model.runs["runs"]} == {"first", "second"}


async def test_metrics_follow_the_rows(model: RunModel, tmp_path: Path) -> None:
    run = GrowingRun(tmp_path, "run", 60)
    before = await shown(model)
    assert await shown(model) is before
    run.grow(2)
    after = await shown(model)
    assert after["snapshot"]["total_steps"] == 62
    assert after["snapshot"]["equity"] == run.equity(61)
    assert (after["currency"], after["position_size"]) == ("EUR", 0.5)
    assert [event["seq"] for event in after["events"]] == list(range(61, 11, -1))
    assert after["events"][0]["ts_bar"] == (BEGIN + timedelta(minutes=61)).isoformat()


async def test_the_search_asks_for_all_words(model: RunModel, tmp_path: Path) -> None:
    for name in ("ma_fast", "ma_slow", "rsi"):
        GrowingRun(tmp_path, name, 1)
    model.search = "SLOW btc"
    await model.update()
    assert model.runs is not None
    assert [run["run_id"] for run in model.runs["runs"]] == ["ma_slow"]
    assert (model.runs["matching"], model.runs["total"]) == (1, 3)


async def test_a_query_that_is_not_complete_yet_leaves_the_list(
    model: RunModel, tmp_path: Path
) -> None:
    for name in ("ma_fast", "rsi"):
        GrowingRun(tmp_path, name, 1)
    for query, listed, fault in (
        ("run:ma*", ["ma_fast"], ""),
        ("run:ma* updated>", ["ma_fast"], "updated"),
        ("mode:live", [], ""),
        ("run:r*", ["rsi"], ""),
    ):
        model.search = query
        await model.update()
        assert model.runs is not None
        assert [run["run_id"] for run in model.runs["runs"]] == listed
        assert fault in model.fault
        assert bool(model.fault) == bool(fault)


async def test_a_window_is_drawn_with_its_neighbours(model: RunModel, tmp_path: Path) -> None:
    GrowingRun(tmp_path, "run", 100)
    await shown(model)
    model.window = (BEGIN + timedelta(minutes=40), BEGIN + timedelta(minutes=49))
    await model.update()
    assert model.chart is not None
    curve = model.chart["curve"]
    assert curve["points"] == 10
    assert curve["times"].size == 12
    minutes = (curve["times"] - np.datetime64(BEGIN.replace(tzinfo=None))) / np.timedelta64(60, "s")
    assert [minutes[0], minutes[-1]] == [39, 50]


async def test_choosing_a_run_draws_all_of_it(model: RunModel, tmp_path: Path) -> None:
    GrowingRun(tmp_path, "one", 10)
    GrowingRun(tmp_path, "two", 10)
    await shown(model)
    model.window = (BEGIN, None)
    model.choose("two")
    assert model.window is None
    assert (await shown(model))["snapshot"]["run_id"] == "two"


async def test_a_run_that_is_gone_is_a_problem_until_it_is_back(
    model: RunModel, tmp_path: Path
) -> None:
    run = GrowingRun(tmp_path, "run", 3)
    await shown(model)
    hidden = run.directory.rename(tmp_path / "hidden")
    assert await model.refresh()
    assert model.problem == "Run not found: run"
    hidden.rename(run.directory)
    assert await model.refresh()
    assert model.problem == ""


def test_what_concerns_it(model: RunModel) -> None:
    model.run_id = "mine"
    assert model.concerns(Change("runs", "", 1))
    assert model.concerns(Change("run", "mine", 1))
    assert not model.concerns(Change("run", "other", 1))
    assert not model.concerns(Change("session", "", 1))


async def test_what_is_drawn_is_a_frame_that_grows_by_itself(
    model: RunModel, tmp_path: Path
) -> None:
    run = GrowingRun(tmp_path, "run", 3)
    await shown(model)
    grown = asyncio.Event()
    model.param.watch(lambda event: grown.set() if len(event.new) == 5 else None, "equity")
    model.store.start()
    model.start()
    run.grow(2)
    async with asyncio.timeout(PATIENCE):
        await grown.wait()
    model.stop()
    assert model.equity["equity"].iloc[-1] == run.equity(4)
    assert str(model.equity.index.dtype) == "datetime64[us, UTC]"
    assert len(model.events) == 5


async def test_nobody_writes_into_the_frames_of_another_page(
    model: RunModel, tmp_path: Path
) -> None:
    run = GrowingRun(tmp_path, "run", 3)
    other = RunModel(model.store, model.settings)
    await shown(model)
    await shown(other)
    model.equity.iloc[0, 0] = 666.0
    assert other.equity.iloc[0, 0] == run.equity(0)


async def test_the_whole_log_is_a_frame_for_who_asks(
    model: RunModel, create: Create, tmp_path: Path
) -> None:
    run = GrowingRun(tmp_path, "run", 1200)
    await shown(model)
    assert len(model.events) == 100
    whole = await model.all_events()
    library = open_library(tmp_path).run("run").events
    pd.testing.assert_frame_equal(whole, library)
    assert len(whole) == 1200
    assert isinstance(whole.index, pd.DatetimeIndex)
    assert whole.index.tz is UTC
    run.grow(2)
    await shown(model)
    assert (len(await model.all_events()), len(whole)) == (1202, 1200)
    with pytest.raises(NotFoundError):
        await create(RunModel).all_events()


async def test_nobody_writes_into_the_frame_of_others(model: RunModel, tmp_path: Path) -> None:
    GrowingRun(tmp_path, "run", 5)
    await shown(model)
    mine, other = await model.all_events(), await model.all_events()
    before = other.copy(deep=True)
    for name in mine.select_dtypes("number"):
        column: Any = mine[name]
        with pytest.raises(ValueError, match="read-only"):
            column.array[0] = column.iloc[1]
        mine.loc[mine.index[0], name] = 7
    mine["more"] = 1
    assert (mine["equity"].iloc[0], mine["step"].iloc[0]) == (7.0, 7)
    pd.testing.assert_frame_equal(other, before)
    model.store.shared = Shared(1)  # forgets what it had
    del mine
    gc.collect()
    other.loc[other.index[0], "equity"] = 8.0
    assert other["equity"].iloc[0] == 8.0


async def test_many_who_ask_at_once_share_one_frame(model: RunModel, tmp_path: Path) -> None:
    GrowingRun(tmp_path, "run", 5)
    await shown(model)
    frames = await asyncio.gather(*(model.all_events() for _ in range(8)))
    first = frames[0]["equity"].to_numpy()
    assert all(np.shares_memory(first, frame["equity"].to_numpy()) for frame in frames)
