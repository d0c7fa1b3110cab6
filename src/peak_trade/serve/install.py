"""The one place that makes a server ours, whichever way it is started.

Every Bokeh server builds its Tornado application and binds its sockets through two names in
`bokeh.server.server`; `install` replaces them. So the pages, routes, gate, headers and background
tasks are the same under `peak-trade serve`, `panel serve` and `pn.serve`. Calling it again changes
nothing.
"""

from __future__ import annotations

import logging
import socket
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, cast

import bokeh.server.server
from bokeh.application.application import Application
from bokeh.server.tornado import BokehTornado
from tornado import netutil
from tornado.httputil import HTTPServerRequest
from tornado.web import RequestHandler
from typing_extensions import override

from peak_trade.contract.page_table import PAGES
from peak_trade.errors import PeakTradeError
from peak_trade.serve import access_log, client_socket
from peak_trade.serve.gate import Gate
from peak_trade.serve.pages import former_paths, page_applications
from peak_trade.serve.ports import netloc
from peak_trade.serve.runtime import runtime
from peak_trade.web.refusal import RefusalHandler, not_found
from peak_trade.web.security import SecurityHeaders, allowed_names

TOKEN_SECONDS: Final = 86_400
"""A page left open this long still reconnects by itself."""

WRITE_VERBS: Final = ("post", "put", "patch", "delete", "options")
ASSETS_DIRECTORY: Final = Path(__file__).parents[1] / "views" / "static"


class ConsoleTornado(BokehTornado):
    """Bokeh's Tornado application with our pages, routes, headers and gate."""

    def __init__(
        self,
        applications: Mapping[str, Application] | Application,
        *,
        prefix: str | None = None,
        extra_websocket_origins: list[str] | None = None,
        **kwargs: Any,
    ) -> None:
        check_read_only(own_handlers())
        self._runtime = runtime()
        bare = (prefix or "").strip("/")
        self._gate = Gate(self._runtime, PAGES, f"/{bare}" if bare else "", ASSETS_DIRECTORY)
        kwargs["session_token_expiration"] = TOKEN_SECONDS
        kwargs["websocket_max_message_size_bytes"] = client_socket.LARGEST
        kwargs["transforms"] = [SecurityHeaders, access_log.RequestIdHeader]
        kwargs["default_handler_class"] = RefusalHandler
        kwargs["default_handler_args"] = {"refusal": not_found(self._gate.home)}
        super().__init__(
            _with_pages(applications),
            prefix=prefix,
            extra_websocket_origins=self._origins(extra_websocket_origins or []),
            **kwargs,
        )

    def _origins(self, given: list[str]) -> list[str]:
        """Add the allowed names to the one origin that Bokeh assumes by default.

        Those of the settings count with any port, because a proxy has one of its own.
        """
        name, _, port = given[0].partition(":") if len(given) == 1 else ("", "", "")
        if name != "localhost":
            return given
        settings = self._runtime.settings
        here = [netloc(name, port) for name in sorted(allowed_names(settings))]
        return [*here, *(name.lower() for name in settings.web_ui.allowed_hosts)]

    @override
    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> Any:
        access_log.name_request(request)
        self._runtime.metrics.began(request)
        target = self._gate.target(request)
        if target is None:
            return super().find_handler(request, **kwargs)
        return self.get_handler_delegate(request, target.handler, target.arguments, target.path)

    @override
    def log_request(self, handler: RequestHandler) -> None:
        request, status = handler.request, handler.get_status()
        template = self._gate.template(request)
        access_log.log_request(request, template, status)
        self._runtime.metrics.ended(request, template, status)

    def _open_pages(self) -> int:
        return sum(len(self.get_sessions(path)) for path in self.app_paths)

    @override
    def start(self) -> None:
        super().start()
        self._runtime.metrics.open_pages = self._open_pages
        # From the loop, not from a session: tasks inherit the context they are made in.
        self.io_loop.add_callback(self._runtime.start)

    @override
    def stop(self, wait: bool = True) -> None:
        super().stop(wait)
        loop = self.io_loop.asyncio_loop  # type: ignore[attr-defined]
        if loop.is_running():
            self.io_loop.add_callback(self._runtime.stop)
        else:
            loop.run_until_complete(self._runtime.stop())


def install() -> None:
    """Make every server that this process builds from now on ours.

    Raises
    ------
    PeakTradeError
        If the settings cannot be used, or Panel is about to serve without Tornado.
    """
    if "panel.io.asgi" in sys.modules:
        raise PeakTradeError("Pages are served by Tornado only; leave out the option --server")
    runtime()
    access_log.log.setLevel(logging.INFO)
    module = cast("Any", bokeh.server.server)
    module.BokehTornado = ConsoleTornado
    module.bind_sockets = bind_loopback
    client_socket.use_for_pages()


def bind_loopback(address: str | None, port: int) -> tuple[list[socket.socket], int]:
    """Return listening sockets and their port; on the loopback address where none is given."""
    sockets = netutil.bind_sockets(port, address or "127.0.0.1")
    return sockets, sockets[0].getsockname()[1]


def _with_pages(applications: Mapping[str, Application] | Application) -> dict[str, Application]:
    others = {} if isinstance(applications, Application) else dict(applications)
    hidden = former_paths()
    kept = {path: app for path, app in others.items() if path not in hidden and path != "/"}
    return kept | page_applications()


def own_handlers(base: type[RequestHandler] = RequestHandler) -> Iterator[type[RequestHandler]]:
    """Yield every request handler that the product defines."""
    for handler in base.__subclasses__():
        if handler.__module__.startswith("peak_trade."):
            yield handler
        yield from own_handlers(handler)


def check_read_only(handlers: Iterator[type[RequestHandler]]) -> None:
    """Refuse to serve if a handler can do more than GET and HEAD.

    Raises
    ------
    PeakTradeError
        If one implements another method.
    """
    for handler in handlers:
        for verb in WRITE_VERBS:
            if getattr(handler, verb) is not getattr(RequestHandler, verb):
                raise PeakTradeError(f"{handler.__name__} implements {verb.upper()}: watch-only")
