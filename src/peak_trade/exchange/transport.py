"""HTTP requests that read, end by a deadline, and that nothing but a reading method can send.

Guarantees, by a check at the last step before the wire: a request leaves only in a thread in which
a reading method is at work, to a host that was named, and with a method and path that read. It is
cut off at its deadline even if the other side sends a byte now and then, and an answer is read up
to a bound.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Timer, local
from typing import Any, Final
from urllib.parse import urlsplit
from weakref import WeakSet

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import InvalidHeader
from urllib3.util.retry import Retry

from peak_trade import clock
from peak_trade.exchange.errors import ExchangeUnavailableError, ReadOnlyError

MAX_ANSWER_BYTES: Final = 16 << 20
MAX_RETRY_AFTER_SECONDS: Final = 300.0
"""Longest time for which an answer can ask for silence."""

_LEAST_SECONDS: Final = 0.001
_BLOCK_BYTES: Final = 1 << 16
_BAD_REQUEST: Final = 400


@dataclass(frozen=True, slots=True)
class Allowed:
    """What may be sent: to these hosts, with these methods and paths.

    Without paths of an exchange, `GET` alone: what is signed and sent by another method could be an
    order there.
    """

    hosts: frozenset[str] = frozenset()
    paths: frozenset[tuple[str, str]] = frozenset()

    def holds(self, method: str | None, url: str | None) -> bool:
        """Tell whether a request reads."""
        parts = urlsplit(url or "")
        if parts.netloc not in self.hosts:
            return False
        return (method, parts.path) in self.paths if self.paths else method == "GET"


class _Deadline(local):
    """The deadline of the thread that asks for it; None: no reading method is at work there."""

    at: float | None = None


class Transport(requests.Session):
    """A session whose requests go out only within `until`, and only if they are `allowed`."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        self._deadline = _Deadline()
        self._adapter = _ReadingAdapter(self._deadline)
        for scheme in ("http://", "https://"):
            self.mount(scheme, self._adapter)

    @contextlib.contextmanager
    def until(self, deadline: float) -> Iterator[None]:
        """Let requests out, and cut them off at `deadline` of the monotonic clock, in seconds."""
        timer = Timer(max(_LEAST_SECONDS, deadline - clock.monotonic()), self._adapter.cut)
        timer.daemon = True
        self._deadline.at = deadline
        self._adapter.retry_after = 0.0
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            self._deadline.at = None

    @property
    def retry_after(self) -> float:
        """Seconds for which the last failing answer asks for silence; 0: none did."""
        return self._adapter.retry_after

    def allow(self, allowed: Allowed) -> None:
        """Say what may be sent; it is said once.

        Raises
        ------
        ReadOnlyError
            If it was said before.
        """
        self._adapter.allow(allowed)

    def request(self, method: str, url: str | bytes, **options: Any) -> requests.Response:  # type: ignore[override]
        """Send one request.

        Raises
        ------
        ReadOnlyError
            If no reading method is at work in this thread, or the request would not read.
        ExchangeUnavailableError
            If the answer is longer than `MAX_ANSWER_BYTES`.
        requests.Timeout
            If the deadline has passed.
        """
        remaining = _remaining(self._deadline)
        if remaining <= 0:
            raise requests.Timeout
        options |= {"timeout": min(options["timeout"], remaining), "allow_redirects": False}
        return super().request(method, url, **options)


def _remaining(deadline: _Deadline) -> float:
    if deadline.at is None:
        raise ReadOnlyError("a request outside of every reading method is not sent")
    return deadline.at - clock.monotonic()


class _ReadingAdapter(HTTPAdapter):
    """Sends what reads, and knows its open connections, so that another thread can cut them off."""

    def __init__(self, deadline: _Deadline) -> None:
        super().__init__()
        self.retry_after = 0.0
        self._connections: WeakSet[HTTPConnection] = WeakSet()
        self._deadline = deadline
        self._allowed: Allowed | None = None

    def allow(self, allowed: Allowed) -> None:
        """Say once what may be sent."""
        if self._allowed is not None:
            raise ReadOnlyError("what may be sent is not changed")
        self._allowed = allowed

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> Any:
        """Send a request that reads, and read its answer up to the bound."""
        _remaining(self._deadline)
        if self._allowed is None or not self._allowed.holds(request.method, request.url):
            path = urlsplit(request.url or "").path
            raise ReadOnlyError(f"{request.method} {path} is no request that reads; it is not sent")
        response = super().send(request, *args, **{**options, "stream": True})
        self.retry_after = _retry_after(response)
        try:
            vars(response).update(_content=_bounded(response), _content_consumed=True)
        except BaseException:
            response.close()
            raise
        return response

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


def _retry_after(response: requests.Response) -> float:
    """Return for how many seconds a failing answer asks for silence, up to the bound."""
    told = response.headers.get("Retry-After")
    if told is None or response.status_code < _BAD_REQUEST:
        return 0.0
    try:
        seconds = Retry().parse_retry_after(told)
    except (InvalidHeader, ValueError, OverflowError):
        return 0.0
    return float(min(max(0.0, seconds), MAX_RETRY_AFTER_SECONDS))


def _bounded(response: requests.Response) -> bytes:
    blocks, size = [], 0
    for block in response.iter_content(_BLOCK_BYTES):
        blocks.append(block)
        size += len(block)
        if size > MAX_ANSWER_BYTES:
            reason = f"the answer is longer than {MAX_ANSWER_BYTES >> 20} MiB"
            raise ExchangeUnavailableError(f"{reason}; try again later", reason)
    return b"".join(blocks)
