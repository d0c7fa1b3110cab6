"""Who may use which session of a page: the server chooses its id and signs its token.

Guarantees: an id or token that a client names is ignored; a websocket opens only with a token that
this server issued; a token, which the page shows, holds no header and no cookie but the language.
"""

from __future__ import annotations

import secrets
from typing import Any, Final

from bokeh.util.token import check_token_signature
from tornado.httputil import HTTPServerRequest

from peak_trade import i18n

CHOSEN: Final = ("bokeh-session-id", "bokeh-token")
"""Query parameters by which Bokeh lets a client name a session."""

HEADERS: Final = ("Bokeh-Session-Id", "Content-Type")
"""The header that does the same; and that of a body, whose fields count as query parameters."""

TOKEN_SECONDS: Final = 86_400
"""A page left open this long still reconnects by itself."""


def session_options(secret_key: bytes | None) -> dict[str, Any]:
    """Return options of a Bokeh application; without a key tokens are good for this process."""
    return {
        "secret_key": secret_key or secrets.token_bytes(32),
        "sign_sessions": True,
        "generate_session_ids": True,
        "session_token_expiration": TOKEN_SECONDS,
        "include_headers": ["Accept-Language"],
        "include_cookies": [i18n.COOKIE],
        "exclude_headers": None,
        "exclude_cookies": None,
    }


def forget_chosen(request: HTTPServerRequest) -> None:
    """Take from a request what names a session."""
    for name in CHOSEN:
        request.arguments.pop(name, None)
        request.query_arguments.pop(name, None)
    for name in HEADERS:
        request.headers.pop(name, None)


def has_token(request: HTTPServerRequest, secret_key: bytes | None) -> bool:
    """Tell whether the opening request of a websocket carries a token signed with `secret_key`."""
    offered = request.headers.get("Sec-WebSocket-Protocol", "")
    name, _, token = (word.strip() for word in offered.partition(","))
    try:
        return name == "bokeh" and check_token_signature(token, secret_key, signed=True)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False  # no token at all: its parts cannot be read
