"""Headers of every answer, and the names under which the server may be addressed.

Guarantees: pages, static files, errors and JSON alike carry the headers; scripts of a page run
only from this server or with the nonce of that very answer; nothing names software or version.
"""

from __future__ import annotations

import re
import secrets
from typing import Any, Final, cast

from tornado.httputil import HTTPHeaders, HTTPServerRequest
from tornado.web import OutputTransform
from typing_extensions import override

from peak_trade.settings import Settings

HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}

# blob: in connect-src is for components on Panel 1.9, which fetches their modules so.
POLICY: Final = (
    "default-src 'self'; script-src 'self'{nonce}; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' blob:;"
    " object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

_SCRIPT = re.compile(rb"<script(?=[\s>])")
_LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")


class SecurityHeaders(OutputTransform):
    """Adds the headers, and on a page the nonce of each of its scripts."""

    @override
    def transform_first_chunk(
        self, status_code: int, headers: HTTPHeaders, chunk: bytes, finishing: bool
    ) -> tuple[int, HTTPHeaders, bytes]:
        for name, value in HEADERS.items():
            headers[name] = value
        headers.pop("Server", None)
        nonce = ""
        # A page of ours is one chunk; longer HTML is a static file, which needs no inline script.
        if finishing and _is_html(headers):
            nonce = secrets.token_urlsafe(16)
            chunk = _SCRIPT.sub(b'<script nonce="%s"' % nonce.encode(), chunk)
            if "Content-Length" in headers:
                headers["Content-Length"] = str(len(chunk))
        source = f" 'nonce-{nonce}'" if nonce else ""
        headers["Content-Security-Policy"] = POLICY.format(nonce=source)
        return status_code, headers, chunk


def _is_html(headers: HTTPHeaders) -> bool:
    return headers.get("Content-Type", "").startswith("text/html")


def allowed_names(settings: Settings) -> frozenset[str]:
    """Return the host names, in lower case, that requests may carry."""
    web_ui = settings.web_ui
    return frozenset(name.lower() for name in (*_LOCAL_NAMES, web_ui.host, *web_ui.allowed_hosts))


def is_allowed_host(request: HTTPServerRequest, names: frozenset[str]) -> bool:
    """Tell whether the request's `Host` is one of `names`, or the very address it came in on.

    A page of a foreign site can make its own name resolve to this machine, but it cannot make a
    browser send an address as the name.
    """
    name = request.host_name.lower().strip("[]")
    return name in names or name == _local_address(request)


def _local_address(request: HTTPServerRequest) -> str:
    connection = cast("Any", request.connection)
    address = connection.stream.socket.getsockname()
    return str(address[0]) if isinstance(address, tuple) else ""
