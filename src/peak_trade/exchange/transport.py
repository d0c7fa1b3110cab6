"""HTTP requests that end by a deadline, and that nothing but a reading method can send.

Assumes one thread that sends. Guarantees that no request leaves while no deadline is set, and that
a request is cut off at its deadline even if the other side sends a byte now and then.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator
from threading import Timer
from typing import Any, Final
from weakref import WeakSet

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool

from peak_trade import clock
from peak_trade.exchange.errors import ReadOnlyError

_LEAST_SECONDS: Final = 0.001


class Transport(requests.Session):
    """A session whose requests go out only within `until`."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        self._deadline: float | None = None
        self._adapter = _TrackingAdapter()
        for scheme in ("http://", "https://"):
            self.mount(scheme, self._adapter)

    @contextlib.contextmanager
    def until(self, deadline: float) -> Iterator[None]:
        """Let requests out, and cut them off at `deadline` of the monotonic clock, in seconds."""
        timer = Timer(max(_LEAST_SECONDS, deadline - clock.monotonic()), self._adapter.cut)
        timer.daemon = True
        self._deadline = deadline
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            self._deadline = None

    def request(self, method: str, url: str | bytes, **options: Any) -> requests.Response:  # type: ignore[override]
        """Send one request.

        Raises
        ------
        ReadOnlyError
            If no reading method is at work.
        requests.Timeout
            If the deadline has passed.
        """
        if self._deadline is None:
            raise ReadOnlyError("a request outside of every reading method is not sent")
        remaining = self._deadline - clock.monotonic()
        if remaining <= 0:
            raise requests.Timeout
        options["timeout"] = min(options["timeout"], remaining)
        return super().request(method, url, allow_redirects=False, **options)


class _TrackingAdapter(HTTPAdapter):
    """Knows its open connections, so that another thread can cut them off."""

    def __init__(self) -> None:
        super().__init__()
        self._connections: WeakSet[HTTPConnection] = WeakSet()

    def get_connection_with_tls_context(self, *args: Any, **options: Any) -> HTTPConnectionPool:
        pool = super().get_connection_with_tls_context(*args, **options)
        pool.ConnectionCls = self._tracked(type(pool).ConnectionCls)  # type: ignore[assignment]
        return pool

    def cut(self) -> None:
        """Shut every connection down: whoever reads from one gets its end."""
        for connection in list(self._connections):
            if isinstance(connection.sock, socket.socket):
                with contextlib.suppress(OSError):  # the other side was quicker
                    connection.sock.shutdown(socket.SHUT_RDWR)

    def _tracked(self, make: Callable[..., Any]) -> Callable[..., Any]:
        def connect(*args: Any, **options: Any) -> Any:
            connection = make(*args, **options)
            self._connections.add(connection)
            return connection

        return connect
