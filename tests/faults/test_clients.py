"""What clients can make a server hold is bounded, and none of them keeps others from it."""

from __future__ import annotations

import asyncio
import json
import re
import resource
import socket
import struct
import sys
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote

import psutil
import pytest

from conftest import Start
from contract.tree import NOW, Tree, event, rich_tree
from faults.bounded import IN_ALL, OF_ONE
from faults.uncollected import HELD
from peak_trade.contract.registry.pages import PAGES
from serve.page_client import PageClient, token_of
from serving import PATIENCE, REPO, Served, wait_until

PAGE = "/watch/runs/known"
EVENTS = "/api/v0/runs/known/events"
BOUNDED = [sys.executable, str(Path(__file__).with_name("bounded.py"))]
ENVIRONMENT = {"PEAK_TRADE_NOW": NOW, "PYTHONPATH": str(REPO / "src")}
BETWEEN = 20
FOLLOWS = """
import weakref
import panel as pn
import peak_trade

known = pn.state.as_cached("known", weakref.WeakSet)
run = peak_trade.open({root!r}).run("known")
live = run.live()
known.update([live, live.twin])
count = pn.pane.Str()

def look():
    count.object = f"{{len(known)}} held"

pn.state.add_periodic_callback(look, 100)
pn.Column(pn.bind(len, live.param.equity), run.chart("equity"), count).servable()
"""

