"""The log-ins in front of the console that the documents show, tried with the real nginx.

What oauth2-proxy answers is played by a stand-in: 202 or 401, and a page to log in.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from contract.tree import Tree, event
from ops.programs import started
from ops.test_proxies import FILES, NAME, command_of
from serving import REPO, SERVE, Served, find_free_port, start, wait_until

pytestmark = pytest.mark.ops

GUIDE = REPO / "docs" / "webui" / "RUNNING_IT_FOR_REAL.md"
PATHS = (
    *("/", "/watch/runs/known", "/runs", "/runs/known/snapshot", "/metrics", "/openapi.json"),
    *("/api/v0/stream", "/api/v0/runs/known/report", "/static/js/bokeh.min.js", "/livez"),
)
PASSWORD = {"Authorization": f"Basic {b64encode(b'quant:right').decode()}"}
WRONG = {"Authorization": f"Basic {b64encode(b'quant:wrong').decode()}"}
LOGGED_IN, EXPIRED = {"Cookie": "_oauth2_proxy=good"}, {"Cookie": "_oauth2_proxy=old"}


class SignIn(BaseHTTPRequestHandler):
    """What nginx is answered when it asks for who has logged in."""

    def do_GET(self) -> None:
        asked = self.path == "/oauth2/auth"
        known = "_oauth2_proxy=good" in self.headers.get("Cookie", "")
        body = b"" if asked else b"log in"
        self.send_response((202 if known else 401) if asked else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    tree = Tree(tmp_path_factory.mktemp("tree"))
    tree.run("known", [event(1)])
    allowed = {"PEAK_TRADE_WEB_UI__ALLOWED_HOSTS": NAME}
    log = tmp_path_factory.mktemp("console") / "log"
    served = start([*SERVE, "--prefix", "/peak"], tree.root, log, prefix="/peak", env=allowed)
    yield served
    served.stop()


@pytest.fixture(scope="module")
def sign_in() -> Iterator[int]:
    """Return the port of the stand-in."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), SignIn)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def snippets() -> list[str]:
    """Return the parts of a configuration that the documents show: a password, a log-in."""
    chapter = GUIDE.read_text(encoding="utf-8").partition("## A log-in in front")[2]
    return re.findall(
        r"^```nginx\n(.*?)^```", chapter.partition("\n## ")[0], re.MULTILINE | re.DOTALL
    )


@contextmanager
def nginx(directory: Path, console: Served, inside: str, beside: str = "") -> Iterator[Served]:
    """Run nginx with the shipped file, and more inside and beside its `location /peak/`."""
    port, place = find_free_port(), "    location /peak/ {\n"
    text = (REPO / FILES["nginx"]).read_text().replace("console.example", NAME)
    for old, new in (
        ("127.0.0.1:8000", f"127.0.0.1:{console.port}"),
        (":8080", f":{port}"),
        (place, f"{beside}{place}{inside}"),
    ):
        assert old in text
        text = text.replace(old, new)
    (directory / "peak_trade.conf").write_text(text)
    with started(command_of("nginx", directory), directory) as process:
        served = Served(process, f"http://{NAME}:{port}/peak", directory / "log")

        def answers() -> bool:
            assert process.poll() is None, served.log.read_text()
            try:
                return status(served, "/livez", {}) > 0
            except OSError:
                return False

        wait_until(answers, f"nginx: {served.log}")
        yield served


def status(proxy: Served, path: str, headers: dict[str, str]) -> int:
    return proxy.ask(path, "HEAD", {"Host": f"{NAME}:{proxy.port}", **headers}).status


def test_a_password_is_asked_for_everywhere(console: Served, tmp_path: Path) -> None:
    users = tmp_path / "users"
    users.write_text("quant:{PLAIN}right\n")
    inside = snippets()[0].replace("/etc/nginx/peak_trade.htpasswd;", f"{users};")
    assert str(users) in inside
    with nginx(tmp_path, console, inside) as proxy:
        for path in PATHS:
            refused = {status(proxy, path, headers) for headers in ({}, WRONG)}
            assert (refused, status(proxy, path, PASSWORD)) == ({401}, 200), path


def test_who_has_not_logged_in_gets_the_page_to_do_so(
    console: Served, sign_in: int, tmp_path: Path
) -> None:
    beside, found, inside = snippets()[1].partition("location /peak/ {")
    assert found
    inside = inside.partition("\n")[2].rpartition("}")[0]
    beside = beside.replace(":4180", f":{sign_in}")
    with nginx(tmp_path, console, inside, beside) as proxy:
        for path in PATHS:
            for headers in ({}, EXPIRED):
                answer = proxy.ask(path, headers={"Host": f"{NAME}:{proxy.port}", **headers})
                assert answer.body == b"log in", path
            assert status(proxy, path, LOGGED_IN) == 200, path
        (run,) = proxy.ask("/runs", headers={"Host": f"{NAME}:{proxy.port}", **LOGGED_IN}).json
        assert run["run_id"] == "known"
        outside = Served(proxy.process, proxy.url.removesuffix("/peak"), proxy.log)
        assert status(outside, "/oauth2/auth", LOGGED_IN) == 404  # nginx alone asks it
