"""What a row of the route table is: everything the web server needs to know about one route.

Tornado handlers, validation, OpenAPI, metric labels, docs and the loop tests are all made from
rows of this type. Adding a JSON route is one row and one build function.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict

from peak_trade.contract.base.workers import Workers
from peak_trade.settings import Settings
from peak_trade.store.live import LiveStore

JSON: Final = "application/json"
EVENT_STREAM: Final = "text/event-stream; charset=utf-8"


class Params(BaseModel):
    """Query parameters of a route; unknown ones are ignored, the last of a repeated one counts."""

    model_config = ConfigDict(extra="ignore", frozen=True)


@dataclass(frozen=True, slots=True)
class Context:
    """What a build function may use: store, settings, time of the answer, request headers.

    `has_metrics` is false where the client library that produces metrics is missing; `workers` are
    there where several processes serve.
    """

    store: LiveStore
    settings: Settings
    now: datetime
    headers: Mapping[str, str] = field(default_factory=dict)
    has_metrics: bool = True
    workers: Workers | None = None


@dataclass(frozen=True, slots=True)
class Raw:
    """An answer that is no JSON payload, or has another status than 200."""

    body: bytes
    content_type: str
    status: int = 200
    filename: str = ""
    """Offered as a download under this name (`[A-Za-z0-9._-]`), if not empty."""


class Sink(Protocol):
    """Where the bytes of a stream go: to a client that may be slow, or gone."""

    def send(self, data: bytes) -> asyncio.Future[None] | None:
        """Send bytes; return what is done once they were taken, None if they were."""

    def end(self) -> None:
        """Send nothing more."""


@dataclass(frozen=True, slots=True)
class EventStream:
    """An answer of server-sent events that goes on while its client follows.

    `begin` sends to a sink from then on, and gives what to call once when that can take no more.
    """

    begin: Callable[[Sink], Callable[[], None]]


P = TypeVar("P", bound=Params)
P_contra = TypeVar("P_contra", bound=Params, contravariant=True)
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class OfAll(Protocol[P_contra, T_co]):
    """What answers for a path without an id."""

    def __call__(self, context: Context, params: P_contra, /) -> Awaitable[T_co]:
        """Build the answer."""


class OfRun(Protocol[P_contra, T_co]):
    """What answers for a run."""

    def __call__(self, context: Context, params: P_contra, /, *, run_id: str) -> Awaitable[T_co]:
        """Build the answer; an unknown run is a `NotFoundError`."""


class OfSession(Protocol[P_contra, T_co]):
    """What answers for a session."""

    def __call__(
        self, context: Context, params: P_contra, /, *, session_id: str
    ) -> Awaitable[T_co]:
        """Build the answer; an unknown session is a `NotFoundError`."""


Build = OfAll[P, T] | OfRun[P, T] | OfSession[P, T]
"""Asynchronous functions that build a `T` from parameters of a kind, one form for each kind of id.

The payload of a route is JSON, a `Raw` answer, or an `EventStream` of server-sent events.
"""

Revision = Build[P, int | tuple[int, ...] | None]
"""What gives the number of the artifacts' current content, or one for each of several.

None if there is no such artifact; the build function then says so.
"""


@dataclass(frozen=True, slots=True)
class Route:
    """One JSON route.

    `path` is a template such as `/runs/{run_id}/snapshot`; each id is one path component, decoded
    once. Ids named in `slash_ids` may hold an encoded slash, others then do not match.
    """

    path: str
    build: Build[Any, Any]
    response: Any
    summary: str
    params: type[Params] = Params
    revision: Revision[Any] | None = None
    """Set if the body depends on nothing but parameters and what this gives, not on the time."""
    revision_but_asof: Revision[Any] | None = None
    """Set if of such a body the field `asof` alone is the time of the answer; it has no tag."""
    slash_ids: frozenset[str] = frozenset()
    tags: tuple[str, ...] = ()
    errors: tuple[int, ...] = ()
    media_types: tuple[str, ...] = (JSON,)
    """What a client can get: the first one is described by `response`, others are text."""
    is_verdict: bool = False
    """The payload comes with status 503 if it says that something is wrong."""
    pattern: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "pattern", re.compile(template_regex(self.path)))


def template_regex(path: str) -> str:
    """Return what matches a path template: each `{name}` is a group of one path component."""
    parts = re.split(r"\{(\w+)\}", path)
    return "".join(
        f"(?P<{part}>[^/]+)" if index % 2 else re.escape(part) for index, part in enumerate(parts)
    )
