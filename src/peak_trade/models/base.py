"""What view models have in common: they react to choices and to changes of their sources."""

from __future__ import annotations

import asyncio
import logging
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, ClassVar, Final

import param

from peak_trade import clock
from peak_trade.contract.base.route import Context
from peak_trade.contract.service import verdict
from peak_trade.contract.service.schema import Verdict
from peak_trade.errors import NotFoundError, OverloadedError, UnlistedError
from peak_trade.i18n import mark
from peak_trade.models.address import Address, Query, View
from peak_trade.models.sources import Source
from peak_trade.settings import Settings
from peak_trade.store.live import LiveStore
from peak_trade.store.slots import Change

BROKEN: Final = mark("This page cannot be built; the log of the server says why.")

logger = logging.getLogger(__name__)

Read = Callable[[], Awaitable[None]]


class ViewModel(param.Parameterized):
    """A page's state.

    A subclass names its `sources`, declares the parameters that are choices with
    `@param.depends(..., watch=True)` on `on_choice` and what they are called in the query of a URL
    with `address`, and builds its payload.

    Guarantees: a payload is built only if a revision, a choice or the minute differs from those of
    the payload that is shown; setting a choice, or a change of a source after `start`, brings the
    payload up to date without a further call (`updated` waits for it); updates never overlap. What
    is gone, cannot be listed or cannot be built becomes `problem`, and while the store is busy
    what is shown stays; none of it is an exception. A fault of ours is logged when it appears, not
    with each try.
    """

    address: ClassVar[Address] = Address()

    problem = param.String("", doc="Why there is no payload; empty if there is one")
    revision = param.Parameter(doc="What the shown payload was built from")
    edition = param.Integer(0, doc="Number of updates that changed what is shown")
    verdict: param.Parameter[Verdict | None] = param.Parameter(
        None, doc="What needs attention now, of all that is watched; None before it is known"
    )

    def __init__(self, store: LiveStore, settings: Settings, **params: Any) -> None:
        self.store = store
        self.settings = settings
        self._lock = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._wanted = False
        self._on_request: Callable[[], None] = self._update_in_loop
        self._unsubscribe: Callable[[], None] = lambda: None
        super().__init__(**params)  # type: ignore[no-untyped-call]

    @property
    def ready(self) -> bool:
        """Whether there is something to show: a payload, or why there is none."""
        return self.revision is not None or bool(self.problem)

    @property
    def rests(self) -> bool:
        """Whether no update of its own goes on."""
        return self._task is None or self._task.done()

    @property
    def view(self) -> View:
        """What the query of a URL says of the choices."""
        return self.address.write(self)

    def go_to(self, query: Query) -> None:
        """Choose what a query says; a ValueError if it stands for no view of this page."""
        self.param.update(**self.address.read(query))

    @property
    def period(self) -> float:
        """Seconds between two readings of the sources."""
        return self.settings.web_ui.auto_refresh_seconds

    @abstractmethod
    def sources(self) -> tuple[Source, ...]:
        """Return what is shown depends on, in the order in which it is read.

        It may grow while it is read: a session's run is known after the registry is read.
        """

    @abstractmethod
    async def _build(self, context: Context) -> None:
        """Build the payload."""

    def _complete(self) -> None:
        """Choose what was left open, once the sources are read; for example the newest run."""

    def on_choice(self) -> None:
        """Bring the payload up to date; overridden where something can be chosen."""
        self.request()

    @property
    def choice_names(self) -> tuple[str, ...]:
        """The parameters that are choices."""
        if type(self).on_choice is ViewModel.on_choice:
            return ()
        return tuple(part.name for part in self.param.method_dependencies("on_choice"))

    def _choices(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self.choice_names)

    def _revisions(self) -> tuple[Hashable, ...]:
        return tuple(source.revision(self.store.local) for source in self.sources())

    def concerns(self, change: Change) -> bool:
        """Tell whether a change of the store is to be shown at once."""
        return change.family in verdict.AT_ONCE or any(
            source.concerns(change) for source in self.sources()
        )

    async def read(self) -> None:
        """Read the sources from disk, so that their revisions are current."""
        done: set[Source] = set()
        while rest := [source for source in self.sources() if source not in done]:
            await rest[0].read(self.store)
            done.add(rest[0])

    async def read_with_others(self) -> None:
        """Read once a period for all models with the same sources; each is notified of changes."""
        turn = int(clock.monotonic() / self.period)
        await self.store.refreshes.get((type(self), self.sources(), turn), self.read)

    async def refresh(self) -> bool:
        """Read the sources and bring the payload up to date; tell whether anything changed."""
        return await self.update(self.read)

    async def update(self, read: Read | None = None) -> bool:
        """Bring the payload up to date; tell whether it, or `problem`, changed.

        Revisions are compared as the store knows them; with `read`, after that reading.
        """
        async with self._lock:
            changed = await self._update(read)
            if changed:
                self.edition += 1
            return changed

    async def _update(self, read: Read | None) -> bool:
        try:
            if read or self.revision is None:
                await self._read_for_verdict()
                await (read or self.read)()
            self._complete()
            context = Context(self.store, self.settings, clock.now())
            judged = await self._give_verdict(context)
            seen = self._seen(context.now.replace(second=0, microsecond=0), verdict.digest(judged))
            if seen == self.revision:
                return False
            await self._build(context)
        except (NotFoundError, UnlistedError) as error:
            await self._give_verdict(Context(self.store, self.settings, clock.now()))
            return self._fail(str(error))
        except OverloadedError:  # what is shown stays, the next period tries again
            self.revision = None
            return False
        except Exception:
            if self.problem != BROKEN:
                logger.exception("Payload of %s", type(self).__name__)
            return self._fail(BROKEN)
        self.param.update(problem="", revision=seen)
        return True

    def _fail(self, problem: str) -> bool:
        before, self.problem, self.revision = self.problem, problem, None
        return bool(problem != before)

    def _seen(self, *moment: object) -> tuple[object, ...]:
        return (self._choices(), self._revisions(), *moment)

    async def _give_verdict(self, context: Context) -> Verdict:
        """Say what needs attention now, whatever becomes of the payload."""
        judged = await verdict.known_verdict(context)
        self.verdict = judged
        return judged

    async def _read_for_verdict(self) -> None:
        """Read what the verdict is about, once a period for all models."""
        turn, now = int(clock.monotonic() / self.period), clock.now()

        async def read() -> None:
            await verdict.read(self.store, now)

        await self.store.refreshes.get(("verdict", turn), read)

    def start(
        self,
        chosen: Callable[[], None] | None = None,
        changed: Callable[[], None] | None = None,
    ) -> Callable[[], None]:
        """Follow the sources: each change brings the payload up to date.

        Parameters
        ----------
        chosen, changed
            Called when a choice, or a change of a source, asks for an update, instead of updating
            in a task of the running loop.

        Returns
        -------
        Callable
            Ends it.
        """
        self._on_request = chosen or self._update_in_loop
        notify = changed or self.request
        self._unsubscribe()
        self._unsubscribe = self.store.subscribe(
            lambda change: notify() if self.concerns(change) else None
        )
        return self.stop

    def stop(self) -> None:
        """Follow the sources no longer."""
        self._unsubscribe()
        self._unsubscribe = lambda: None

    def request(self) -> None:
        """Bring the payload up to date soon."""
        self._on_request()

    async def updated(self) -> None:
        """Wait until what was requested is shown."""
        if self._task is not None:
            await self._task

    def _update_in_loop(self) -> None:
        self._wanted = True
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # a script without a loop: it awaits `refresh` itself
            return
        if self.rests:
            self._task = loop.create_task(self._update_while_wanted())

    async def _update_while_wanted(self) -> None:
        while self._wanted:
            self._wanted = False
            await self.update()
