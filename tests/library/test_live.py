"""Live objects: they grow on the loop of who holds them, and end with their last holder."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import panel as pn
import pytest

import peak_trade
from contract.tree import Tree, event
from fleet.made import run_row, write_fleet
from peak_trade.errors import NotFoundError
from peak_trade.library import Run
from peak_trade.models.run import RunModel
from peak_trade.views import register_chart
from peak_trade.views.kit import registered
from peak_trade.views.notebook.cells import Board

SECONDS = 30.0


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(SECONDS):
        while not holds():  # noqa: ASYNC110  what is waited for has no event
            await asyncio.sleep(0.01)


def events(count: int) -> list[dict[str, object]]:
    return [event(step) for step in range(1, count + 1)]


def opened(tree: Tree) -> Run:
    tree.run("r", events(1))
    return peak_trade.open(tree.root).run("r")


async def test_frames_grow_by_themselves_on_the_loop_of_the_holder(tree: Tree) -> None:
    live = opened(tree).live()
    seen: list[tuple[int, threading.Thread]] = []
    live.param.watch(
        lambda change: seen.append((len(change.new), threading.current_thread())), "equity"
    )
    count = pn.bind(len, live.param.equity)
    rx = live.param.equity.rx()
    assert count() == 1
    tree.run("r", events(5))
    await until(lambda: len(live.equity) == 5)
    assert count() == len(rx.rx.value) == len(await live.all_events()) == 5
    assert seen[-1] == (5, threading.main_thread())
    assert {thread for _, thread in seen} == {threading.main_thread()}


async def test_a_choice_comes_back_with_its_payload(tree: Tree) -> None:
    tree.run("r", events(59))
    live = peak_trade.open(tree.root).run("r").live()
    before = live.edition
    since = live.equity.index[20]
    live.window = (since.to_pydatetime(), None)
    await until(lambda: live.edition > before)
    assert len(live.equity) < 59


async def test_several_share_one_store(tree: Tree) -> None:
    run = opened(tree)
    one, other = run.live(), run.live()
    assert one.store is other.store
    tree.run("r", events(3))
    await until(lambda: len(one.equity) == len(other.equity) == 3)


async def test_a_closed_one_stays_as_it_is(tree: Tree) -> None:
    run = opened(tree)
    with run.live() as closed:
        pass
    going = run.live()
    tree.run("r", events(3))
    await until(lambda: len(going.equity) == 3)
    assert len(closed.equity) == 1


async def test_it_ends_with_its_last_holder(tree: Tree) -> None:
    run = opened(tree)
    live = run.live()
    reader = weakref.ref(run.reader)
    twin = weakref.ref(live.twin)
    del live, run

    def ended() -> bool:
        gc.collect()
        return twin() is None and reader() is None

    await until(ended)


def test_a_script_without_a_loop_is_served_too(tree: Tree) -> None:
    live = opened(tree).live()
    grown = threading.Event()
    live.param.watch(lambda change: grown.set() if len(change.new) == 4 else None, "equity")
    tree.run("r", events(4))
    assert grown.wait(SECONDS)


async def test_what_is_not_there_cannot_be_opened(tree: Tree) -> None:
    run = opened(tree)
    (tree.runs / "r" / "meta.json").unlink()
    peak_trade.open(tree.root).runs()
    with pytest.raises(NotFoundError):
        run.live()


@pytest.mark.parametrize("name", ["price", "equity", "drawdown"])
async def test_a_chart_is_made_anew_for_each_display(tree: Tree, name: str) -> None:
    cell = opened(tree).chart(name)  # type: ignore[arg-type]
    boards = [cell.__panel__(), cell.__panel__()]
    assert all(isinstance(board, Board) for board in boards)
    roots = [board.get_root() for board in boards]
    assert roots[0].document is not roots[1].document or roots[0] is not roots[1]


async def test_an_unknown_chart_is_said(tree: Tree) -> None:
    with pytest.raises(ValueError, match="price, equity, drawdown"):
        opened(tree).chart("pie")  # type: ignore[arg-type]


def test_a_chart_of_the_price_has_the_indicators_that_are_named(tree: Tree) -> None:
    rows = [event(step, price=100, extra_mean=101) for step in range(5)]
    tree.run("run", rows, "step", "ts_event", "equity", "price", "extra_mean")
    run = peak_trade.open(tree.root).run("run")
    model = run.chart("price", indicators=["mean"]).model
    assert isinstance(model, RunModel)
    assert model.chart is not None
    assert [one["name"] for one in model.chart["indicators"]["drawn"]] == ["mean"]
    with pytest.raises(ValueError, match="cannot draw none; at most 4 are drawn of these: mean"):
        run.chart("price", indicators=["none"])
    with pytest.raises(ValueError, match="indicators are drawn with the price"):
        run.chart("equity", indicators=["mean"])


async def test_views_of_everything_show_what_there_is(tree: Tree) -> None:
    run = opened(tree)
    tree.run("other", events(2))
    tree.session("s", run_id="r")
    artifacts = peak_trade.open(tree.root)
    cells = [
        run.dashboard(),
        artifacts.session("s").dashboard(),
        artifacts.console(),
        artifacts.alerts_view(),
        peak_trade.compare(run, artifacts.run("other")).dashboard(),
    ]
    for cell in cells:
        cell.__panel__().get_root()
        assert cell.model.revision is not None


async def test_a_fleet_is_shown_and_follows_the_next_build(tmp_path: Path) -> None:
    path = write_fleet(tmp_path / "fleet", [run_row(0), run_row(1)])
    cell = peak_trade.fleet(path).dashboard(tmp_path)
    cell.__panel__().get_root()
    model: Any = cell.model
    assert list(model.runs["run"]) == ["r000000", "r000001"]
    write_fleet(path, [run_row(2)])
    await model.refresh()
    assert list(model.runs["run"]) == ["r000002"]
    model.chosen = {"q": "events>1000"}
    await model.updated()
    assert model.payload["matching"] == 0


async def test_a_registered_chart_is_on_dashboards_alone(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registered, "_CHARTS", {})
    asked: list[str] = []

    @register_chart("Mine")
    def mine(run: RunModel) -> object:
        asked.append(run.run_id)
        return pn.pane.Str(f"{len(run.equity)} points")

    run = opened(tree)
    run.chart().__panel__().get_root()
    assert asked == []
    board = run.dashboard().__panel__()
    board.get_root()
    assert [pane.object for pane in board.select(pn.pane.Str)] == [f"{len(run.equity)} points"]
    with pytest.raises(TypeError, match="title"):
        register_chart(mine)  # type: ignore[arg-type]


async def test_a_view_ends_with_its_output(tree: Tree) -> None:
    cell = opened(tree).dashboard()
    board = cell.__panel__()
    shown = weakref.ref(board)
    del board
    gc.collect()
    assert shown() is None


async def test_a_view_in_a_terminal_says_what_it_is(tree: Tree) -> None:
    cell = opened(tree).dashboard()
    shown, _ = cell._repr_mimebundle_()
    assert shown["text/plain"] == repr(cell)
