"""Every way to start a server, asked the same: all of them must answer alike."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psutil
import pytest

from conftest import Start
from serve.conftest import HOSTILE, executed, write_modules
from serve.page_client import first_message, handshake
from serving import PANEL, PEAK_TRADE, REPO, Answer, Served, clean_environment

pytestmark = [pytest.mark.matrix, pytest.mark.both]

APPS = REPO / "apps"
FILES = [str(path) for path in sorted(APPS.glob("*.py"))]
BOKEH = str(Path(sys.executable).with_name("bokeh"))
AFTER_INSTALL = """
import panel as pn
from peak_trade.serve.install import install
install()
pn.serve({}, port={port}, show=False)
"""
LAUNCHERS = {
    "peak-trade serve": [*PEAK_TRADE, "serve", "--port", "{port}"],
    "panel serve apps/": [*PANEL, "serve", f"{APPS}/", "--port", "{port}"],
    "panel serve apps/*.py": [
        *[*PANEL, "serve", *FILES, "--port", "{port}"],
        *["--plugins", "peak_trade.serve.plugin"],
    ],
    "pn.serve": [sys.executable, "-P", "-c", AFTER_INSTALL],  # what it imports first is its own
    "bokeh serve apps/": [BOKEH, "serve", f"{APPS}/", "--port", "{port}"],
    "--prefix": [*PANEL, "serve", f"{APPS}/", "--port", "{port}", "--prefix", "a/b"],
}

KNOWN, UNKNOWN, ODD = "/watch/runs/known", "/watch/runs/unknown", f"/watch/runs/{quote(HOSTILE)}"
PAGE = (200, "text/html")
FOUND = (200, "application/json")
MISSING = (404, "application/json")
TABLE = {
    "/": PAGE,
    "/dashboard": PAGE,
    "/?mode=shadow&status=completed": PAGE,
    "/?include_research=maybe": (422, "application/json"),
    "/app_hooks": MISSING,
    "/health": FOUND,
    "/runs": FOUND,
    "/runs/known/snapshot": FOUND,
    "/runs/unknown/snapshot": MISSING,
    "/runs/known/tail?limit=0": (422, "application/json"),
    KNOWN: PAGE,
    ODD: PAGE,
    f"/watch/runs/{'x' * 200}": PAGE,
    UNKNOWN: MISSING,
    f"{UNKNOWN}/ws": MISSING,
    f"{UNKNOWN}/autoload.js": MISSING,
    f"{UNKNOWN}/metadata": MISSING,
    f"{KNOWN}/metadata": MISSING,
    f"{KNOWN}/autoload.js": MISSING,
    "/components/json/JSONDecoder/css/x": MISSING,
    "/static/js/bokeh.js": MISSING,
    "/static/js/bokeh.min.js": (200, "application/javascript"),
    "/favicon.ico": (200, "image/svg+xml"),
    "/nope": MISSING,
    "/admin": MISSING,
    "/liveness": MISSING,
    "/rest/session_info": MISSING,
    "/api/nope": MISSING,
}
REDIRECTS = {
    "/apps": "/",
    "/main": "/",
    f"{KNOWN}/": KNOWN,
    f"{UNKNOWN}/?a=1": f"{UNKNOWN}?a=1",
    f"{ODD}/": ODD,
    "/dashboard/": "/dashboard",
    "/runs/": "/runs",
}


FIRST = {"peak-trade serve", "panel serve apps/", "pn.serve"}
"""One of each program; `make test-ops` starts the others."""
WAYS = [pytest.param(way, marks=() if way in FIRST else pytest.mark.ops) for way in LAUNCHERS]


@pytest.fixture(scope="module", params=WAYS)
def launched(request: pytest.FixtureRequest, server: Start, tree: Path) -> Iterator[Served]:
    prefix = "/a/b" if request.param == "--prefix" else ""
    write_modules(tree)
    served = server(tree, LAUNCHERS[request.param], prefix=prefix, preloaded=False)
    yield served
    assert served.stop() == 0


def kind(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.headers.get("content-type", "").partition(";")[0]


def test_get(launched: Served) -> None:
    assert {path: kind(launched.ask(path)) for path in TABLE} == TABLE


def test_head(launched: Served) -> None:
    answers = {path: launched.ask(path, "HEAD") for path in TABLE}
    assert {path: kind(answer) for path, answer in answers.items()} == TABLE
    assert {answer.body for answer in answers.values()} == {b""}


@pytest.mark.parametrize("method", ["POST", "OPTIONS"])
def test_other_methods(launched: Served, method: str) -> None:
    paths = [*TABLE, *REDIRECTS]
    assert {launched.ask(path, method).status for path in paths} == {405}


def test_no_file_of_the_working_directory_is_executed(launched: Served, tree: Path) -> None:
    for path in ("/about", "/watch", "/metrics", "/components/evil/a/b/c"):
        assert launched.ask(path).status == (404 if "evil" in path else 200)
    assert executed(tree) == []
    assert "Traceback" not in launched.log.read_text()


def test_redirects(launched: Served) -> None:
    prefix = "/a/b" if launched.url.endswith("/a/b") else ""
    for path, location in REDIRECTS.items():
        answer = launched.ask(path)
        assert (answer.status, answer.headers["location"]) == (307, prefix + location)


def test_foreign_hosts(launched: Served) -> None:
    host = {"Host": f"evil.example:{launched.port}"}
    assert {launched.ask(path, headers=host).status for path in [*TABLE, *REDIRECTS]} == {421}


def test_bodies(launched: Served) -> None:
    assert launched.ask("/runs/known/snapshot").json["equity"] == 100.0
    assert launched.ask(UNKNOWN).json == {"detail": "run_not_found: unknown"}
    assert launched.ask("/nope").json == {"detail": "Not Found"}
    assert "href" in launched.ask("/nope", headers={"Accept": "text/html"}).body.decode()


def test_pages_are_protected(launched: Served) -> None:
    for path in ("/", "/dashboard", KNOWN):
        answer = launched.ask(path)
        policy = answer.headers["content-security-policy"]
        nonce = re.search(r"'nonce-([^']+)'", policy)
        assert nonce
        assert "unsafe-eval" not in policy
        scripts = re.findall(r"<script[\s>][^>]*", answer.body.decode())
        assert scripts
        assert all(f'nonce="{nonce[1]}"' in script for script in scripts)
        assert answer.headers["cache-control"] == "no-store"
        assert "server" not in answer.headers


def test_only_loopback_is_listened_on(launched: Served) -> None:
    connections = psutil.Process(launched.process.pid).net_connections("inet")
    listening = {c.laddr[0] for c in connections if c.status == psutil.CONN_LISTEN}
    assert listening == {"127.0.0.1"}


def token_of(launched: Served) -> str:
    token = re.search(r'"token":"([^"]+)"', launched.ask(KNOWN).body.decode())
    assert token
    return token[1]


@pytest.mark.parametrize("path", [KNOWN, ODD])
async def test_websockets_of_known_runs_open(launched: Served, path: str) -> None:
    host = f"127.0.0.1:{launched.port}"
    token = token_of(launched)
    assert "ACK" in await first_message(launched, path, token)
    assert "ACK" in await first_message(launched, path, token, Origin=f"http://{host}")


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        (UNKNOWN, {}, 404),
        (KNOWN, {"Host": "evil.example", "Origin": "http://evil.example"}, 421),
        (KNOWN, {"Origin": "http://evil.example"}, 403),
    ],
)
def test_websockets_of_others_do_not(
    launched: Served, path: str, headers: dict[str, str], status: int
) -> None:
    assert handshake(launched, path, token_of(launched), **headers) == status


def test_the_environment_of_the_tests_is_clean() -> None:
    assert not [name for name in clean_environment() if name.startswith("PEAK_TRADE_")]
