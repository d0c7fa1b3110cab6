"""Answers that are no content: errors and redirects.

Guarantees: a fixed text, never that of an exception; the contract's JSON, or, where a person asks
for a page (`Accept` prefers HTML), a designed page with the same status and text. A request body
is thrown away as it arrives, never held in memory.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from importlib.resources import files
from string import Template
from typing import Any
from urllib.parse import quote

from markupsafe import escape
from tornado.httputil import HTTPServerRequest
from tornado.web import RequestHandler, stream_request_body
from typing_extensions import override

from peak_trade import i18n, jsonio
from peak_trade.errors import PeakTradeError
from peak_trade.i18n import mark

NO_STORE = "no-store"
TEXT = "text/plain; charset=utf-8"
HTML = "text/html; charset=utf-8"
JSON = "application/json"

TITLES = {404: mark("Not found"), 422: mark("A parameter cannot be used")}
MAX_SOUGHT = 200
"""Characters of an unknown identifier that are searched for."""


@dataclass(frozen=True)
class Refusal:
    """What to answer: `detail` is the JSON detail; `text`, where set, replaces the JSON body.

    `home` is the address of the first page: with it, people get an HTML page. `sought` is an
    identifier that is unknown: the page links to searches for it.
    """

    status: int
    detail: Any = None
    text: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    home: str | None = None
    sought: str = ""

    def body(self, accept: str, language: str) -> tuple[bytes, str]:
        """Return body and content type for a client that accepts `accept` and reads `language`."""
        if self.text is not None:
            return self.text.encode(), TEXT
        if self.home is not None and prefers_html(accept):
            return self._page(self.home, language), HTML
        return jsonio.dumps({"detail": self.detail}), JSON

    def _page(self, home: str, language: str) -> bytes:
        texts, detail = i18n.texts(language), self.detail
        if not isinstance(detail, str):
            detail = json.dumps(detail, ensure_ascii=False, indent=2)
        # A phrase of the query language: whatever it holds is looked for as it is.
        phrase = quote('"{}"'.format(self.sought.replace('"', "")[:MAX_SOUGHT]), safe="")
        search = f"?q={phrase}" if self.sought else ""
        values = {
            "language": language,
            "status": self.status,
            "title": texts(TITLES.get(self.status) or HTTPStatus(self.status).phrase),
            "detail": detail,
            "console": texts("Console"),
            "home": home,
            "search_sessions": texts(mark("Search the sessions")),
            "sessions": f"{home}{search}",
            "search_runs": texts(mark("Search the runs")),
            "runs": f"{home}watch{search}",
        }
        escaped = {key: escape(value) for key, value in values.items()}
        return _template().substitute(escaped).encode()


def prefers_html(accept: str) -> bool:
    """Tell whether an `Accept` header likes HTML better than JSON."""
    weights = dict(_weight(part) for part in accept.lower().split(","))

    def weight(kind: str) -> float:
        ranges = (kind, kind.partition("/")[0] + "/*", "*/*")
        return next((weights[name] for name in ranges if name in weights), 0.0)

    return weight("text/html") > weight(JSON)


def _weight(part: str) -> tuple[str, float]:
    kind, *parameters = (piece.strip() for piece in part.split(";"))
    quality = next((p[2:] for p in parameters if p.startswith("q=")), "1")
    try:
        return kind, float(quality)
    except ValueError:
        return kind, 0.0


@cache
def _template() -> Template:
    return Template((files(__package__) / "error.html").read_text(encoding="utf-8"))


@stream_request_body
class RefusalHandler(RequestHandler):
    """Answers every request, of any method, with its refusal."""

    @override
    def initialize(self, refusal: Refusal) -> None:
        self.refusal = refusal
        self.SUPPORTED_METHODS = (self.request.method or "",)

    @override
    def prepare(self) -> None:
        refuse(self, self.refusal)

    @override
    def data_received(self, chunk: bytes) -> None:
        del chunk

    @override
    def check_xsrf_cookie(self) -> None:
        return

    @override
    def compute_etag(self) -> None:
        return


def refuse(handler: RequestHandler, refusal: Refusal) -> None:
    """Finish a request with a refusal."""
    asked = handler.request.headers
    language = i18n.preferred(handler.get_cookie(i18n.COOKIE, ""), asked.get("Accept-Language", ""))
    body, content_type = refusal.body(asked.get("Accept", ""), language)
    handler.clear()
    handler.set_status(refusal.status)
    handler.set_header("Cache-Control", NO_STORE)
    handler.set_header("Content-Type", content_type)
    if refusal.home is not None:
        handler.set_header("Vary", "Accept, Accept-Language, Cookie")
    for name, value in refusal.headers.items():
        handler.set_header(name, value)
    handler.finish(body)


def refusal_of(error: PeakTradeError, home: str | None = None) -> Refusal:
    """Return the answer for a request that met `error`."""
    return Refusal(error.http_status, str(error), headers=dict(error.http_headers), home=home)


def redirect(location: str) -> Refusal:
    """Return a temporary redirect with an empty body."""
    return Refusal(307, text="", headers={"Location": location})


def not_found(home: str | None = None, detail: str = "Not Found", sought: str = "") -> Refusal:
    """Return the answer for a path, or for the id `sought`, that does not exist."""
    return Refusal(404, detail, home=home, sought=sought)


def wrong_method(request: HTTPServerRequest, path: str) -> Refusal:
    """Return the answer for a method other than GET and HEAD on `path` (without prefix)."""
    headers = {"Allow": "GET, HEAD"}
    if path.startswith("/api/") and request.method != "OPTIONS":
        return Refusal(405, text="method_not_allowed: read-only api", headers=headers)
    return Refusal(405, "Method Not Allowed", headers=headers)