KEPT = """
import panel as pn
import peak_trade

def make():
    chart = peak_trade.open({root!r}).run("grows").chart("equity")
    return chart.model, [pn.Column(chart)]

model, charts = pn.state.as_cached("kept", make)
pn.Column(pn.bind(lambda curve: f"{{len(curve)}} drawn", model.param.equity), *charts).servable()
charts.clear()
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    return rich_tree(tmp_path_factory.mktemp("clients"))


@pytest.fixture(scope="module")
def served(tree: Tree, server: Start) -> Served:
    return server(tree.root, env={"PEAK_TRADE_NOW": NOW})


@pytest.fixture(scope="module")
def bounded(tree: Tree, server: Start, tmp_path_factory: pytest.TempPathFactory) -> Served:
    own = tmp_path_factory.mktemp("own")
    tree.write(own / "mine.py", "import panel as pn\npn.pane.Str('mine').servable()\n")
    tree.write(own / "follows.py", FOLLOWS.format(root=str(tree.root)))
    tree.write(own / "kept.py", KEPT.format(root=str(tree.root)))
    tree.run("grows", [event(1)])
    tree.write(own / "own.toml", '[dashboard]\npages = ["*.py"]\n')
    environment = ENVIRONMENT | {"PEAK_TRADE_CONFIG_PATH": str(own / "own.toml")}
    return server(tree.root, [*BOUNDED, "serve", "--port", "{port}"], env=environment)


def request(served: Served, path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\n\r\n".encode()


def connect(served: Served, number: int = 1) -> socket.socket:
    """Connect from the address of this client; all of 127.0.0.0/8 is this machine."""
    address = ("127.0.0.1", served.port)
    return socket.create_connection(address, PATIENCE, (f"127.0.0.{number}", 0))


def ask_for_page(served: Served, number: int) -> tuple[int, bytes]:
    """Ask for a page from this address; return status and body."""
    connection = HTTPConnection("127.0.0.1", served.port, PATIENCE, (f"127.0.0.{number}", 0))
    connection.request("GET", PAGE)
    with closing(connection), connection.getresponse() as answer:
        return answer.status, answer.read()


def metric(served: Served, name: str) -> float:
    found = re.search(
        rf"^{re.escape(name)} (\S+)$", served.ask("/metrics").body.decode(), re.MULTILINE
    )
    assert found
    return float(found[1])


def open_pages(served: Served) -> float:
    return metric(served, "peak_trade_open_pages")


def looks(served: Served) -> float:
    """Return how often the server looked for what nobody refers to, among all there is."""
    return metric(served, 'python_gc_collections_total{generation="2"}')


async def test_pages_of_a_client_and_of_all_are_bounded_until_they_are_left(
    bounded: Served,
) -> None:
    pages = []
    for number, expected in ((1, OF_ONE), (2, IN_ALL - OF_ONE)):
        for _ in range(expected):
            status, body = ask_for_page(bounded, number)
            assert status == 200
            pages.append(await PageClient.join(bounded, PAGE, token_of(body)))
        if number == 1:
            assert ask_for_page(bounded, 1)[0] == 503
    assert ask_for_page(bounded, 3)[0] == 503
    answer = bounded.ask(PAGE)
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    assert b"Too many pages" in answer.body
    assert bounded.ask("/runs").status == 200
    before = looks(bounded)
    for page in pages:
        await page.leave()
    await swept(bounded)
    wait_until(lambda: looks(bounded) > before)
    assert ask_for_page(bounded, 1)[0] == 200


@pytest.mark.parametrize("path", ["/about", "/watch/runs/{run}", "/my/mine"])
async def test_a_page_that_comes_back_asks_no_other_server(bounded: Served, path: str) -> None:
    """Its session was swept, so that it is built anew, for the socket alone."""
    run = quote(bounded.ask("/runs").json[0]["run_id"], safe="")
    page = await PageClient.open(bounded, path.format(run=run))
    await page.leave()
    await swept(bounded)
    back = await page.again()
    document = json.dumps(await back.pull())
    await back.leave()
    await swept(bounded)
    assert "static/extensions/panel/css/loading.css" in document
    assert "https://cdn" not in document


async def test_what_a_page_of_ones_own_follows_ends_with_it(bounded: Served) -> None:
    await swept(bounded)
    one, *others = [await PageClient.open(bounded, "/my/follows") for _ in range(4)]
    await one.hears("8 held")
    one.sent.clear()
    for page in others:
        await page.leave()
    async with asyncio.timeout(PATIENCE):
        await one.hears("2 held")
    await one.leave()


async def test_a_chart_of_a_page_that_ended_is_drawn_no_more(bounded: Served, tree: Tree) -> None:
    """Its file keeps what it follows, for the next visitor."""
    await swept(bounded)
    first = await PageClient.open(bounded, "/my/kept")
    await first.leave()
    await swept(bounded)
    second = await PageClient.open(bounded, "/my/kept")
    tree.run("grows", [event(step) for step in range(1, 8)])
    async with asyncio.timeout(PATIENCE):
        await second.hears("7 drawn")
    await second.leave()
    assert "ERROR" not in bounded.log.read_text()


async def swept(served: Served) -> None:
    """Wait until no page is open any more."""
    async with asyncio.timeout(PATIENCE):
        while open_pages(served):  # noqa: ASYNC110  the server has no event for it
            await asyncio.sleep(0.1)


@pytest.fixture(scope="module")
def uncollected(tree: Tree, server: Start) -> Served:
    program = [sys.executable, str(Path(__file__).with_name("uncollected.py"))]
    return server(tree.root, [*program, "serve", "--port", "{port}"], env=ENVIRONMENT)


async def test_a_page_that_was_left_is_freed_without_a_search_for_it(uncollected: Served) -> None:
    """A search stops all else for as long as it looks at each page, open or left."""
    known = {"run_id": "known", "session_id": "known"}
    paths = [page.path.format_map(known) for page in PAGES]
    held = []
    for _ in range(2):  # what is made once, the first page makes
        pages = [
            await PageClient.enter(uncollected, path.rstrip("/"), uncollected.ask(path))
            for path in paths
        ]
        held.append(metric(uncollected, HELD))
        for page in pages:
            await page.leave()
        await swept(uncollected)
        held.append(metric(uncollected, HELD))
    _, before, opened, after = held
    assert opened - before > 1000 * len(paths)
    assert after - before < (opened - before) / 5


BROKEN = 200
"""Connections that break: each would leave at least ten objects."""


@pytest.mark.parametrize(
    "path", ["/livez", "/watch", "/api/v0/stream", f"{EVENTS}?sse=true&follow=true"]
)
def test_a_connection_that_breaks_is_freed_without_a_search_for_it(
    uncollected: Served, path: str
) -> None:
    break_one(uncollected, path)
    before = metric(uncollected, HELD)
    for _ in range(BROKEN):
        break_one(uncollected, path)
    wait_until(lambda: metric(uncollected, HELD) - before < 5 * BROKEN, "all to be freed")


def break_one(served: Served, path: str) -> None:
    """Ask, and break the connection while the answer comes."""
    with connect(served, 5) as client:
        client.sendall(request(served, path))
        assert client.recv(1)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


async def ask(served: Served, path: str, number: int, done: list[str]) -> None:
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", served.port, local_addr=(f"127.0.0.{number}", 0)
    )
    writer.write(request(served, path))
    head = await reader.readuntil(b"\r\n")
    assert b" 200 " in head, head
    done.append(path)
    writer.close()
    await writer.wait_closed()


async def test_requests_and_other_clients_go_between_pages(served: Served) -> None:
    await ask(served, PAGE, 1, [])  # the first page imports what pages are made of
    done: list[str] = []
    pages = [asyncio.create_task(ask(served, PAGE, 1, done)) for _ in range(BETWEEN)]
    wanted = {asyncio.create_task(ask(served, "/watch", 2, done))}
    while not all(page.done() for page in pages):
        await ask(served, "/livez", 3, done)
    await asyncio.gather(*pages, *wanted)
    places = [place for place, path in enumerate(done) if path == PAGE]
    assert done.index("/watch") < places[BETWEEN // 2]
    apart = [after - before - 1 for before, after in pairwise(places)]
    assert sum(1 for between in apart if between) >= BETWEEN // 3, done


async def test_pages_of_clients_that_are_gone_are_not_built(served: Served) -> None:
    before = open_pages(served)
    clients = [connect(served, 4) for _ in range(BETWEEN)]
    for client in clients:
        client.sendall(request(served, PAGE))
    for client in clients:
        client.close()
    assert ask_for_page(served, 4)[0] == 200  # waits behind them
    assert open_pages(served) <= before + BETWEEN // 2


def unread(served: Served) -> socket.socket:
    """Connect a client that takes little at once."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(PATIENCE)
    client.connect(("127.0.0.1", served.port))
    return client


