"""The one place that makes a server ours, whichever way it is started.

Every Bokeh server builds its Tornado application, makes its HTTP server and binds its sockets
through three names in `bokeh.server.server`; `install` replaces them. So the pages, routes, gate,
headers and background tasks are the same under `peak-trade serve`, `panel serve` and `pn.serve`.
Calling it again changes nothing.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, cast

import bokeh.server.server
import panel as pn
from bokeh.application.application import Application
from bokeh.resources import Resources
from bokeh.server.tornado import BokehTornado
from tornado import autoreload, netutil
from tornado.httputil import HTTPMessageDelegate, HTTPServerRequest
from tornado.web import RequestHandler
from typing_extensions import override

from peak_trade.contract.registry.pages import PAGES
from peak_trade.errors import PeakTradeError
from peak_trade.search_path import leave_out_working_directory
from peak_trade.serve import access_log, client_socket
from peak_trade.serve.connections import ConsoleHTTPServer, ListeningSocket
from peak_trade.serve.decisions import COMPONENTS, decision
from peak_trade.serve.ending import end_at_last
from peak_trade.serve.gate import Deciding, Gate, Passed, Target, refused
from peak_trade.serve.options import check_log_in, check_options
from peak_trade.serve.own_pages import own_pages
from peak_trade.serve.page_turns import PageTurns
from peak_trade.serve.pages import apps_directory, former_paths, page_applications
from peak_trade.serve.ports import check_public, is_public, netloc
from peak_trade.serve.runtime import runtime
from peak_trade.serve.sessions import forget_chosen, has_token, session_options
from peak_trade.settings import Settings
from peak_trade.views.kit import model_defaults, registered
from peak_trade.views.kit.assets import files
from peak_trade.views.kit.layout import OWN
from peak_trade.web.negotiation import CompressedPages
from peak_trade.web.refusal import Refusal, RefusalHandler, not_found
from peak_trade.web.security import SecurityHeaders, allowed_names

log = logging.getLogger("peak_trade.serve")

WRITE_VERBS: Final = ("post", "put", "patch", "delete", "options")
PACKAGE: Final = Path(__file__).parents[1]
SOURCES: Final = frozenset({".py", ".html", ".css", ".js", ".svg", ".po"})
"""What a change of starts the process anew under `--dev`."""


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
        check_options(kwargs)
        leave_out_working_directory()  # again: what ran `install` may have put the path back
        self._runtime = runtime()
        self._interrupted = False
        bare = (prefix or "").strip("/")
        pages = _with_pages(applications, self._runtime.settings)
        shown = (*PAGES, *OWN)
        self._gate = Gate(self._runtime, shown, f"/{bare}" if bare else "", files())
        self.home = self._gate.home
        self.page_turns = PageTurns()
        kwargs |= session_options(kwargs.get("secret_key"))
        kwargs["extra_patterns"] = []
        kwargs["use_index"] = False
        if pn.config.autoreload:
            kwargs["autoreload"] = _reloads()
        kwargs["websocket_max_message_size_bytes"] = client_socket.LARGEST
        kwargs["transforms"] = [SecurityHeaders, access_log.RequestIdHeader, CompressedPages]
        kwargs["default_handler_class"] = RefusalHandler
        kwargs["default_handler_args"] = {"refusal": not_found(self.home)}
        super().__init__(
            pages,
            prefix=prefix,
            extra_websocket_origins=self._origins(extra_websocket_origins or []),
            **kwargs,
        )
        router = self.wildcard_router
        router.rules[:] = [rule for rule in router.rules if _is_allowed(rule.target)]

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
    def resources(self, absolute_url: str | bool | None = None) -> Resources:
        return super().resources(absolute_url).clone(components=list(COMPONENTS))

    @override
    def find_handler(self, request: HTTPServerRequest, **_: Any) -> Any:
        access_log.name_request(request)
        self._runtime.metrics.began(request)
        return Deciding(lambda: self._find_answerer(request))

    async def _find_answerer(self, request: HTTPServerRequest) -> HTTPMessageDelegate:
        target = await self._gate.target(request)
        if target is Passed.SOCKET and not has_token(request, self.secret_key):
            target = refused(Refusal(403, "No token of this server: load the page again"))
        if isinstance(target, Target):
            return self.get_handler_delegate(request, target.handler, target.arguments, target.path)
        forget_chosen(request)
        return super().find_handler(request)

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
        loop = self.io_loop.asyncio_loop  # type: ignore[attr-defined]
        if _in_main_thread() and not loop.is_running():  # a notebook keeps its own
            self.io_loop.add_callback(self._take_signals)  # Bokeh sets its handler until then

    def _take_signals(self) -> None:
        """End on signals without a word.

        Where nobody reads the output any more, Bokeh's handler fails at its message, and the server
        would run for ever.
        """
        loop = self.io_loop.asyncio_loop  # type: ignore[attr-defined]
        loop.add_signal_handler(signal.SIGTERM, self._terminate)
        loop.add_signal_handler(signal.SIGINT, self._interrupt)

    def _is_first_signal(self) -> bool:
        """Tell whether nothing has asked for the end so far, and see to it that it comes."""
        first, self._interrupted = not self._interrupted, True
        if first:
            end_at_last()
        return first

    def _terminate(self) -> None:
        """End the loop, once: a second signal would stop the loop that waits for the end."""
        if self._is_first_signal():
            self.io_loop.stop()

    def _interrupt(self) -> None:
        """End the loop as Ctrl-C does, but between two callbacks: never in the middle of one.

        Once: two signals that come together are two callbacks, and the second one would be left
        for the loop that waits for the end.
        """
        if self._is_first_signal():
            raise KeyboardInterrupt

    @override
    def stop(self, wait: bool = True) -> None:
        loop = self.io_loop.asyncio_loop  # type: ignore[attr-defined]
        if loop.is_running():
            super().stop(wait)
            self.io_loop.add_callback(self._runtime.stop)
        else:
            _ignore_signals(loop)
            super().stop(wait)
            loop.run_until_complete(self._runtime.stop())


def install() -> None:
    """Make every server that this process builds from now on ours.

    Raises
    ------
    PeakTradeError
        If the settings cannot be used, or Panel is about to serve without Tornado or with a log-in.
    """
    if "panel.io.asgi" in sys.modules:
        raise PeakTradeError("Pages are served by Tornado only; leave out the option --server")
    leave_out_working_directory()
    check_log_in()
    runtime()
    registered.load()  # now, so that no request imports anything
    access_log.log.setLevel(logging.INFO)
    module = cast("Any", bokeh.server.server)
    module.BokehTornado = ConsoleTornado
    module.HTTPServer = ConsoleHTTPServer
    module.bind_sockets = bind_loopback
    client_socket.use_for_pages()
    model_defaults.keep()


def install_or_exit() -> None:
    """Do the same for Panel's command line: what is wrong ends the program with its text."""
    try:
        install()
    except PeakTradeError as error:
        raise SystemExit(f"peak-trade: {error}") from None


