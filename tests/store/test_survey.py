"""The count of read errors: complete without any visit, and the same after any."""

from __future__ import annotations

import asyncio
import errno
import gzip
import os
import threading
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from contract.tree import NOW, Tree, event
from peak_trade.settings import load
from peak_trade.store.live import LiveStore
from peak_trade.store.survey import Survey
from peak_trade.store.tally import Covered
from serving import wait_until

BAD_ROW = "7,2026-01-15T18:00:00+00:00,ten,0,0,0\n"
EXPECTED = {"bad_cell": 5, "bad_line": 5, "surplus_cells": 1, "unreadable": 1, "unusable_entry": 2}


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """Write read errors of every family, in files of days that no page shows."""
    tree = Tree(tmp_path)
    for number in range(5):
        directory = tree.run(f"run{number}", [event(1), event(2)])
        with (directory / "events.csv").open("a") as file:
            file.write(BAD_ROW)
    tree.write(tree.runs / "run0" / "trades.csv", "side,price\nbuy,1,2\n")
    tree.write(tree.runs / "run1" / "trades.parquet", "no parquet")
    tree.write(tree.runs / "run2" / "alerts.jsonl", "junk\n")
    (tree.runs / "run3" / "alerts.jsonl").mkdir()
    for day in ("2024-02-01", "2025-03-02"):
        tree.write(tree.runs / "alerts" / f"alerts_{day}.jsonl", "junk\n")
    (tree.runs / "alerts" / "alerts_2023-01-01.jsonl").mkdir()
    tree.write(tree.logs / "execution" / "plain.jsonl", "junk\n")
    tree.write(tree.logs / "execution" / "packed.jsonl.gz", gzip.compress(b"junk\n"))
    return tree


@pytest.fixture
async def store(tree: Tree) -> AsyncIterator[LiveStore]:
    store = LiveStore(load(None, {"dashboard.root": str(tree.root)}).settings)
    yield store
    await store.stop()


@pytest.fixture
async def survey(store: LiveStore) -> AsyncIterator[Survey]:
    survey = Survey(store, 0.05)
    yield survey
    await survey.stop()


async def visit_all(store: LiveStore) -> None:
    """Read what pages show, and all that they could show."""
    for summary in (await store.index()).ordered:
        await store.run(summary.run_id, rows=True)
        await store.trades(summary.run_id)
    for log_id in (await store.logs()).logs:
        await store.log(log_id)
    await store.alerts(datetime(2020, 1, 1, tzinfo=UTC), datetime.fromisoformat(NOW))
    await store.run_alerts(datetime(2020, 1, 1, tzinfo=UTC), datetime.fromisoformat(NOW))


async def test_all_is_counted_without_a_visit_and_nothing_of_it_kept(
    store: LiveStore, survey: Survey
) -> None:
    assert store.read_errors().total == 0
    await survey.complete()
    assert store.read_errors().counts == EXPECTED
    coverage = store.local.coverage()
    assert coverage.complete
    assert (coverage.runs, coverage.logs) == (Covered(5, 5), Covered(2, 2))
    assert not store.local.runs
    assert not store.local.trades
    assert not store.local.log_lines
    assert set(store.local.alerts.days) == {"alerts_2025-03-02.jsonl"}


async def test_visits_before_between_and_after_leave_the_count_as_it_is(
    store: LiveStore, survey: Survey
) -> None:
    await survey.complete()
    before = store.local.read_error_places()
    for _ in range(2):
        await visit_all(store)
        assert store.read_errors().counts == EXPECTED
        assert store.local.coverage().complete
        await survey.complete()
    assert [(place.family, place.run_id, place.read_errors.counts) for place in before] == [
        (place.family, place.run_id, place.read_errors.counts)
        for place in store.local.read_error_places()
    ]


class Busy(threading.Event):
    """Tells how often a thread looked whether it may go on."""

    looks = 0

    def wait(self, timeout: float | None = None) -> bool:
        self.looks += 1
        return super().wait(timeout)


async def test_it_stands_back_while_requests_read(store: LiveStore, survey: Survey) -> None:
    await store.index()
    busy = store.reading.idle = Busy()
    counting = asyncio.create_task(survey.complete(again=False))
    await asyncio.to_thread(wait_until, lambda: busy.looks >= 3)
    assert store.local.coverage().runs == Covered(0, 5)
    busy.set()
    await counting
    assert store.local.coverage().runs == Covered(5, 5)
    files_and_blocks = busy.looks
    assert files_and_blocks > 10  # before each artifact, and before each block of bytes


