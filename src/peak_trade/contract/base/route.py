"""What a row of the route table is: everything the web server needs to know about one route.

Tornado handlers, validation, OpenAPI, metric labels, docs and the loop tests are all made from
rows of this type. Adding a JSON route is one row and one build function.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from peak_trade.settings import Settings
from peak_trade.store.live import LiveStore

JSON: Final = "application/json"


class Params(BaseModel):
    """Query parameters of a route; unknown ones are ignored, the last of a repeated one counts."""

    model_config = ConfigDict(extra="ignore", frozen=True)


@dataclass(frozen=True, slots=True)
class Context:
    """What a build function may use: store, settings, time of the answer, request headers.

    `has_metrics` is false where the client library that produces metrics is missing.
    """

    store: LiveStore
    settings: Settings
    now: datetime
    headers: Mapping[str, str] = field(default_factory=dict)
    has_metrics: bool = True


@dataclass(frozen=True, slots=True)
class Raw:
    """An answer that is no JSON payload, or has another status than 200."""

    body: bytes
    content_type: str
    status: int = 200
    filename: str = ""
    """Offered as a download under this name (`[A-Za-z0-9._-]`), if not empty."""


Build = Callable[..., Awaitable[Any]]
"""`async (context, params, **ids) -> payload`.

The payload is JSON, a `Raw` answer, or an asynchronous generator of server-sent events.
`NotFoundError` is raised for an unknown id.
"""

Revision = Callable[..., Awaitable[int | None]]
"""`async (context, params, **ids) -> number of the artifacts' current content`.

None if there is no such artifact; the build function then says so.
"""


@dataclass(frozen=True, slots=True)
class Route:
    """One JSON route.

    `path` is a template such as `/runs/{run_id}/snapshot`; each id is one path component, decoded
    once. Ids named in `slash_ids` may hold an encoded slash, others then do not match.
    """

    path: str
    build: Build
    response: Any
    summary: str
    params: type[Params] = Params
    revision: Revision | None = None
    """Set if the body depends on artifacts and parameters alone, not on the time."""
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
