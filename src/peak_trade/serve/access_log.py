"""The log of the program: one line a request, as text or as JSON, without artifact text in it.

A request is named by its route template and its id: `X-Request-ID` if the client sent a sane one,
else a new one; the answer carries it too. Guarantees: every record of any library is one entry
that cannot be mistaken for two. In text, control characters of a message are escaped and the lines
of a traceback are indented; in JSON an entry is one line.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
from collections import OrderedDict
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Literal

from bokeh.util.logconfig import basicConfig
from tornado.httputil import HTTPHeaders, HTTPServerRequest
from tornado.web import OutputTransform
from tornado.websocket import WebSocketClosedError
from typing_extensions import override

from peak_trade import clock
from peak_trade.plain import escaped
from peak_trade.seldom import SECONDS

log: Final = logging.getLogger("peak_trade.access")

MAX_TEXTS: Final = 1000

OWN_HANDLERS: Final = ("panel", "param")
"""Libraries that write what they log themselves, as it is; Panel to standard output."""

REQUEST_ID: Final = "X-Request-ID"
_SANE_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
Error = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
_FIELDS: Final = ("method", "route", "status", "ms", "request_id")


def name_request(request: HTTPServerRequest) -> None:
    """Give a request an id that can be logged: its own if that is sane, else a new one."""
    if not _SANE_ID.fullmatch(request.headers.get(REQUEST_ID, "")):
        request.headers[REQUEST_ID] = secrets.token_hex(8)


def log_request(request: HTTPServerRequest, route: str, status: int) -> None:
    """Log an answered request under its route template."""
    values = (
        *(request.method, route, status),
        *(round(1000 * request.request_time(), 1), request.headers[REQUEST_ID]),
    )
    log.info("%s %s %d %.1f ms %s", *values, extra=dict(zip(_FIELDS, values, strict=True)))


class RequestIdHeader(OutputTransform):
    """Answers with the id of the request."""

    def __init__(self, request: HTTPServerRequest) -> None:
        self._id = request.headers[REQUEST_ID]

    @override
    def transform_first_chunk(
        self, status_code: int, headers: HTTPHeaders, chunk: bytes, finishing: bool
    ) -> tuple[int, HTTPHeaders, bytes]:
        headers[REQUEST_ID] = self._id
        return status_code, headers, chunk


class TextFormatter(logging.Formatter):
    """Time, level, logger and message on a line; a traceback is indented below it.

    One of several workers says its number behind the level.
    """

    def __init__(self, worker: int | None = None) -> None:
        who = "" if worker is None else f"worker {worker} "
        super().__init__(f"%(asctime)s %(levelname)s {who}%(name)s: %(message)s")

    @override
    def formatMessage(self, record: logging.LogRecord) -> str:
        record.message = escaped(record.message)
        return super().formatMessage(record)

    @override
    def formatException(self, ei: Error) -> str:
        lines = super().formatException(ei).splitlines()
        return "\n".join(f"    {escaped(line)}" for line in lines)


class JsonFormatter(logging.Formatter):
    """An object a line: time, level, logger and message; of a request, also its parts.

    One of several workers says its number.
    """

    def __init__(self, worker: int | None = None) -> None:
        super().__init__()
        self._whose = {} if worker is None else {"worker": worker}

    @override
    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        entry |= self._whose
        entry |= {name: getattr(record, name) for name in _FIELDS if hasattr(record, name)}
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry)


def is_worth_telling(record: logging.LogRecord) -> bool:
    """Tell whether a record is more than that someone closed a page.

    Tornado leaves a message that the page did not take any more to asyncio, as an error.
    """
    kind = record.exc_info[0] if record.exc_info else None
    return kind is None or not issubclass(kind, WebSocketClosedError)


class OnceAMinute(logging.Filter):
    """Lets the same warning or error through once a minute, with how often it was left out.

    At most `MAX_TEXTS` texts are remembered, those that came last.
    """

    def __init__(self) -> None:
        super().__init__()
        self._known: OrderedDict[str, tuple[float | None, int]] = OrderedDict()

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING:
            return True
        kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
        key, now = f"{record.name} {record.getMessage()} {kind}", clock.monotonic()
        said, left_out = self._known.pop(key, (None, 0))
        if said is not None and now - said < SECONDS:
            self._known[key] = (said, left_out + 1)
            return False
        self._known[key] = (now, 0)
        if len(self._known) > MAX_TEXTS:
            self._known.popitem(last=False)
        if left_out:
            text = f"{record.getMessage()} ({left_out + 1} since the last such line)"
            record.msg, record.args = text, None
        return True


def configure_logging(log_format: Literal["text", "json"], worker: int | None = None) -> None:
    """Log to standard error, in this format, what this process, or this worker, has to say.

    For a program of ours; a server inside another program logs as that program is told to.
    """
    handler = logging.StreamHandler()
    handler.setFormatter((JsonFormatter if log_format == "json" else TextFormatter)(worker))
    handler.addFilter(is_worth_telling)
    handler.addFilter(OnceAMinute())
    basicConfig(handlers=[handler], force=True)
    for name in OWN_HANDLERS:
        theirs = logging.getLogger(name)
        theirs.handlers[:] = [handler]  # without one, param would add its own again
        theirs.propagate = False
        theirs.setLevel(logging.WARNING)