async def test_a_run_counts_as_a_whole_or_not_at_all(store: LiveStore) -> None:
    await store.index()
    await store.run("run0")
    assert store.local.coverage().runs == Covered(0, 5)
    assert store.read_errors().total == 0
    await store.trades("run0")
    assert store.local.coverage().runs == Covered(1, 5)
    assert store.read_errors().counts == {"bad_cell": 1, "surplus_cells": 1}


def append(tree: Tree) -> None:
    with (tree.runs / "run4" / "events.csv").open("a") as file:
        file.write(BAD_ROW)


def rewrite(tree: Tree) -> None:
    """Replace the file by one with two rows more, both of which cannot be read."""
    path = tree.runs / "run4" / "events.csv"
    new = path.with_suffix(".new")
    new.write_text(path.read_text().replace("1001", "1003") + BAD_ROW * 2)
    new.replace(path)


def add_alert(tree: Tree) -> None:
    with (tree.runs / "alerts" / "alerts_2024-02-01.jsonl").open("a") as file:
        file.write("junk\n")


def add_event(tree: Tree) -> None:
    with (tree.logs / "execution" / "plain.jsonl").open("a") as file:
        file.write("junk\n")


def add_trade(tree: Tree) -> None:
    tree.write(tree.runs / "run3" / "trades.csv", "side,price\nbuy,1,2\n")


def take_away(tree: Tree) -> None:
    for path in (tree.runs / "run4").iterdir():
        path.unlink()
    (tree.runs / "run4").rmdir()


@pytest.mark.parametrize("visited", [False, True])
@pytest.mark.parametrize(
    ("change", "more"),
    [
        (append, {"bad_cell": 1}),
        (rewrite, {"bad_cell": 2}),
        (add_alert, {"bad_line": 1}),
        (add_event, {"bad_line": 1}),
        (add_trade, {"surplus_cells": 1}),
        (take_away, {"bad_cell": -1}),
    ],
)
async def test_what_changes_is_counted_as_it_is_now(
    tree: Tree,
    store: LiveStore,
    survey: Survey,
    change: Callable[[Tree], None],
    more: dict[str, int],
    visited: bool,
) -> None:
    await survey.complete()
    if visited:
        await visit_all(store)
    change(tree)
    if visited:
        await visit_all(store)
    await survey.complete()
    expected = {kind: count + more.get(kind, 0) for kind, count in EXPECTED.items()}
    assert store.read_errors().counts == expected
    await visit_all(store)
    assert store.read_errors().counts == expected


async def test_what_was_forgotten_for_want_of_memory_still_counts(
    store: LiveStore, survey: Survey
) -> None:
    store.local.max_memory_bytes = 0
    await visit_all(store)
    await survey.complete()
    await survey.complete()
    assert store.read_errors().counts == EXPECTED


async def test_a_damaged_file_counts_once_however_often_it_is_read(
    tree: Tree, store: LiveStore, survey: Survey
) -> None:
    tree.write(tree.runs / "run4" / "events.parquet", "no parquet")
    (tree.runs / "run4" / "events.csv").unlink()
    for _ in range(3):
        await visit_all(store)
        await survey.complete()
    assert store.read_errors().counts["unreadable"] == 2


async def test_what_could_not_be_read_is_tried_again(
    tree: Tree, store: LiveStore, survey: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No change of a file tells that there is memory again, or that a disk works again."""
    tree.run("run5", [event(1)])
    tree.write(tree.runs / "run5" / "trades.csv", "side,price\nbuy,1\n")
    unread = ("plain.jsonl", "packed.jsonl.gz", "alerts_2024-02-01.jsonl", "trades.csv")
    opened = os.open

    def failing(path: Path, *args: Any, **options: Any) -> int:
        if Path(path).name in unread or Path(path).parts[-2:] == ("run5", "events.csv"):
            raise OSError(errno.EIO, "Input/output error")
        return opened(path, *args, **options)

    with monkeypatch.context() as disk:
        disk.setattr(os, "open", failing)
        await survey.complete()
        lost = store.read_errors().counts["unusable_entry"] - EXPECTED["unusable_entry"]
        assert lost == len(unread) + 3  # the trades of two runs; events for the list and the run
    await survey.complete()
    assert store.read_errors().counts == EXPECTED


async def test_a_turn_that_fails_is_not_the_last(
    store: LiveStore, survey: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = asyncio.Event()

    async def fail() -> None:
        failed.set()
        raise MemoryError

    with monkeypatch.context() as memory:
        memory.setattr(store, "sessions", fail)
        survey.start()
        await failed.wait()
    await asyncio.to_thread(wait_until, lambda: store.local.coverage().complete)
