"""What many viewers ask for at the same revision is built once.

Guarantees: equal keys share one build, also while it is under way; at most `size` results are
kept, the least recently used are forgotten; a build that failed is not kept; nobody can change a
result. One event loop.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, TypeVar

from peak_trade.frozen import frozen

T = TypeVar("T")


class Shared:
    """Results by key; a key holds the revisions that its result is made of."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._tasks: OrderedDict[Hashable, asyncio.Task[Any]] = OrderedDict()

    async def get(self, key: Hashable, build: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Return the result for `key`; whoever asks first builds it for all."""
        task = self._tasks.get(key)
        if task is None:
            # A clean context: the task outlives the session of who asked first.
            task = asyncio.get_running_loop().create_task(
                _built(build), context=contextvars.Context()
            )
            self._tasks[key] = task
            if len(self._tasks) > self._size:
                self._tasks.popitem(last=False)
        self._tasks.move_to_end(key)
        try:
            result: T = await outliving(task)
        except Exception:
            self._tasks.pop(key, None)
            raise
        return result


async def outliving(task: asyncio.Task[T]) -> T:
    """Wait for a task, which goes on if the one who waits goes away."""
    task.add_done_callback(_seen)
    # not shield, which tells the log, with a traceback, of an error that nobody waits for any more
    await asyncio.wait({task})
    return task.result()


def _seen(task: asyncio.Task[Any]) -> None:
    if not task.cancelled():
        task.exception()


async def _built(build: Callable[[], Coroutine[Any, Any, T]]) -> T:
    return frozen(await build())
