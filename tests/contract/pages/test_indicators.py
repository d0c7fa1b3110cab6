"""Columns that a producer added are indicators if they hold numbers; a window cuts them out."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contract.tree import HOSTILE, Tree, event
from peak_trade.contract.pages.drawable import drawable
from peak_trade.contract.pages.indicators import (
    MAX_DRAWN,
    MAX_NAME,
    MAX_OFFERED,
    MAX_POINTS,
    Indicators,
    indicators,
)
from peak_trade.store.runs_state import RunState, refresh_run

BASE = ("step", "ts_event", "equity", "price")
Value = Callable[[int], object]


def run(root: Path, count: int = 60, /, **columns: Value) -> RunState:
    """Return a run with a row each minute, or each second if they are many."""
    rows = []
    for step in range(count):
        row = event(step if count <= 60 else 0, **{name: of(step) for name, of in columns.items()})
        if count > 60:
            row["ts_event"] = f"2026-01-15T{step // 3600:02}:{step // 60 % 60:02}:{step % 60:02}Z"
        rows.append(row | {"step": step, "price": 100 + step % 10})
    state = refresh_run(Tree(root).run("run", rows, *BASE, *columns), None, rows=True)
    assert state is not None
    return state


def found(state: RunState, *chosen: str, **window: datetime) -> Indicators:
    return indicators(state.events.table(), drawable(state, None), chosen, **window)


def drawn(state: RunState, name: str, **window: datetime) -> list[float]:
    (one,) = found(state, name, **window)["drawn"]
    assert one["times"].size == one["values"].size
    return [float(value) for value in one["values"]]


@pytest.mark.parametrize(
    ("value", "is_offered"),
    [
        (lambda step: step / 7, True),
        (lambda step: "" if step < 50 else step, True),
        (lambda step: "nan" if step < 50 else "1e3", True),
        (lambda step: "inf" if step % 2 else f" {step} ", True),
        (lambda step: "warming up" if step < 20 else step, True),
        (lambda step: 7 if step == 33 else "", True),
        (lambda step: "warming up" if step < 40 else step, False),
        (lambda _: "", False),
        (lambda _: "crossed", False),
        (lambda step: "true" if step % 2 else "false", False),
        (lambda step: f"2026-01-15T17:{step:02}:00Z", False),
    ],
)
def test_a_column_of_numbers_is_offered(tmp_path: Path, value: Value, is_offered: bool) -> None:
    state = run(tmp_path, extra_one=value)
    assert found(state)["offered"] == ["one"] * is_offered
    assert found(state, "one")["count"] == int(is_offered)


def test_a_number_that_few_rows_have_is_found_in_a_long_run(tmp_path: Path) -> None:
    state = run(tmp_path, 2000, extra_one=lambda step: 7 if step == 1001 else "")
    assert found(state)["offered"] == ["one"]


def test_identifiers_and_other_columns_are_none(tmp_path: Path) -> None:
    columns = ("extra_order_id", "note", "extra_", "extra_" + "x" * (MAX_NAME + 1), "extra_a")
    state = run(tmp_path, **dict.fromkeys(columns, lambda step: step))
    assert found(state)["offered"] == ["a"]


def test_names_are_taken_as_they_are(tmp_path: Path) -> None:
    rows = [event(step, price=100, **{f"extra_{HOSTILE}": step}) for step in range(9)]
    directory = Tree(tmp_path).run("run")
    pq.write_table(pa.Table.from_pylist(rows), directory / "events.parquet")
    state = refresh_run(directory, None, rows=True)
    assert state is not None
    assert drawn(state, HOSTILE) == [float(step) for step in range(9)]


def test_they_are_bounded(tmp_path: Path) -> None:
    names = [f"i{place}" for place in range(MAX_OFFERED + 3)]
    state = run(tmp_path, **{f"extra_{name}": lambda step: step for name in names})
    all_of_it = found(state, *names, "i0", "none")
    assert all_of_it["offered"] == names[:MAX_OFFERED]
    assert all_of_it["count"] == len(names)
    assert [one["name"] for one in all_of_it["drawn"]] == names[:MAX_DRAWN]
    long = run(tmp_path / "long", 5000, extra_one=math.sin)
    (one,) = found(long, "one")["drawn"]
    assert (one["values"].size <= MAX_POINTS, one["points"]) == (True, 5000)
    assert one["values"].max() == max(math.sin(step) for step in range(5000))


@pytest.mark.parametrize(
    ("value", "over_price"),
    [
        (lambda step: 100 + step % 10 - 0.5, True),
        (lambda step: 0 if step < 2 else 104, True),
        (lambda step: 112, True),
        (lambda step: 30 + step, False),
        (lambda step: step / 100, False),
        (lambda step: 1e6, False),
    ],
)
def test_what_is_about_the_price_lies_over_it(
    tmp_path: Path, value: Value, over_price: bool
) -> None:
    (one,) = found(run(tmp_path, extra_one=value), "one")["drawn"]
    assert one["over_price"] is over_price


def test_without_prices_each_has_its_own_pane(tmp_path: Path) -> None:
    rows = [event(step, extra_one=5) for step in range(5)]
    columns = ("step", "ts_event", "equity", "extra_one")
    state = refresh_run(Tree(tmp_path).run("run", rows, *columns), None, rows=True)
    assert state is not None
    (one,) = found(state, "one")["drawn"]
    assert one["over_price"] is False


def test_rows_without_a_number_part_the_line(tmp_path: Path) -> None:
    state = run(tmp_path, 6, extra_one=lambda step: "" if step == 3 else step)
    np.testing.assert_equal(drawn(state, "one"), [0, 1, 2, np.nan, 4, 5])
    (one,) = found(state, "one")["drawn"]
    assert one["points"] == 5


def test_a_window_has_its_points_and_one_beside_it_on_each_side(tmp_path: Path) -> None:
    state = run(tmp_path, extra_one=lambda step: step)
    begin = datetime(2026, 1, 15, 17, 40, tzinfo=UTC)
    until = datetime(2026, 1, 15, 17, 42, tzinfo=UTC)
    assert drawn(state, "one", since=begin, until=until) == [9, 10, 11, 12, 13]
    (one,) = found(state, "one", since=begin, until=until)["drawn"]
    assert one["points"] == 3
