"""The store of a notebook or script: it reads on a loop in a thread of its own.

So a call waits for its answer without a loop of the caller's, and what is live goes on reading
while a cell runs. Guarantees: the thread ends when nothing of the library is in use any more, and
with the process; it runs nothing of the caller's.
"""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from typing import Any, Final, TypeVar

from peak_trade import clock
from peak_trade.contract.base.route import Context
from peak_trade.settings import Settings
from peak_trade.store.live import LiveStore

T = TypeVar("T")

END_SECONDS: Final = 5.0
"""How long the end waits for a read that is under way."""

_OPEN: Final[weakref.WeakSet[Reader]] = weakref.WeakSet()


class Reader:
    """The store over one root, for all who use the library in this process."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.store = LiveStore(settings)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=_run, args=(self._loop,), name="peak-trade", daemon=True
        )
        self._thread.start()
        self._end = weakref.finalize(self, _end, self._loop, self.store, self._thread)
        _OPEN.add(self)

    def context(self) -> Context:
        """Return what a build function may use, as of now."""
        return Context(self.store, self.settings, clock.now())

    def answer(self, build: Callable[[Context], Awaitable[T]]) -> T:
        """Wait for what a build function gives; its errors are raised here.

        Raises
        ------
        RuntimeError
            If it was closed, or is called where it would wait for itself.
        """
        if not self._end.alive:
            raise RuntimeError("These artifacts were closed: peak_trade.open opens them again")
        if threading.current_thread() is self._thread:
            raise RuntimeError("Artifacts cannot be asked for while a live object reports a change")

        async def work() -> T:
            return await build(self.context())

        future = self.begin(work())
        try:
            return future.result()
        except BaseException:  # an interrupted cell wants no answer any more
            future.cancel()
            raise

    def begin(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Begin a coroutine on the loop of the store."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def soon(self, call: Callable[[], object]) -> None:
        """Call on the loop of the store, unless it has ended."""
        if self._end.alive:
            self._loop.call_soon_threadsafe(call)

    def close(self) -> None:
        """End the thread; nothing can be asked for any more."""
        self._end()

    def watch(self) -> None:
        """Begin to watch the artifacts; again changes nothing."""
        self.soon(self.store.start)


def _run(loop: asyncio.AbstractEventLoop) -> None:
    loop.run_forever()
    loop.close()


def _end(loop: asyncio.AbstractEventLoop, store: LiveStore, thread: threading.Thread) -> None:
    async def stop() -> None:
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        await store.stop()
        loop.stop()

    asyncio.run_coroutine_threadsafe(stop(), loop)
    if threading.current_thread() is not thread:
        thread.join(END_SECONDS)


def _end_all() -> None:
    for reader in tuple(_OPEN):
        reader.close()


# The thread pools of the interpreter end before `atexit` is asked, and what still reads would say
# so on the error output of a kernel that shuts down.
threading._register_atexit(_end_all)  # type: ignore[attr-defined]  # noqa: SLF001
