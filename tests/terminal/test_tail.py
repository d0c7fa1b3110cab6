"""The events of a run as they come: across restarts, with what is missing."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator

import pytest

from contract.tree import Tree, event
from peak_trade.settings import load
from peak_trade.terminal import tail as tails
from peak_trade.terminal.found import artifacts
from peak_trade.terminal.tail import Gap, Told, as_line, tail


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tails, "POLL_SECONDS", 0.01)


@pytest.fixture
async def told(tree: Tree) -> AsyncIterator[AsyncIterator[Told]]:
    """What is told of the run `a`, which has two events at first."""
    tree.run("a", [event(1), event(2)])
    async with artifacts(load(None, {"dashboard.root": str(tree.root)}).settings) as context:
        yield tail(context, "a", 1, follow=True)


def short(one: Told) -> str:
    if isinstance(one, Gap):
        return one.why
    return one["msg"].split()[0]


async def some(told: AsyncIterator[Told], count: int) -> list[str]:
    return [short(await anext(told)) for _ in range(count)]


async def test_it_begins_with_the_last_and_goes_on(tree: Tree, told: AsyncIterator[Told]) -> None:
    assert await some(told, 1) == ["step=2"]
    tree.run("a", [event(1), event(2), event(3)])
    assert await some(told, 1) == ["step=3"]


async def test_steps_that_are_left_out_are_said(tree: Tree, told: AsyncIterator[Told]) -> None:
    assert await some(told, 1) == ["step=2"]
    tree.run("a", [event(1), event(2), event(6)])
    gap = await anext(told)
    assert as_line(gap) == "-- steps 3 to 5 are missing --"
    assert await some(told, 1) == ["step=6"]


async def test_a_run_that_begins_again_is_told_from_its_start(
    tree: Tree, told: AsyncIterator[Told]
) -> None:
    assert await some(told, 1) == ["step=2"]
    tree.run("a", [event(1, equity=5.0)])
    assert await some(told, 2) == ["restart", "step=1"]


async def test_a_run_that_goes_and_comes_back(tree: Tree, told: AsyncIterator[Told]) -> None:
    assert await some(told, 1) == ["step=2"]
    shutil.rmtree(tree.runs / "a")
    assert await some(told, 1) == ["gone"]
    tree.run("a", [event(1), event(2), event(3)])
    assert (await some(told, 1))[0] in {"step=3", "restart"}


async def test_events_that_are_moved_away_and_begun_again(
    tree: Tree, told: AsyncIterator[Told]
) -> None:
    assert await some(told, 1) == ["step=2"]
    events = tree.runs / "a" / "events.csv"
    events.rename(events.with_name("events.1.csv"))
    assert await some(told, 1) == ["restart"]
    tree.run("a", [event(7, equity=5.0)])
    assert await some(told, 1) == ["step=7"]


async def test_a_new_run_of_the_same_kind_is_followed(
    tree: Tree, told: AsyncIterator[Told]
) -> None:
    assert await some(told, 1) == ["step=2"]
    begun = "2026-01-15T17:42:00+00:00"
    tree.run("other", [event(12)], started_at=begun, strategy_name="another")
    tree.run("b", [event(12), event(13)], started_at=begun)
    gap = await anext(told)
    assert as_line(gap) == "-- goes on as b, begun 600 s after the last event --"
    assert await some(told, 2) == ["step=12", "step=13"]
