"""The shipped proxy files under a sub-path, tried with the real nginx and the real Caddy."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from urllib.parse import quote

import pytest

from conftest import NewContext
from contract.tree import Tree, event
from ops.programs import find, started
from serve.conftest import HOSTILE
from serve.test_deep_links import Seen
from serving import PATIENCE, REPO, SERVE, Answer, Served, find_free_port, start, wait_until

pytestmark = pytest.mark.ops

NAME = "localhost"  # in place of console.example, which no machine resolves
FILES = {"nginx": "config/nginx/peak_trade.conf", "caddy": "config/caddy/Caddyfile"}
NGINX = """
{user}daemon off;
pid nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    {temporary}
    include peak_trade.conf;
}}
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    tree = Tree(tmp_path_factory.mktemp("tree"))
    for run_id in ("known", HOSTILE):
        tree.run(run_id, [event(1)])
    return tree


@pytest.fixture(scope="module")
def console(tree: Tree, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    log = tmp_path_factory.mktemp("console") / "log"
    command = [*SERVE, "--prefix", "/peak"]
    allowed = {"PEAK_TRADE_WEB_UI__ALLOWED_HOSTS": NAME}
    served = start(command, tree.root, log, prefix="/peak", env=allowed)
    yield served
    served.stop()


def command_of(program: str, directory: Path) -> list[str]:
    """Write the program's own configuration around the shipped file; return its command."""
    if program == "caddy":
        with (directory / "Caddyfile").open("r+") as file:
            text = file.read()
            file.seek(0)
            file.write("{\n\tadmin off\n}\n" + text)
        return [find("caddy"), "run", "--config", "Caddyfile"]
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = " ".join(f"{kind}_temp_path temporary/{kind};" for kind in kinds)
    (directory / "temporary").mkdir()
    user = "user root;\n" if os.geteuid() == 0 else ""  # else its workers cannot read the files
    (directory / "nginx.conf").write_text(NGINX.format(user=user, temporary=temporary))
    return [find("nginx"), "-p", str(directory), "-c", str(directory / "nginx.conf")]


@pytest.fixture(scope="module", params=FILES)
def proxy(
    request: pytest.FixtureRequest, console: Served, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """The console as it is seen through a proxy."""
    directory, port = tmp_path_factory.mktemp(request.param), find_free_port()
    shipped = REPO / FILES[request.param]
    text = shipped.read_text().replace("console.example", NAME)
    for old, new in (("127.0.0.1:8000", f"127.0.0.1:{console.port}"), (":8080", f":{port}")):
        assert old in text
        text = text.replace(old, new)
    (directory / shipped.name).write_text(text)
    with started(command_of(request.param, directory), directory) as process:
        served = Served(process, f"http://{NAME}:{port}/peak", directory / "log")

        def answers() -> bool:
            assert process.poll() is None, served.log.read_text()
            try:
                return ask(served, "/health").status == 200
            except OSError:
                return False

        wait_until(answers, f"{request.param}: {served.log}")
        yield served


def ask(served: Served, path: str, **headers: str) -> Answer:
    return served.ask(path, headers={"Host": f"{NAME}:{served.port}", **headers})


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html"),
        ("/runs", "application/json"),
        (f"/runs/{quote(HOSTILE, safe='')}/snapshot", "application/json"),
        ("/static/js/bokeh.min.js", "application/javascript"),
        ("/metrics", "text/plain"),
    ],
)
def test_everything_is_below_the_path(proxy: Served, path: str, kind: str) -> None:
    answer = ask(proxy, path)
    assert answer.status == 200
    assert answer.headers["content-type"].partition(";")[0] == kind
    assert "content-security-policy" in answer.headers


def test_nothing_is_beside_the_path(proxy: Served) -> None:
    beside = Served(proxy.process, proxy.url.removesuffix("/peak"), proxy.log)
    assert b"known" not in ask(beside, "/runs").body
    bare = ask(beside, "/peak")
    assert bare.status == 307
    assert bare.headers["location"].endswith("/peak/")


def test_redirects_stay_below_the_path(proxy: Served) -> None:
    answer = ask(proxy, "/runs/")
    assert (answer.status, answer.headers["location"]) == (307, "/peak/runs")


def test_other_methods_and_names_are_refused(proxy: Served, console: Served) -> None:
    assert proxy.ask("/runs", "POST", {"Host": f"{NAME}:{proxy.port}"}).status == 405
    assert console.ask("/runs", headers={"Host": "evil.example"}).status == 421


def test_requests_have_one_id_in_both_logs(proxy: Served, console: Served) -> None:
    given = ask(proxy, "/health").headers["x-request-id"]
    assert re.fullmatch("[0-9a-f-]{32,36}", given), "the proxy made it"
    wait_until(lambda: given in console.log.read_text())


@pytest.mark.browser
@pytest.mark.parametrize("run_id", ["known", HOSTILE])
def test_deep_links_are_live(proxy: Served, new_context: NewContext, run_id: str) -> None:
    page = new_context().new_page()
    seen = Seen(page, proxy.url)
    path = f"/watch/runs/{quote(run_id, safe='')}"
    answer = page.goto(proxy.url + path)
    assert answer is not None
    assert answer.status == 200
    end = monotonic() + PATIENCE
    while not any("ACK" in frame for frame in seen.frames):
        assert monotonic() < end, seen.errors
        page.wait_for_timeout(50)  # lets the browser's events in
    links = page.locator("a[href]").evaluate_all("links => links.map(link => link.href)")
    page.close()
    assert seen.errors == []
    assert [url for url in seen.foreign if not url.endswith("/favicon.ico")] == []
    assert links
    assert [link for link in links if not link.startswith(f"{proxy.url}/")] == []


def websocket_status(proxy: Served, origin: str) -> int:
    """Return the status with which the handshake of a page's websocket is answered."""
    token = re.search(rb'"token":"([^"]+)"', ask(proxy, "/watch/runs/known").body)
    assert token
    head = [
        *("GET /peak/watch/runs/known/ws HTTP/1.1", f"Host: {NAME}:{proxy.port}"),
        *("Connection: Upgrade", "Upgrade: websocket", f"Origin: {origin}"),
        *("Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="),
        *(f"Sec-WebSocket-Protocol: bokeh, {token[1].decode()}", "", ""),
    ]
    with socket.create_connection(("127.0.0.1", proxy.port), PATIENCE) as connection:
        connection.sendall("\r\n".join(head).encode())
        return int(connection.recv(100).split()[1])


def test_websockets_of_other_sites_are_refused(proxy: Served) -> None:
    assert websocket_status(proxy, "http://evil.example") == 403
    assert websocket_status(proxy, proxy.url.removesuffix("/peak")) == 101


def test_events_come_as_they_happen(proxy: Served, tree: Tree) -> None:
    lines = ["GET /peak/api/v0/stream HTTP/1.1", f"Host: {NAME}:{proxy.port}", "", ""]
    with socket.create_connection(("127.0.0.1", proxy.port), PATIENCE) as connection:
        connection.sendall("\r\n".join(lines).encode())
        with connection.makefile("rb") as stream:
            assert b" 200 " in stream.readline()
            assert any(b"text/event-stream" in line for line in iter(stream.readline, b"\r\n"))
            for line in stream:
                if line.startswith((b":", b"event:", b"id:", b"retry:")):
                    break  # the stream has begun
            tree.run(f"new-{proxy.port}", [event(1)])
            assert any(b"runs" in line for line in stream)
