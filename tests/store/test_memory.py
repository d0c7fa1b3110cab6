"""Rows that were dropped to save memory: which ones, and what a file that changed then gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from contract.tree import Tree, as_csv, event
from peak_trade.settings import load
from peak_trade.store.local import LocalStore
from peak_trade.store.paths import Paths
from peak_trade.store.runs_state import RunState


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    tree = Tree(tmp_path)
    for run_id in ("a", "b", "c"):
        tree.run(run_id, [event(step, orders_filled=1) for step in range(1, 200)])
    store = LocalStore(Paths.of(load(None, {"dashboard.root": str(tmp_path)}).settings))
    store.commit_index(store.refresh_index())
    return store


def look(store: LocalStore, run_id: str, *, rows: bool) -> RunState:
    state = store.refresh_run(run_id, rows=rows)
    assert state is not None
    store.commit_run(state)
    return state


@pytest.mark.parametrize(("kept", "rows"), [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_a_changed_file_gives_its_own_rows(store: LocalStore, kept: bool, rows: bool) -> None:
    store.max_memory_bytes = 1 << 30 if kept else 1
    before = look(store, "a", rows=True)
    look(store, "b", rows=True)
    assert store.runs["a"].events.has_rows == kept
    new = as_csv(event(step, equity=7, orders_filled=2) for step in range(5, 305))
    (store.paths.runs / "a" / "events.csv").write_text(new)
    events = look(store, "a", rows=rows).events
    assert events.epoch != before.events.epoch
    assert (events.metrics.steps, events.metrics.orders, events.metrics.peak) == (300, 600, 7)
    table = look(store, "a", rows=True).events.table()
    assert table["step"].to_pylist() == list(range(5, 305))


def test_rows_that_were_used_least_recently_are_dropped_first(store: LocalStore) -> None:
    size = look(store, "a", rows=True).events.nbytes
    store.max_memory_bytes = 2 * size + size // 2
    for run_id in ("b", "a", "c"):
        look(store, run_id, rows=True)
    assert {key for key, run in store.runs.items() if run.events.has_rows} == {"a", "c"}
