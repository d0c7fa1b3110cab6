"""What view models have in common: asking the contract, only when something changed."""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, Final

import param

from peak_trade import clock
from peak_trade.contract.base.route import Context
from peak_trade.errors import NotFoundError, OverloadedError, UnlistedError
from peak_trade.i18n import mark
from peak_trade.settings import Settings
from peak_trade.store.live import Change, LiveStore

BROKEN: Final = mark("This page cannot be built; the log of the server says why.")

logger = logging.getLogger(__name__)

Look = Callable[[], Awaitable[None]]


class ViewModel(param.Parameterized):
    """A page's state.

    Guarantees: `refresh` builds a payload only if a revision, a choice or the minute differs from
    those of the payload that is shown; what is gone, cannot be listed or cannot be built becomes
    `problem`, and while the store is busy what is shown stays; none of it is an exception. A fault
    of ours is logged when it appears, not with each try.
    """

    problem = param.String("", doc="Why there is no payload; empty if there is one")
    revision = param.Parameter(doc="What the shown payload was built from")

    def __init__(self, store: LiveStore, settings: Settings, **params: Any) -> None:
        super().__init__(**params)  # type: ignore[no-untyped-call]
        self.store = store
        self.settings = settings

    @property
    def ready(self) -> bool:
        """Whether there is something to show: a payload, or why there is none."""
        return self.revision is not None or bool(self.problem)

    @property
    def period(self) -> float:
        """Seconds between two looks for changes."""
        return self.settings.web_ui.auto_refresh_seconds

    @abstractmethod
    def concerns(self, change: Change) -> bool:
        """Tell whether a change of the store can change what is shown."""

    @abstractmethod
    async def look(self) -> None:
        """Look at the artifacts that are shown, so that their revisions are current."""

    @abstractmethod
    def _seen(self) -> object:
        """Return what the payload is made of: choices and revisions."""

    @abstractmethod
    async def _build(self, context: Context) -> None:
        """Build the payload."""

    @property
    def subject(self) -> Hashable:
        """What is looked at: models of the same subject look at the same artifacts."""
        return type(self)

    async def look_with_others(self) -> None:
        """Look once a period for all pages of the same subject; each hears of what was found."""
        turn = int(clock.monotonic() / self.period)
        await self.store.looks.get((self.subject, turn), self.look)

    async def refresh(self, *, look: Look | None = None) -> bool:
        """Bring the payload up to date; tell whether it, or `problem`, changed.

        Revisions are compared as the store knows them; with `look`, after that look at the files.
        """
        try:
            if look or self.revision is None:
                await (look or self.look)()
            now = clock.now()
            seen = (self._seen(), now.replace(second=0, microsecond=0))
            if seen == self.revision:
                return False
            await self._build(Context(self.store, self.settings, now))
        except (NotFoundError, UnlistedError) as error:
            return self._fail(str(error))
        except OverloadedError:  # what is shown stays, the next period tries again
            self.revision = None
            return False
        except Exception:
            if self.problem != BROKEN:
                logger.exception("Payload of %s", type(self).__name__)
            return self._fail(BROKEN)
        self.problem, self.revision = "", seen
        return True

    def _fail(self, problem: str) -> bool:
        before, self.problem, self.revision = self.problem, problem, None
        return bool(problem != before)
