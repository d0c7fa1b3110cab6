"""The store on an event loop: every complete byte, shared refreshes, promptness, overload."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from peak_trade.errors import OverloadedError
from peak_trade.settings import load
from peak_trade.store import watch
from peak_trade.store.live import LiveStore
from peak_trade.store.paths import Paths
from peak_trade.store.roots import Root
from peak_trade.store.slots import Change
from peak_trade.store.watch import EVERYTHING, Touched, Watch
from serving import PATIENCE

META = '{"run_id": "r", "mode": "m", "strategy_name": "s", "symbol": "x", "timeframe": "1m"}'
HEADER = "step,ts_event,equity\n"


def make_store(root: Path, **settings: object) -> LiveStore:
    return LiveStore(load(None, {"dashboard.root": str(root), **settings}).settings)


def make_run(root: Path, run_id: str = "r", rows: str = "") -> Path:
    directory = root / "live_runs" / run_id
    directory.mkdir(parents=True)
    (directory / "meta.json").write_text(META)
    (directory / "events.csv").write_text(HEADER + rows)
    return directory / "events.csv"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[LiveStore]:
    store = make_store(tmp_path, **{"store.poll_seconds": 0.2})
    yield store
    await store.stop()


async def test_a_caller_gets_every_byte_written_before_the_call(
    tmp_path: Path, store: LiveStore
) -> None:
    path = make_run(tmp_path, rows="0,2026-01-15T00:00:00Z,1\n")
    before = await store.run("r")

    async def append_and_read(step: int) -> tuple[int, int]:
        with path.open("a") as stream:
            stream.write(f"{step},2026-01-15T00:00:00Z,1\n")
        written = path.read_text().count("\n") - 1
        state = await store.run("r", rows=True)
        assert state is not None
        return written, state.events.table().num_rows

    pairs = await asyncio.gather(*(append_and_read(step) for step in range(50)))
    assert all(read >= written for written, read in pairs)
    assert before is not None
    assert store.local.runs["r"].events.epoch == before.events.epoch


async def test_callers_that_wait_share_one_refresh(
    tmp_path: Path, store: LiveStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_run(tmp_path, rows="1,2026-01-15T00:00:00Z,1\n")
    await store.run("r")
    looks = 0
    real = store.local.refresh_run

    def counting(run_id: str, *, rows: bool) -> object:
        nonlocal looks
        looks += 1
        return real(run_id, rows=rows)

    monkeypatch.setattr(store.local, "refresh_run", counting)
    await asyncio.gather(*(store.run("r") for _ in range(100)))
    assert 1 <= looks <= 2


async def test_a_slow_file_holds_up_only_its_own_callers(
    tmp_path: Path, store: LiveStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for run_id in ("slow", "quick"):
        make_run(tmp_path, run_id)
    await store.index()
    release = threading.Event()
    real = store.local.refresh_run

    def slow(run_id: str, *, rows: bool) -> object:
        if run_id == "slow":
            assert release.wait(PATIENCE)
        return real(run_id, rows=rows)

    monkeypatch.setattr(store.local, "refresh_run", slow)
    waiting = [asyncio.ensure_future(store.run("slow")) for _ in range(20)]
    assert await asyncio.wait_for(store.run("quick"), PATIENCE) is not None
    assert not any(task.done() for task in waiting)
    release.set()
    assert all(await asyncio.gather(*waiting))


async def test_a_caller_that_goes_away_does_not_disturb_the_refresh(
    tmp_path: Path, store: LiveStore
) -> None:
    path = make_run(tmp_path, rows="1,2026-01-15T00:00:00Z,1\n")
    task = asyncio.ensure_future(store.run("r"))
    await asyncio.sleep(0)
    task.cancel()
    with path.open("a") as stream:
        stream.write("2,2026-01-15T00:00:01Z,1\n")
    state = await store.run("r", rows=True)
    assert state is not None
    assert state.events.table().num_rows == 2


async def test_too_many_waiting_reads_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = make_store(tmp_path, **{"store.read_threads": 1, "store.max_waiting": 2})
    for run_id in ("a", "b", "c"):
        make_run(tmp_path, run_id)
    await store.index()
    release = threading.Event()
    monkeypatch.setattr(
        store.local, "refresh_run", lambda *_, **__: release.wait(PATIENCE) and None
    )
    waiting = [asyncio.ensure_future(store.run(run_id)) for run_id in ("a", "b")]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    with pytest.raises(OverloadedError):
        await store.run("c")
    release.set()
    await asyncio.gather(*waiting)
    await store.stop()


async def test_unknown_ids_are_none_and_leave_nothing_behind(
    tmp_path: Path, store: LiveStore
) -> None:
    make_run(tmp_path)
    for run_id in ("nope", "..", ".", "", "a/b", "x" * 5000, "\0", "alerts"):
        assert await store.run(run_id) is None
        assert await store.known_runs({run_id}) == set()
    assert await store.known_runs({"r", "nope"}) == {"r"}
    assert {key for kind, key in store.reading.keys if kind == "run"} == set()


async def test_what_is_gone_leaves_nothing_behind(tmp_path: Path, store: LiveStore) -> None:
    run, logs = make_run(tmp_path), tmp_path / "logs" / "execution"
    logs.mkdir(parents=True)
    (logs / "log.jsonl").write_text("{}\n")
    named = {("run", "r"), ("trades", "r"), ("log", "log")}
    await store.index()
    await store.run_and_trades("r")
    assert await store.log("log")
    assert named <= set(store.reading.keys)
    shutil.rmtree(run.parent)
    (logs / "log.jsonl").unlink()
    await store.index()
    await store.logs()
    assert named.isdisjoint(store.reading.keys)


async def test_changes_are_told_soon_also_of_directories_that_come_later(
    tmp_path: Path, store: LiveStore
) -> None:
    seen: asyncio.Queue[Change] = asyncio.Queue()
    end = store.subscribe(seen.put_nowait)
    store.start()

    async def told(family: str) -> None:
        while (await asyncio.wait_for(seen.get(), PATIENCE)).family != family:
            pass

    path = make_run(tmp_path, rows="1,2026-01-15T00:00:00Z,1\n")
    await told("runs")
    await store.run("r")
    await told("run")
    with path.open("a") as stream:
        stream.write("2,2026-01-15T00:00:01Z,1\n")
    await told("run")
    assert store.local.runs["r"].events.metrics.steps == 2
    sessions = tmp_path / "reports/experiments/live_sessions"
    sessions.mkdir(parents=True)
    (sessions / "a.json").write_text(
        '{"session_id": "s", "run_type": "t", "started_at": "2026-01-15T00:00:00"}'
    )
    await told("session")
    assert await store.known_session("s")
    end()


async def test_a_new_directory_is_found_while_events_never_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "POLLS_WHILE_WATCHED", 10**9)  # only events can tell
    store = make_store(tmp_path, **{"store.poll_seconds": 2})  # that long is never without events
    path = make_run(tmp_path, rows="1,2026-01-15T00:00:00Z,1\n")
    seen: asyncio.Queue[Change] = asyncio.Queue()
    end = store.subscribe(seen.put_nowait)
    enough = threading.Event()

    def write_on() -> None:
        while not enough.wait(0.005):
            with path.open("a") as stream:
                stream.write("1,2026-01-15T00:00:00Z,1\n")

    async def told(family: str) -> None:
        async with asyncio.timeout(PATIENCE):
            while (await seen.get()).family != family:
                pass

    writing = asyncio.create_task(asyncio.to_thread(write_on))
    try:
        store.start()
        for _ in range(10):  # the look at everything at the start is over
            await told("runs")
        assert store.watching
        sessions = tmp_path / "reports/experiments/live_sessions"
        sessions.mkdir(parents=True)
        (sessions / "a.json").write_text(
            '{"session_id": "s", "run_type": "t", "started_at": "2026-01-15T00:00:00"}'
        )
        await told("session")
    finally:
        enough.set()
        await writing
        end()
        await store.stop()


async def test_what_was_written_before_watching_began_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "POLLS_WHILE_WATCHED", 10**9)  # polling tells nothing once watched
    make_run(tmp_path)
    told = asyncio.Event()

    async def refresh(touched: Touched) -> None:
        if touched == EVERYTHING and watching.watched:
            told.set()

    paths = Paths.of(load(None, {"dashboard.root": str(tmp_path)}).settings)
    watching = Watch([Root("", paths)], refresh, 0.2, tuple)
    watching.start()
    try:
        await asyncio.wait_for(told.wait(), PATIENCE)
    finally:
        await watching.stop()


async def test_alerts_of_a_window_are_found_in_the_files_of_the_days_around_it(
    tmp_path: Path, store: LiveStore
) -> None:
    alerts = tmp_path / "live_runs/alerts"
    alerts.mkdir(parents=True)
    (alerts / "alerts_2026-01-16.jsonl").write_text(
        '{"id": "east", "timestamp": "2026-01-16T01:00:00+05:00"}\n'
        '{"id": "untimed"}\n'
        '{"id": "naive", "timestamp": "2026-01-15T19:30:00"}\n'
    )
    (alerts / "alerts_backup.jsonl").write_text(
        '{"id": "no", "timestamp": "2026-01-15T19:30:00"}\n'
    )
    until = datetime(2026, 1, 15, 20, 0, tzinfo=UTC)
    found = await store.alerts(until - timedelta(hours=1), until)
    assert [alert.id for alert in found] == ["east", "naive"]
    assert store.read_errors().counts == {"bad_line": 1}


async def test_of_sessions_with_one_id_the_greatest_file_name_answers(
    tmp_path: Path, store: LiveStore
) -> None:
    root = tmp_path / "reports/experiments/live_sessions"
    root.mkdir(parents=True)
    for name, mode in (("2", "late"), ("1", "early")):
        (root / f"{name}.json").write_text(
            '{"session_id": "s", "run_type": "t", "started_at": "2026-01-15T00:00:00",'
            f' "mode": "{mode}"}}'
        )
    (root / "torn.json").write_text('{"session_id"')
    (root / "notes.txt").write_text("x")
    index = await store.sessions()
    assert len(index.ordered) == 2
    assert index.by_id["s"].mode == "late"
    assert index.read_errors.counts == {"unusable_session": 1}


async def test_a_compressed_log_is_read_up_to_its_cut(tmp_path: Path, store: LiveStore) -> None:
    import gzip

    root = tmp_path / "logs/execution"
    root.mkdir(parents=True)
    whole = gzip.compress(b"".join(b'{"kind": "fill", "n": %d}\n' % n for n in range(5000)))
    (root / "cut.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    (root / "both.jsonl.gz").write_bytes(whole)
    (root / "both.jsonl").write_text('{"kind": "gate"}\n')
    cut, both = await store.log("cut"), await store.log("both")
    assert cut is not None
    assert 100 < len(cut.state.records) < 5000
    assert both is not None
    assert [event.kind for event in both.state.records] == ["gate"]
    assert await store.log("none") is None


async def test_logs_beyond_the_memory_limit_are_forgotten_and_read_again(
    tmp_path: Path, store: LiveStore
) -> None:
    root = tmp_path / "logs/execution"
    root.mkdir(parents=True)
    for name in ("a", "b"):
        (root / f"{name}.jsonl").write_text('{"kind": "fill"}\n' * 50)
    store.local.max_memory_bytes = 60_000
    for name in ("a", "b", "a"):
        log = await store.log(name)
        assert log is not None
        assert len(log.state.records) == 50
        assert list(store.local.log_lines) == [name]


async def test_logs_that_were_used_least_recently_are_forgotten_first(
    tmp_path: Path, store: LiveStore
) -> None:
    root = tmp_path / "logs/execution"
    root.mkdir(parents=True)
    for name in ("a", "b", "c"):
        (root / f"{name}.jsonl").write_text('{"kind": "fill"}\n' * 50)
    store.local.max_memory_bytes = 110_000
    for name in ("a", "b", "a", "c"):
        await store.log(name)
    assert set(store.local.log_lines) == {"a", "c"}


async def test_losses_of_one_kind_in_many_artifacts_add_up(
    tmp_path: Path, store: LiveStore
) -> None:
    for run_id in ("a", "b", "c"):
        path = make_run(tmp_path, run_id, "1,2026-01-15T00:00:00Z,ten\n" * 2)
        (path.parent / "alerts.jsonl").write_text("junk\n")
        await store.run(run_id)
        assert (await store.trades(run_id)) is None
    alerts = tmp_path / "live_runs/alerts"
    alerts.mkdir(parents=True)
    for day in (15, 16):
        (alerts / f"alerts_2026-01-{day}.jsonl").write_text("junk\n")
    noon = datetime(2026, 1, 15, 12, tzinfo=UTC)
    await store.alerts(noon, noon)
    assert store.read_errors().counts == {"bad_cell": 6, "bad_line": 5}
    assert store.read_errors().total == 11