SCRIPT = "/static/extensions/panel/panel.min.js"


@pytest.mark.parametrize("path", [SCRIPT, "/openapi.json", "/runs/known/tail?limit=500"])
def test_who_does_not_take_what_it_asked_for_is_cut_off(bounded: Served, path: str) -> None:
    with unread(bounded) as client:
        number = psutil.Process(bounded.process.pid)
        here = client.getsockname()

        def is_open() -> bool:
            return any(
                found.raddr == here and found.status == psutil.CONN_ESTABLISHED
                for found in number.net_connections("tcp")
            )

        wait_until(is_open)
        client.sendall(request(bounded, path) * 400)
        wait_until(lambda: not is_open())
    assert bounded.ask("/livez").status == 200


@pytest.fixture(scope="module")
def long_run(tree: Tree) -> str:
    """More than what the system takes for a client that takes nothing."""
    rows = [event(step) for step in range(1, 40_000)]
    return tree.run("long", rows, started_at="2025-01-01T00:00:00+00:00", ended_at=NOW).name


def test_a_follower_that_takes_nothing_is_cut_off_and_holds_up_no_other(
    bounded: Served, long_run: str
) -> None:
    path = f"/api/v0/runs/{long_run}/events?sse=1&follow=1&max_seconds=600"
    with unread(bounded) as client, closing(HTTPConnection("127.0.0.1", bounded.port)) as other:
        client.sendall(request(bounded, path))
        other.request("GET", path)
        with other.getresponse() as stream:
            assert b"id: 39998\n" in iter(stream.readline, b"")
            wait_until(lambda: metric(bounded, 'peak_trade_sse_followers{stream="run"}') == 1)


async def test_a_page_whose_socket_is_not_read_is_cut_off(bounded: Served) -> None:
    page = await PageClient.open(bounded, PAGE)
    connections = psutil.Process(bounded.process.pid).net_connections
    here = page.socket.protocol.stream.socket.getsockname()  # type: ignore[union-attr]
    pull = (json.dumps({"msgid": "x", "msgtype": "PULL-DOC-REQ"}), "{}", "{}")
    await page.say(*pull * 500)
    async with asyncio.timeout(PATIENCE):
        while any(found.raddr == here for found in connections("tcp")):  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    await page.ends()


def limit(served: Served, descriptors: int) -> None:
    process = psutil.Process(served.process.pid)
    _, hard = process.rlimit(resource.RLIMIT_NOFILE)
    process.rlimit(resource.RLIMIT_NOFILE, (descriptors, hard))


@pytest.mark.parametrize("spare", [-3, 1, 40])
def test_descriptors_that_run_out_are_told_once_and_survived(
    tmp_path: Path, server: Start, spare: int
) -> None:
    tree = rich_tree(tmp_path)
    served = server(tree.root, env={"PEAK_TRADE_NOW": NOW})
    process = psutil.Process(served.process.pid)
    before = process.rlimit(resource.RLIMIT_NOFILE)[0]
    served.ask("/api/v0/quality")
    limit(served, process.num_fds() + spare)
    with ExitStack() as stack:
        for _ in range(60):
            client = stack.enter_context(connect(served))
            client.sendall(request(served, "/api/v0/quality"))
        wait_until(lambda: "Turned a client away" in served.log.read_text())
    limit(served, before)
    wait_until(lambda: served.ask("/readyz").status == 200)
    assert b"too many open" not in served.ask("/api/v0/quality").body
    assert served.ask("/runs/known/snapshot").status == 200
    log = served.log.read_text()
    assert log.count("Turned a client away") <= 2
    assert "Traceback" not in log