def bind_loopback(address: str | None, port: int) -> tuple[list[socket.socket], int]:
    """Return listening sockets and their port; on the loopback address where none is given.

    Raises
    ------
    PeakTradeError
        If other machines could reach the address, and the settings do not allow that.
    """
    host = address or "127.0.0.1"
    check_public(host, allowed=runtime().settings.web_ui.insecure_public)
    sockets: list[socket.socket] = list(map(ListeningSocket.of, netutil.bind_sockets(port, host)))
    bound: int = sockets[0].getsockname()[1]
    if is_public(host):
        log.warning(
            "%s can be reached from other machines: whoever does reads all pages, routes, streams,"
            " files and metrics; there is no log-in but that of a proxy in front",
            netloc(host, bound),
        )
    return sockets, bound


def _with_pages(
    applications: Mapping[str, Application] | Application, settings: Settings
) -> dict[str, Application]:
    others = {} if isinstance(applications, Application) else dict(applications)
    hidden = former_paths()
    for path in sorted(set(others) - hidden - {"/"}):
        log.warning("%s is not served: this server has the pages of the console alone", path)
    return page_applications(own_pages(settings))


def _is_allowed(handler: type[RequestHandler]) -> bool:
    decided = decision(handler)
    return decided is not None and decided.allowed


def _reloads() -> bool:
    """Let a change of any source start the process anew, and pages load themselves again after it.

    Panel would exchange modules inside of the process: there would be two stores then.
    """
    pn.config.autoreload = False
    for directory in (PACKAGE, apps_directory()):
        for path in directory.rglob("*"):
            if path.suffix in SOURCES:
                autoreload.watch(str(path))
    return True


def _ignore_signals(loop: asyncio.AbstractEventLoop) -> None:
    """Let nobody who asks again to end interrupt the end."""
    if _in_main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_IGN)


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


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
