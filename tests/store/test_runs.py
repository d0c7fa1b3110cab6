"""Runs in the store: growth, restarts, order, memory, and a list that reads only file ends."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from peak_trade.artifacts import files
from peak_trade.schemas import META_FILE
from peak_trade.store import events_end
from peak_trade.store.run_files import RUN_FILES
from peak_trade.store.runs_state import RunState
from store.run_tree import COLUMNS, Tree, line


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def steps(state: RunState) -> list[float]:
    found: list[float] = state.events.table()["step"].to_pylist()
    return found


def test_metrics_are_those_of_all_rows_however_the_file_grew(tree: Tree) -> None:
    rows = [line(1, 100), line(2, 120, 3, 1), line(3, 90, 2, 0, 1), line(4, 96, 0, 0, 2)]
    tree.make("grown", rows[0])
    tree.make("whole", "".join(rows))
    for row in rows[1:]:
        tree.run("grown")
        with tree.csv("grown").open("a") as stream:
            stream.write(row)
    metrics = tree.run("grown").events.metrics
    assert metrics == tree.run("whole").events.metrics
    assert (metrics.steps, metrics.orders, metrics.blocked) == (4, 3, 3)
    assert metrics.drawdown == pytest.approx((96 - 120) / 120)
    assert metrics.max_drawdown == pytest.approx((90 - 120) / 120)


def test_the_revision_grows_when_any_part_of_a_run_changes(tree: Tree) -> None:
    directory = tree.make("a", line(1, 100))
    revisions = [tree.run("a").revision]
    with tree.csv("a").open("a") as stream:
        stream.write(line(2, 1))
    revisions.append(tree.run("a").revision)
    (directory / "alerts.jsonl").write_text("{}\n")
    revisions.append(tree.run("a").revision)
    meta = directory / "meta.json"
    meta.write_text(meta.read_text().replace('"mode": "x"', '"mode": "paper"'))
    revisions.append(tree.run("a").revision)
    assert revisions == sorted(set(revisions))


def test_nothing_changed_is_the_same_state(tree: Tree) -> None:
    tree.make("a", line(1, 100))
    assert tree.run("a") is tree.run("a")
    tree.listed()
    assert tree.store.refresh_index() is tree.store.index


@pytest.mark.parametrize("name", RUN_FILES)
def test_a_run_that_was_found_unchanged_is_read_again_when_any_of_its_files_is_another(
    tree: Tree, name: str
) -> None:
    path = tree.make("a", line(1, 100)) / name
    before = tree.run("a")
    assert tree.run("a") is before
    kept = path.read_bytes() if path.exists() else None
    path.unlink(missing_ok=True)
    path.mkdir()
    if name != META_FILE:  # without it there is no run
        odd = tree.run("a")
        assert [fault.file for fault in odd.faults] == [name]
        assert tree.run("a") is odd
    path.rmdir()
    if kept is not None:
        path.write_bytes(kept)
    plain = tree.run("a")
    assert plain.faults == ()
    assert tree.run("a") is plain


def test_drawdown_without_a_positive_peak_is_null(tree: Tree) -> None:
    tree.make("a", line(1, -5) + line(2, -10))
    metrics = tree.run("a").events.metrics
    assert (metrics.peak, metrics.drawdown, metrics.max_drawdown) == (-5, None, None)


def test_unsorted_steps_are_ordered_and_equal_steps_keep_file_order(tree: Tree) -> None:
    tree.make("a", line(1, 100) + line(3, 130))
    before = tree.run("a", rows=True)
    with tree.csv("a").open("a") as stream:
        stream.write(line(2, 140) + line(3, 131) + line(2, 141))
    state = tree.run("a", rows=True)
    assert steps(state) == [1, 2, 2, 3, 3]
    assert state.events.table()["equity"].to_pylist() == [100, 140, 141, 130, 131]
    assert (state.events.metrics.last_row or {})["equity"] == 131
    assert state.events.metrics.drawdown == pytest.approx((131 - 141) / 141)
    assert state.events.epoch != before.events.epoch


def test_a_row_without_step_means_file_order(tree: Tree) -> None:
    tree.make("a", line(2, 100) + line(1, 90))
    assert steps(tree.run("a", rows=True)) == [1, 2]
    with tree.csv("a").open("a") as stream:
        stream.write(",2026-01-15T00:00:09+00:00,95,0,0,0\n")
    state = tree.run("a", rows=True)
    assert state.events.table()["equity"].to_pylist() == [100, 90, 95]


def test_a_truncated_file_starts_again(tree: Tree) -> None:
    tree.make("a", line(1, 100) + line(2, 200))
    before = tree.run("a", rows=True)
    tree.csv("a").write_text(",".join(COLUMNS) + "\n" + line(7, 70))
    state = tree.run("a", rows=True)
    assert steps(state) == [7]
    assert state.events.epoch != before.events.epoch
    assert state.events.metrics.peak == 70


def test_a_replaced_file_starts_again_unless_it_goes_on(tree: Tree, tmp_path: Path) -> None:
    tree.make("a", line(1, 100))
    before = tree.run("a", rows=True)
    other = tmp_path / "other"
    other.write_text(tree.csv("a").read_text() + line(2, 110))
    other.replace(tree.csv("a"))
    assert (steps(tree.run("a")), tree.run("a").events.epoch) == ([1, 2], before.events.epoch)
    other.write_text(",".join(COLUMNS) + "\n" + line(5, 1) + line(6, 2) + line(7, 3))
    other.replace(tree.csv("a"))
    assert steps(tree.run("a")) == [5, 6, 7]
    assert tree.run("a").events.epoch != before.events.epoch


def test_a_deleted_file_is_no_events_and_a_new_one_is_read(tree: Tree) -> None:
    tree.make("a", line(1, 100))
    assert tree.run("a").events.present
    tree.csv("a").unlink()
    assert not tree.run("a").events.present
    tree.csv("a").write_text(",".join(COLUMNS) + "\n" + line(4, 9))
    assert steps(tree.run("a")) == [4]


def test_a_deleted_and_created_run_is_a_new_one(tree: Tree) -> None:
    directory = tree.make("a", line(1, 100))
    tree.run("a")
    for file in directory.iterdir():
        file.unlink()
    directory.rmdir()
    assert tree.listed() == []
    assert tree.store.refresh_run("a", rows=False) is None
    tree.make("a", line(2, 50))
    assert tree.listed() == ["a"]
    assert steps(tree.run("a")) == [2]


def write_parquet(path: Path, rows: Iterable[tuple[int, float | None]]) -> bytes:
    frame = pd.DataFrame(
        [
            {"step": s, "ts_event": datetime(2026, 1, 15, 0, 0, s, tzinfo=UTC), "equity": equity}
            for s, equity in rows
        ]
    )
    frame.to_parquet(path)
    return path.read_bytes()


def test_a_parquet_file_caught_half_written_keeps_the_last_good_rows(tree: Tree) -> None:
    path = tree.make("a") / "events.parquet"
    write_parquet(path, [(1, 100.0)])
    good = tree.run("a", rows=True)
    whole = write_parquet(path.with_name("new"), [(1, 100.0), (2, 90.0)])
    for cut in (0, 4, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:cut])
        state = tree.run("a", rows=True)
        assert steps(state) == [1]
    assert state.events.read_errors.counts["unreadable"] >= 1
    path.write_bytes(whole)
    state = tree.run("a", rows=True)
    assert steps(state) == [1, 2]
    assert state.events.epoch == good.events.epoch
    assert state.events.table()["ts_event"].to_pylist() == [
        "2026-01-15T00:00:01+00:00",
        "2026-01-15T00:00:02+00:00",
    ]


def test_a_parquet_file_that_never_was_whole_is_a_run_without_events(tree: Tree) -> None:
    (tree.make("a") / "events.parquet").write_bytes(b"PAR1 not whole")
    state = tree.run("a")
    assert not state.events.present
    assert tree.listed() == ["a"]


def test_parquet_wins_over_csv(tree: Tree) -> None:
    directory = tree.make("a", line(1, 1))
    write_parquet(directory / "events.parquet", [(5, 5.0)])
    assert steps(tree.run("a", rows=True)) == [5]


def test_types_of_parquet_columns_do_not_matter(tree: Tree) -> None:
    path = tree.make("a") / "events.parquet"
    table = pa.table(
        {
            "step": pa.array(["2", "1"]),
            "equity": pa.array([1, None], pa.int64()),
            "risk_allowed": pa.array([1.0, float("nan")]),
            "ts_bar": pa.array([0, None], pa.timestamp("ns")),
            "realized_pnl": pa.array([[1.0], None]),
            "cash": pa.nulls(2),
        }
    )
    pq.write_table(table, path)
    state = tree.run("a", rows=True)
    rows = state.events.table().to_pylist()
    assert [row["step"] for row in rows] == [1, 2]
    assert [row["risk_allowed"] for row in rows] == [None, True]
    assert rows[1]["ts_bar"] == "1970-01-01T00:00:00+00:00"
    assert state.events.read_errors.counts == {"bad_cell": 1}


def test_dropped_rows_leave_the_metrics_and_come_back(tree: Tree) -> None:
    for run_id in ("a", "b"):
        tree.make(run_id, "".join(line(step, 100 + step) for step in range(1, 200)))
    tree.store.max_memory_bytes = 1
    first = tree.run("a", rows=True)
    tree.run("b", rows=True)
    assert not tree.store.runs["a"].events.has_rows
    with tree.csv("a").open("a") as stream:
        stream.write(line(200, 50))
    state = tree.run("a")
    assert not state.events.has_rows
    assert state.events.metrics.steps == 200
    assert state.events.metrics.drawdown == pytest.approx((50 - 299) / 299)
    again = tree.run("a", rows=True)
    assert steps(again) == list(range(1, 201))
    assert again.events.epoch == first.events.epoch
    assert again.events.metrics == state.events.metrics


def test_dropped_rows_that_turn_out_unsorted_are_read_again(tree: Tree) -> None:
    for run_id in ("a", "b"):
        tree.make(run_id, line(1, 1) + line(3, 3))
    tree.store.max_memory_bytes = 1
    tree.run("a", rows=True)
    tree.run("b", rows=True)
    with tree.csv("a").open("a") as stream:
        stream.write(line(2, 5))
    metrics = tree.run("a").events.metrics
    assert (metrics.last_row or {})["step"] == 3
    assert metrics.drawdown == pytest.approx((3 - 5) / 5)


def test_losses_of_a_run_are_counted_and_named(tree: Tree) -> None:
    directory = tree.make("a", line(1, 1) + "2,x,ten,0,0,0\n")
    (directory / "alerts.jsonl").write_text("junk\n{}\n")
    state = tree.run("a")
    assert state.events.read_errors.counts == {"bad_cell": 2}
    assert state.alerts.read_errors.counts == {"bad_line": 1}
    assert len(state.alerts.records) == 1


def test_list_order_is_last_event_then_name_and_runs_without_events_come_last(tree: Tree) -> None:
    tree.make("b", line(5, 1))
    tree.make("a", line(5, 1))
    tree.make("c", line(9, 1))
    tree.make("none_1")
    tree.make("none_2")
    assert tree.listed() == ["c", "b", "a", "none_2", "none_1"]


def test_what_is_no_run_is_not_listed(tree: Tree, tmp_path: Path) -> None:
    tree.make("good", line(1, 1))
    runs = tmp_path / "runs"
    (runs / "alerts").mkdir()
    (runs / "file").write_text("x")
    tree.make("bad_json").joinpath("meta.json").write_text('{"run_id": ')
    tree.make("no_mode", mode=None)
    outside = Tree(tmp_path / "outside").make("linked", line(1, 1))
    (runs / "link").symlink_to(outside)
    assert tree.listed() == ["good"]
    assert tree.store.index.read_errors.counts == {"unusable_entry": 1, "unusable_meta": 2}


def test_meta_caught_half_written_is_usable_with_the_next_refresh(tree: Tree) -> None:
    meta = tree.make("a", line(1, 1)) / "meta.json"
    whole = meta.read_text()
    meta.write_text(whole[:20])
    assert tree.listed() == []
    meta.write_text(whole)
    assert tree.listed() == ["a"]


def long_text(count: int) -> str:
    return "".join(line(step, 100) for step in range(1, count))


def test_the_list_reads_only_the_end_of_long_files(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree.make("long", long_text(20_000))
    read = 0
    real = files.read_range

    def counting(path: Path, start: int, end: int) -> tuple[bytes, files.Signature] | None:
        nonlocal read
        read += end - start if path.name == "events.csv" else 0
        return real(path, start, end)

    monkeypatch.setattr(files, "read_range", counting)
    expected = datetime(2026, 1, 15, 5, 33, 19, tzinfo=UTC)
    assert tree.last_event("long") == expected
    assert read <= events_end.END_BYTES + events_end.HEADER_BYTES < tree.csv("long").stat().st_size
    assert tree.run("long").events.metrics.last_instant == expected


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(line(5, 1), id="step falls"),
        pytest.param('20001,2026-01-16T00:00:00+00:00,1,0,0,0,"\n"\n', id="quotes"),
        pytest.param(
            "20001,2026-01-16T00:00:00+00:00,1" + "," * 40_000 + "\n",
            id="a line longer than the window",
        ),
        pytest.param("20001,2026-01-16T00:00:00+00:00,1", id="torn"),
    ],
)
def test_the_end_of_a_long_file_tells_the_same_as_the_whole(tree: Tree, end: str) -> None:
    tree.make("long", long_text(20_000) + end)
    listed = tree.last_event("long")
    assert listed == tree.run("long").events.metrics.last_instant
    assert listed is not None


def test_the_end_of_a_parquet_file_tells_the_same_as_the_whole(tree: Tree) -> None:
    write_parquet(tree.make("up") / "events.parquet", [(1, 1.0), (2, None)])
    write_parquet(tree.make("down") / "events.parquet", [(9, 1.0), (2, None)])
    assert tree.last_event("up") == datetime(2026, 1, 15, 0, 0, 2, tzinfo=UTC)
    assert tree.last_event("down") == datetime(2026, 1, 15, 0, 0, 9, tzinfo=UTC)


def test_the_list_follows_a_growing_unsorted_file(tree: Tree) -> None:
    tree.make("a", long_text(3000) + line(5, 1))
    assert tree.last_event("a") == datetime(2026, 1, 15, 0, 49, 59, tzinfo=UTC)
    with tree.csv("a").open("a") as stream:
        stream.write(line(3600, 1) + line(6, 1))
    assert tree.last_event("a") == datetime(2026, 1, 15, 1, 0, 0, tzinfo=UTC)


def test_a_run_that_is_made_again_repeats_no_revision(tree: Tree) -> None:
    directory = tree.make("a", line(1, 100))
    tree.listed()
    seen = {tree.run("a").revision}
    for _ in range(3):
        shutil.rmtree(directory)
        tree.listed()
        tree.make("a", line(1, 100))
        tree.listed()
        seen.add(tree.run("a").revision)
    assert len(seen) == 4
