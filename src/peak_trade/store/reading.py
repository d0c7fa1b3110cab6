"""Reads artifacts in a bounded thread pool, one at a time for each artifact, for an event loop.

Guarantees: a slow read holds up only its own callers; callers that wait for the same artifact share
one read that began after they came; when too many reads wait, or memory does not suffice,
`OverloadedError`. One event loop.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Container, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import Enum
from itertools import count
from typing import Final, TypeVar

from peak_trade.errors import OverloadedError, ShortageError, is_shortage
from peak_trade.store.slots import Slot

T = TypeVar("T")

Key = tuple[str, str]
"""Family and name of an artifact."""


class Unknown(Enum):
    """What stands for an artifact that was never read, since None is one that is not there."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN

_TICKETS: Final = count()


@dataclass(slots=True)
class _Question:
    """One request: when it came, and whether it is under way.

    A task that outlives the request inherits it, and must not take what is old by then.
    """

    arrival: int
    under_way: bool = True


_QUESTION: ContextVar[_Question | None] = ContextVar("question", default=None)


@contextmanager
def one_question() -> Iterator[None]:
    """Read each artifact at most once in the block: what was read since its begin is new enough."""
    question = _Question(next(_TICKETS))
    token = _QUESTION.set(question)
    try:
        yield
    finally:
        question.under_way = False
        _QUESTION.reset(token)


class Reading:
    """The reads of one store."""

    def __init__(self, threads: int, max_waiting: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="read")
        self._stopped = False
        self._max_waiting = max_waiting
        self.waiting = 0
        """Reads under way or waiting."""
        self.idle = threading.Event()
        """Set while there are none."""
        self.idle.set()
        self._slots: dict[Key, Slot] = {}

    @property
    def saturated(self) -> bool:
        """Further reads would be refused."""
        return self.waiting >= self._max_waiting

    @property
    def keys(self) -> list[Key]:
        """Artifacts that were asked for."""
        return list(self._slots)

    def begin(self) -> int:
        """Return what stands for this moment."""
        return next(_TICKETS)

    def looked(self, key: Key, begin: int) -> None:
        """Note that another read has found an artifact unchanged, after `begin`."""
        slot = self._slots.setdefault(key, Slot())
        slot.ended = max(slot.ended, begin)

    def keep(self, family: str, names: Container[str]) -> None:
        """Forget the artifacts of a family that are gone: those of other names."""
        for key in self.keys:
            if key[0] == family and key[1] not in names:
                del self._slots[key]

    def stop(self) -> None:
        """Read no more."""
        self._stopped = True
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def refresh(
        self,
        key: Key,
        read: Callable[[], T],
        commit: Callable[[T], None],
        *,
        known: Callable[[], T | Unknown] = lambda: UNKNOWN,
        complete: bool = True,
    ) -> T:
        """Read an artifact in a thread and commit what was found.

        Who comes, or belongs to a question that came, before a complete read began takes what is
        `known` after that, if it is enough.
        """
        slot = self._slots.setdefault(key, Slot())
        arrival = _arrival()
        if slot.ended > arrival and (shared := known()) is not UNKNOWN:
            return shared
        await slot.lock.acquire()
        try:
            if slot.ended > arrival and (shared := known()) is not UNKNOWN:
                slot.lock.release()
                return shared
            begin, reading = next(_TICKETS), self._begin(read)
        except BaseException:
            slot.lock.release()
            raise
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        def take(reading: asyncio.Future[T]) -> None:
            slot.lock.release()
            if reading.cancelled():
                answer.cancel()
                return
            try:
                found = reading.result()
                commit(found)
            except Exception as error:  # noqa: BLE001  it is raised where the answer is awaited
                _fail(answer, error)
                return
            if complete and known() is found:
                slot.ended = begin
            if not answer.done():
                answer.set_result(found)

        # Who goes away cancels the answer alone: the lock is held while the thread still reads.
        reading.add_done_callback(take)
        return await answer

    async def in_thread(self, work: Callable[[], T]) -> T:
        """Run `work` in a thread of the pool."""
        running = self._begin(work)
        try:
            return await running
        except Exception as error:
            if is_shortage(error):
                raise ShortageError from None
            raise

    def _begin(self, work: Callable[[], T]) -> asyncio.Future[T]:
        if self._stopped:
            raise OverloadedError("The server ends.")
        if self.saturated:
            raise OverloadedError("Too many reads are waiting. Ask again in a second.")
        try:
            running = asyncio.get_running_loop().run_in_executor(self._pool, work)
        except RuntimeError as error:
            raise (ShortageError() if is_shortage(error) else error) from None
        self.waiting += 1
        self.idle.clear()
        running.add_done_callback(lambda _: self._ended())
        return running

    def _ended(self) -> None:
        self.waiting -= 1
        if not self.waiting:
            self.idle.set()


def _fail(answer: asyncio.Future[T], error: Exception) -> None:
    if not answer.done():
        answer.set_exception(ShortageError() if is_shortage(error) else error)
        answer.exception()  # so that the log does not tell of it if nobody waits any more


def _arrival() -> int:
    question = _QUESTION.get()
    return question.arrival if question and question.under_way else next(_TICKETS)
