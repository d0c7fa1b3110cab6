"""Addresses and sessions that nobody but an attacker asks for, on a running server."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from urllib.parse import quote

import pytest
from bokeh.core.types import ID
from bokeh.util.token import generate_jwt_token, get_session_id, get_token_payload

from conftest import Start
from serve.page_client import first_message, handshake
from serving import Served

pytestmark = pytest.mark.both

CHOSEN = ID("chosen")
PAGE = "/watch/runs/known"
FILE = "/static/js/bokeh.min.js"
SCRIPT = "/components/peak_trade.views.kit.history/Browser/_bundle_path/static/browser.js"

SERVED = (
    "/",
    PAGE,
    "/about",
    "/health",
    FILE,
    SCRIPT,
    "/favicon.ico",
    "/static/peak_trade/app.css",
)
PANEL_PATHS = (
    *(
        f"/components/{module}/a/b/c"
        for module in ("unittest.__main__", "ccxt", "evil", "..", "", "%00")
    ),
    *("/components/", "/components", "/components/json", "//components/evil/a/b/c"),
    SCRIPT.replace("browser.js", "elements.js"),
    SCRIPT.replace("_bundle_path", "_bundle_css"),
    *(f"{page}autoload.js?bokeh-autoload-element=x&bokeh-app-path=/" for page in ("/", f"{PAGE}/")),
    *(f"{page}/metadata" for page in ("", PAGE, "/about")),
    *("/admin", "/admin/ws", "/liveness", "/rest/session_info", "/login", "/logout", "/index.html"),
    *("/static/", "/static", "/static/js/", "/static/js/bokeh.js", "/static/js/bokeh-api.min.js"),
    *("/static/extensions/", "/static/extensions/panel/", "/static/extensions/nope/x.js"),
    *("/static/extensions/panel/panel.js", "/static/extensions/panel/package.json"),
    *("/about/static/js/bokeh.min.js", f"{PAGE}/static/js/bokeh.min.js", "/apps/static/x"),
    *("/static/peak_trade/", "/static/peak_trade/nope.js", "/static/peak_trade/swagger"),
    *("/main/ws", "/apps/ws", "/app_hooks", "/app_hooks/ws", "/dashboard/app_hooks"),
)


def variants(path: str) -> set[str]:
    """Return other spellings of a path."""
    head, _, last = path.rpartition("/")
    return {
        f"/{path}",
        f"{head}//{last}",
        f"{path}%00",
        f"{path}%2f",
        f"{path}%5c",
        f"{path}\\",
        f"{path};a=b",
        f"{path}.",
        f"{head}/./{last}",
        f"{head}/../{path}",
        f"/nope/..{path}",
        f"{head}/%2e%2e/{last}",
        f"{head}/..%2f{last}",
        f"{head}%2f{last}",
        f"{head}%252f{last}",
        path.replace("/", "\\"),
        quote(path, safe=""),
        "/" + "".join(f"%{ord(sign):02x}" for sign in path[1:]),
        path.upper(),
        f"{path}/%ff%fe",
        f"{path}%",
        f"{path}%zz",
        f"{path}/" + "../" * 10 + "etc/passwd",
        f"{path}/" + "%2e%2e%2f" * 10 + "etc/passwd",
        f"{path}" + "a" * 5000,
    } - {path}


@pytest.fixture(scope="module")
def served(server: Start, tree: Path) -> Served:
    (tree / "evil.py").write_text("open('executed', 'w').close()")
    return server(tree)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_panel_has_besides_is_not_there(served: Served, tree: Path, method: str) -> None:
    assert {served.ask(path, method).status for path in PANEL_PATHS} == {404}
    assert not (tree / "executed").exists()


@pytest.mark.parametrize("path", SERVED)
def test_only_one_spelling_is_served(served: Served, path: str) -> None:
    assert served.ask(path).status == 200
    for variant in sorted(variants(path)):
        answer = served.ask(variant)
        assert answer.status in {404, 307}, (variant, answer.status)
        if answer.status == 307:
            assert re.fullmatch(r"/[^/\\].*|/", answer.headers["location"])


def test_requests_import_nothing(served: Served) -> None:
    for module in ("antigravity", "this", "ccxt", "peak_trade.runners.cli"):
        assert served.ask(f"/components/{module}/a/b/c").status == 404
    assert "Zen of Python" not in served.log.read_text()


def token_of(page: bytes) -> str:
    found = re.search(r'"token":"([^"]+)"', page.decode())
    assert found
    return found[1]


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("?bokeh-session-id=chosen", {}),
        ("?bokeh-session-id=chosen&bokeh-session-id=chosen", {}),
        ("?bokeh-token=chosen", {}),
        ("?bokeh-token=" + generate_jwt_token(CHOSEN, signed=False), {}),
        ("", {"Bokeh-Session-Id": "chosen"}),
        ("", {"bokeh-SESSION-id": "chosen"}),
        ("?bokeh-session-id=chosen", {"Bokeh-Session-Id": "chosen"}),
    ],
    ids=itertools.count(),  # a token holds the time, and workers must agree on the names of tests
)
def test_no_client_chooses_its_session(served: Served, query: str, headers: dict[str, str]) -> None:
    answer = served.ask(PAGE + query, headers=headers)
    assert answer.status == 200
    assert "chosen" not in get_session_id(token_of(answer.body))


def test_no_body_chooses_a_session(served: Served) -> None:
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", served.port)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("GET", PAGE, b"bokeh-session-id=chosen", form)
    answer = connection.getresponse()
    assert answer.status == 200
    assert "chosen" not in get_session_id(token_of(answer.read()))
    connection.close()


def test_tokens_show_no_header_and_no_cookie(served: Served) -> None:
    secret = {
        "Authorization": "Basic c2VjcmV0",
        "X-Forwarded-User": "secret",
        "Cookie": "login=secret; peak-trade-language=de",
        "Accept-Language": "de",
    }
    payload = get_token_payload(token_of(served.ask(PAGE, headers=secret).body))
    assert payload["headers"] == {"Accept-Language": "de"}
    assert payload["cookies"] == {"peak-trade-language": "de"}


async def test_websockets_take_tokens_of_this_server_alone(served: Served) -> None:
    token = token_of(served.ask(PAGE).body)
    assert "ACK" in await first_message(served, PAGE, token)
    body, _, signature = token.partition(".")
    forged = [
        generate_jwt_token(CHOSEN, signed=False),
        generate_jwt_token(CHOSEN, b"another key", signed=True),
        body,
        f"{body}.{signature[:-2]}AA",
        f"{body}A.{signature}",
        *("x", "x.y", "W10.x", "bnVsbA.x", "." * 50, "_w.x", "W1tb" * 5000 + ".x"),
    ]
    for other in forged:
        assert handshake(served, PAGE, other) == 403, other
    assert "Traceback" not in served.log.read_text()
