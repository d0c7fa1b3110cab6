"""Live objects of a notebook: models that are kept by others beside the store.

A model that a notebook holds is never touched by another thread: its twin is built on the loop of
the store, and what that gives is handed over as one change, on the loop that ran when it was
opened. Without such a loop, as in a script, it is handed over in the thread of the store.
"""

from __future__ import annotations

import asyncio
import contextvars
import weakref
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, Self, TypeVar

import pandas as pd
from typing_extensions import override

from peak_trade.errors import NotFoundError
from peak_trade.guarded import Take, guard
from peak_trade.library.reader import Reader
from peak_trade.models.alerts import AlertsModel
from peak_trade.models.base import Read, ViewModel
from peak_trade.models.compare import CompareModel
from peak_trade.models.console import ConsoleModel
from peak_trade.models.fleet import FleetModel
from peak_trade.models.run import RunModel
from peak_trade.models.session import SessionModel

L = TypeVar("L", bound="Live")
T = TypeVar("T")
Values = dict[str, Any]


class Live(ViewModel):
    """A model that its twin keeps up to date until `close`, or until nobody holds it.

    Guarantees: its parameters change together; choices that are set on it come back with the
    payload for them; nothing of it keeps it alive.
    """

    twin: Twin

    @override
    def request(self) -> None:
        self.twin.choose({name: getattr(self, name) for name in self.choice_names})

    @override
    async def update(self, read: Read | None = None) -> bool:
        """Bring the payload up to date; with or without `read`, the sources are read."""
        before = self.edition
        values = await asyncio.wrap_future(self.twin.refreshed())
        self.take(values)
        return bool(self.edition != before)

    @override
    async def updated(self) -> None:
        await self.update()

    @override
    def stop(self) -> None:
        self.twin.end()

    def close(self) -> None:
        """Follow the artifacts no longer; what is shown stays."""
        self.stop()

    def take(self, values: Values) -> None:
        """Show what the twin has built, unless something newer is shown."""
        if values["edition"] > self.edition:
            self.param.update(**values)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class LiveRun(Live, RunModel):
    """A run as it goes on.

    Parameters that grow by themselves: `equity` and `candles`, what is drawn of `window`, as
    `models.frames` describes them; `events`, the newest 100, newest first; `payload`, what the
    page shows. All events are `await all_events()`.
    """

    @override
    async def all_events(self) -> pd.DataFrame:
        """Return the whole log of the run, as `event_frame.events_frame` describes it."""
        return await asyncio.wrap_future(self.twin.asked(RunModel.all_events))


class LiveSession(Live, SessionModel):
    """A session as it goes on: `payload` and `statistics` of its page."""


class LiveConsole(Live, ConsoleModel):
    """All sessions: the frame `sessions`, and `payload` of the page."""


class LiveAlerts(Live, AlertsModel):
    """The stored alerts: the frame `alerts`, and `payload` of the page."""


class LiveCompare(Live, CompareModel):
    """Runs side by side: `payload` and `drift` of the page."""


class LiveFleet(Live, FleetModel):
    """A fleet: the frame `runs` that the page lists, and its `payload`."""


class Twin:
    """The model that builds what a live object shows; used on the loop of the store alone."""

    def __init__(self, reader: Reader, model: ViewModel, shown: Live) -> None:
        self._reader = reader
        self._model = model
        self._shown = weakref.ref(shown)
        self._apply = _applier()
        self._is_open = True
        self._period: asyncio.TimerHandle | None = None
        self._watcher = model.param.watch(lambda _: self._hand_over(), "edition")

    def begin(self) -> None:
        """Follow the sources; on the loop of the store."""
        self._model.start()
        self._again()

    def _again(self) -> None:
        """Look at the sources each period, also where no event tells of changes."""
        loop = asyncio.get_running_loop()
        self._period = loop.call_later(self._model.period, self._look)

    def _look(self) -> None:
        if self._is_open:
            task = asyncio.ensure_future(self._model.update(self._model.read_with_others))
            task.add_done_callback(self._looked)

    def _looked(self, _: object) -> None:
        if self._is_open:
            self._again()

    def choose(self, choices: Values) -> None:
        """Take the choices of who looks; those that are in force already change nothing."""
        self._reader.soon(lambda: self._model.param.update(**choices))

    def refreshed(self) -> Future[Values]:
        """Begin to bring the model up to date; the future has its values."""
        return self._reader.begin(self._refresh())

    def asked(self, question: Callable[[Any], Coroutine[Any, Any, T]]) -> Future[T]:
        """Begin to answer what only the model can."""
        return self._reader.begin(question(self._model))

    async def _refresh(self) -> Values:
        await self._model.refresh()
        return self.values()

    def values(self) -> Values:
        """Return what the model shows: all of its parameters that are no choices."""
        left = {"name", *self._model.choice_names}
        return {
            name: value for name, value in self._model.param.values().items() if name not in left
        }

    def _hand_over(self) -> None:
        values, shown = self.values(), self._shown

        def take() -> None:
            live = shown()
            if live is not None:
                live.take(values)

        self._apply(take)

    def end(self) -> None:
        """Follow the sources no longer; from any thread."""
        self._is_open = False
        self._reader.soon(self._stop)

    def _stop(self) -> None:
        self._model.stop()
        self._model.param.unwatch(self._watcher)
        if self._period is not None:
            self._period.cancel()


def opened(kind: type[L], reader: Reader, **choices: Any) -> L:
    """Return a live object that shows its artifact as it is now, and goes on from there.

    Raises
    ------
    NotFoundError
        If there is no such artifact.
    """
    model_kind: Any = next(base for base in kind.__mro__[1:] if not issubclass(base, Live))
    shown = kind(reader.store, reader.settings, **choices)
    twin = Twin(reader, model_kind(reader.store, reader.settings, **choices), shown)
    shown.twin = twin
    shown.take(twin.refreshed().result())
    if shown.problem and shown.revision is None:
        raise NotFoundError(shown.problem)
    reader.watch()
    reader.soon(twin.begin)
    weakref.finalize(shown, twin.end).atexit = False
    return shown


def _applier() -> Callable[[Take], object]:
    """Return what runs a change where the caller's own code runs."""
    guarded = guard.get()
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return lambda take: take()

    def soon(take: Take) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(guarded(take), context=contextvars.Context())

    return soon
