"""Decides for each request, before any handler runs, who answers it.

Guarantees: what is neither a route nor a page of the tables nor a listed file is answered with
404 here; Panel gets pages and their websockets alone. A foreign `Host`, a method
other than GET and HEAD, an unknown id in the path of a page and bad query parameters of a page
never reach Panel; HEAD of a page builds no session. Ids are percent-decoded once and looked up in
the store, which reads files in its threads: the request waits, the event loop does not.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from tornado.httputil import (
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerRequest,
    RequestStartLine,
    ResponseStartLine,
)
from tornado.web import RequestHandler
from typing_extensions import override

from peak_trade.contract.base.route import Route
from peak_trade.contract.registry.pages import PageRoute
from peak_trade.errors import PeakTradeError
from peak_trade.serve.decisions import static_files
from peak_trade.serve.runtime import Runtime
from peak_trade.views.kit.assets import ASSETS as ASSETS_PATH
from peak_trade.views.kit.assets import version
from peak_trade.web.answers import Answers
from peak_trade.web.files import AssetHandler, PageHeadHandler
from peak_trade.web.handler import RouteHandler
from peak_trade.web.metrics import UNKNOWN_ROUTE
from peak_trade.web.query import decode_component, describe, read_params
from peak_trade.web.refusal import (
    Refusal,
    RefusalHandler,
    not_found,
    redirect,
    refusal_of,
    wrong_method,
)
from peak_trade.web.security import allowed_names, is_allowed_host

ASSETS: Final = f"/{ASSETS_PATH}"
ICON_PATH: Final = "/favicon.ico"
ICON: Final = "icon.svg"
"""What browsers get that ask for an icon without reading the page."""

FORMER_HOMES: Final = frozenset({"/apps", "/main"})
"""Where Panel alone would show the first page."""

COMPONENTS: Final = {
    f"/components/peak_trade.views.kit.{component}/_bundle_path/static/{script}": script
    for component, script in (
        ("history/Browser", "browser.js"),
        ("elements/Elements", "elements.js"),
    )
}
"""Where Panel tells browsers to find scripts of our components, and which file of ours it is."""

_PART = r"(?P<part>/ws)?"


class Passed(Enum):
    """What Panel answers itself."""

    PAGE = auto()
    SOCKET = auto()


@dataclass(frozen=True)
class Target:
    """A handler, with what its constructor and its method get."""

    handler: type[RequestHandler]
    arguments: dict[str, Any] = field(default_factory=dict)
    path: list[bytes] = field(default_factory=list)


def refused(refusal: Refusal) -> Target:
    """Return the target that answers with `refusal`."""
    return Target(RefusalHandler, {"refusal": refusal})


class Deciding(HTTPMessageDelegate):
    """Receives a request while `decide` finds out who answers it, then hands it over.

    Tornado reads on when the head has been received; so nothing of a request is lost, and no
    handler exists before the decision.
    """

    def __init__(self, decide: Callable[[], Awaitable[HTTPMessageDelegate]]) -> None:
        self._decide = decide
        self._decided = HTTPMessageDelegate()

    @override
    async def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> None:
        self._decided = await self._decide()
        prepared = self._decided.headers_received(start_line, headers)
        if prepared is not None:
            await prepared

    @override
    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        return self._decided.data_received(chunk)

    @override
    def finish(self) -> None:
        self._decided.finish()

    @override
    def on_connection_close(self) -> None:
        self._decided.on_connection_close()


class Gate:
    """The gate of one server. `prefix` is empty, or begins with a slash and does not end in one."""

    def __init__(
        self, runtime: Runtime, pages: Iterable[PageRoute], prefix: str, assets: Mapping[str, Path]
    ) -> None:
        self.home = f"{prefix}/"
        self._runtime = runtime
        self._prefix = prefix
        self._assets = assets
        self._files = static_files()
        self._shared = {"context": runtime.context, "answers": Answers()}
        self._hosts = allowed_names(runtime.settings)
        self._pages = [(page, re.compile(page.regex.removesuffix("/") + _PART)) for page in pages]

    async def target(self, request: HTTPServerRequest) -> Target | Passed:
        """Return who answers `request`; only an id that is not known yet takes a look at files."""
        if not is_allowed_host(request, self._hosts):
            return refused(Refusal(421, "Host not allowed; see the setting web_ui.allowed_hosts"))
        inside = request.path.startswith(self.home)
        path = request.path[len(self._prefix) :] if inside else request.path
        if request.method not in {"GET", "HEAD"}:
            return refused(wrong_method(request, path))
        if request.path == self._prefix or (inside and path in FORMER_HOMES):
            return refused(redirect(self.home))
        if not inside:
            return refused(not_found())
        return (
            self._file(path)
            or self._route(path)
            or await self._page(path, request)
            or self._slash_too_many(path, request)
            or refused(not_found(None if path.startswith("/api/") else self.home))
        )

    def template(self, request: HTTPServerRequest) -> str:
        """Return the template of the row that a request's path matches, for metrics."""
        path = request.path.removeprefix(self._prefix)
        for route in self._runtime.routes:
            if route.pattern.fullmatch(path):
                return route.path
        found = self._find_page(path)
        if found is not None:
            return found[0].path + (found[2] or "")
        is_file = path == ICON_PATH or path.startswith("/static/")
        return "/static/{path}" if is_file else UNKNOWN_ROUTE

    def _file(self, path: str) -> Target | None:
        """Find a listed file; a path is compared as it came, so another spelling is no file."""
        name = ICON if path == ICON_PATH else COMPONENTS.get(path) or path.removeprefix(ASSETS)
        own = self._assets.get(name)
        if own:
            return Target(AssetHandler, {"file": own, "version": version(own)})
        file = self._files.get(path)
        return Target(AssetHandler, {"file": file, "version": None}) if file else None

    def _route(self, path: str) -> Target | None:
        for route in self._runtime.routes:
            ids = _ids(route, route.pattern.fullmatch(path))
            if ids is not None:
                found = {"route": route, "ids": ids}
                return Target(RouteHandler, found | self._shared)
        return None

    async def _page(self, path: str, request: HTTPServerRequest) -> Target | Passed | None:
        """Refuse what a page must not see, answer HEAD, pass the rest on."""
        found = self._find_page(path)
        if found is None:
            # Panel knows no slash_ids: an id that may hold no slash must not get there.
            fits = any(pattern.fullmatch(path) for _, pattern in self._pages)
            return refused(not_found(self.home)) if fits else None
        page, ids, part = found
        for value in ids.values():
            try:
                known = await self._is_known(page, value)
            except PeakTradeError as error:
                return refused(refusal_of(error, self.home))
            if not known:
                return refused(not_found(self.home, page.unknown.format(id=value), value))
        try:
            read_params(page.params, request.query_arguments)
        except ValidationError as error:
            return refused(Refusal(422, describe(error), home=self.home))
        if part:
            return Passed.SOCKET
        if request.method == "HEAD":
            return Target(PageHeadHandler)
        if page.lists_runs:
            with suppress(PeakTradeError):  # the page says what is wrong
                await self._runtime.store.index()
        return Passed.PAGE

    def _find_page(self, path: str) -> tuple[PageRoute, dict[str, str], str | None] | None:
        for page, pattern in self._pages:
            match = pattern.fullmatch("" if path == "/" else path)
            ids = _ids(page, match)
            if match and ids is not None:
                return page, ids, match["part"]
        return None

    async def _is_known(self, page: PageRoute, value: str) -> bool:
        store = self._runtime.store
        if page.family == "run":
            return bool(await store.known_runs({value}))
        return page.family is None or await store.known_session(value)

    def _slash_too_many(self, path: str, request: HTTPServerRequest) -> Target | None:
        bare = path.removesuffix("/")
        if bare in {path, ""}:
            return None
        if bare not in FORMER_HOMES and not self._route(bare) and not self._find_page(bare):
            return None
        query = f"?{request.query}" if request.query else ""
        return refused(redirect(f"{self._prefix}{bare}{query}"))


def _ids(row: Route | PageRoute, match: re.Match[str] | None) -> dict[str, str] | None:
    """Return the decoded ids, or None if the row does not match after all."""
    if match is None:
        return None
    ids = {name: decode_component(raw) for name, raw in match.groupdict().items() if name != "part"}
    ok = all("/" not in value or name in row.slash_ids for name, value in ids.items())
    return ids if ok else None
