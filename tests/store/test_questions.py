"""A question, such as a request, reads each artifact once, and never what is old."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from peak_trade.settings import load
from peak_trade.store.live import LiveStore
from peak_trade.store.reading import one_question

META = '{"run_id": "r", "mode": "m", "strategy_name": "s", "symbol": "x", "timeframe": "1m"}'


def make_run(root: Path, rows: str = "") -> Path:
    directory = root / "live_runs" / "r"
    directory.mkdir(parents=True)
    (directory / "meta.json").write_text(META)
    (directory / "events.csv").write_text(f"step,ts_event,equity\n{rows}")
    return directory / "events.csv"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[LiveStore]:
    store = LiveStore(load(None, {"dashboard.root": str(tmp_path)}).settings)
    yield store
    await store.stop()


@pytest.mark.parametrize("rows", [False, True])
async def test_a_question_reads_each_artifact_once(
    tmp_path: Path, store: LiveStore, monkeypatch: pytest.MonkeyPatch, rows: bool
) -> None:
    path = make_run(tmp_path, rows="1,2026-01-15T00:00:00Z,1\n")
    await store.run_and_trades("r", rows=True)
    looks: list[str] = []
    for name in ("refresh_run", "refresh_trades", "refresh_index", "refresh_sessions"):
        real = getattr(store.local, name)

        def counting(
            *args: object, real: object = real, name: str = name, **named: object
        ) -> object:
            looks.append(name)
            assert callable(real)
            return real(*args, **named)

        monkeypatch.setattr(store.local, name, counting)

    async def ask() -> None:
        await store.run("r", rows=rows)
        await store.run_and_trades("r", rows=rows)
        await store.trades("r")
        await store.index()
        await store.sessions()

    with one_question():
        for _ in range(3):
            await ask()
    assert sorted(looks) == ["refresh_index", "refresh_run", "refresh_sessions", "refresh_trades"]
    with path.open("a") as stream:
        stream.write("2,2026-01-15T00:00:01Z,1\n")
    with one_question():
        state, _ = await store.run_and_trades("r", rows=True)
    assert state is not None
    assert state.events.table().num_rows == 2


async def test_a_run_and_its_trades_take_one_look_until_the_trades_change(
    tmp_path: Path, store: LiveStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = make_run(tmp_path, rows="1,2026-01-15T00:00:00Z,1\n").parent
    found = []
    for content in ("ts,side\n1,buy\n", "ts,side\n1,buy\n2,sell\n", None):
        file = directory / "trades.csv"
        file.unlink() if content is None else file.write_text(content)
        _, first = await store.run_and_trades("r")
        with monkeypatch.context() as patched:
            patched.setattr(store.local, "refresh_trades", lambda _: pytest.fail("a second look"))
            _, again = await store.run_and_trades("r")
        assert again is first
        found.append(len(first.rows or ()) if first else None)
    assert found == [1, 2, None]


async def test_what_a_question_leaves_behind_reads_for_itself(
    tmp_path: Path, store: LiveStore
) -> None:
    path = make_run(tmp_path, rows="1,2026-01-15T00:00:00Z,1\n")
    go_on = asyncio.Event()

    async def follow() -> int:
        await go_on.wait()
        state = await store.run("r")
        assert state is not None
        return state.events.metrics.steps

    with one_question():
        await store.run("r")
        following = asyncio.ensure_future(follow())
    with path.open("a") as stream:
        stream.write("2,2026-01-15T00:00:01Z,1\n")
    go_on.set()
    assert await following == 2


async def test_a_run_that_is_none_any_more_is_none_for_the_whole_question(
    tmp_path: Path, store: LiveStore
) -> None:
    path = make_run(tmp_path, rows="1,2026-01-15T00:00:00Z,1\n")
    assert await store.run("r")
    path.with_name("meta.json").write_text("[")
    with one_question():
        assert [await store.run("r") for _ in range(2)] == [None, None]
