"""What many ask for at once is built once, and never more than so much is kept."""

from __future__ import annotations

import asyncio
import gc
from contextvars import ContextVar

import pytest

from peak_trade.store.shared import Shared, outliving

ASKER: ContextVar[str] = ContextVar("asker", default="nobody")


class Built:
    """Builds that wait until they may end, and how many there were."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.may_end = asyncio.Event()

    async def build(self, key: str) -> str:
        self.begun.append(key)
        await self.may_end.wait()
        return f"{key} for {ASKER.get()}"


async def test_all_who_ask_while_it_is_built_share_one_build() -> None:
    shared, built = Shared(8), Built()
    asked = [asyncio.create_task(shared.get("a", lambda: built.build("a"))) for _ in range(5)]
    await asyncio.sleep(0)
    built.may_end.set()
    results = await asyncio.gather(*asked)
    assert built.begun == ["a"]
    assert all(result is results[0] for result in results)
    assert await shared.get("b", lambda: built.build("b")) == "b for nobody"


async def test_a_build_survives_who_asked_first_and_has_no_session_of_theirs() -> None:
    shared, built = Shared(8), Built()
    ASKER.set("the first")
    first = asyncio.create_task(shared.get("a", lambda: built.build("a")))
    second = asyncio.create_task(shared.get("a", lambda: built.build("a")))
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    built.may_end.set()
    assert await second == "a for nobody"
    assert built.begun == ["a"]


async def test_what_failed_is_built_again() -> None:
    shared, built = Shared(8), Built()
    built.may_end.set()

    async def fail() -> str:
        raise OSError("disk on fire")

    with pytest.raises(OSError, match="disk on fire"):
        await shared.get("a", fail)
    assert await shared.get("a", lambda: built.build("a")) == "a for nobody"


async def test_the_least_recently_used_is_forgotten() -> None:
    shared, built = Shared(2), Built()
    built.may_end.set()
    for key in ("a", "b", "a", "c", "a", "b"):
        await shared.get(key, lambda key=key: built.build(key))  # type: ignore[misc]
    assert built.begun == ["a", "b", "c", "b"]


async def test_an_error_that_nobody_waits_for_is_no_traceback_in_the_log() -> None:
    told: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: told.append(context))
    begun, may_fail = asyncio.Event(), asyncio.Event()

    async def fail() -> None:
        begun.set()
        await may_fail.wait()
        raise OSError

    task = asyncio.create_task(fail())
    asker = asyncio.create_task(outliving(task))
    await begun.wait()
    asker.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asker
    may_fail.set()
    await asyncio.wait({task})
    del task, asker
    gc.collect()
    assert told == []
