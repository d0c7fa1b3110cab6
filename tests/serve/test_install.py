"""Assembly: what it refuses, and what it adds to Bokeh's own application."""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from types import ModuleType

import bokeh.server.server
import pytest
from tornado import netutil
from tornado.web import RequestHandler

from peak_trade.contract.registry.pages import PAGES
from peak_trade.errors import PeakTradeError
from peak_trade.serve import install as installer
from peak_trade.serve import runtime as runtimes
from peak_trade.serve.install import ConsoleTornado, bind_loopback, check_read_only, install
from peak_trade.serve.pages import apps_directory, page_applications
from peak_trade.serve.ports import address, is_public
from peak_trade.settings import load


@pytest.fixture(autouse=True)
def unpatched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Undo what `install` does to Bokeh and to the process."""
    for name in ("BokehTornado", "HTTPServer", "bind_sockets"):
        monkeypatch.setattr(bokeh.server.server, name, getattr(bokeh.server.server, name))
    settings = load(None, {"dashboard.root": str(tmp_path)}).settings
    monkeypatch.setattr(runtimes, "_runtime", runtimes.Runtime(settings))


def test_installing_twice_is_installing_once() -> None:
    install()
    first = vars(bokeh.server.server)["BokehTornado"]
    install()
    assert vars(bokeh.server.server)["BokehTornado"] is first is ConsoleTornado


def test_servers_without_tornado_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "panel.io.asgi", ModuleType("panel.io.asgi"))
    with pytest.raises(PeakTradeError, match="--server"):
        install()


@pytest.mark.parametrize("verb", ["post", "put", "patch", "delete", "options"])
def test_handlers_that_write_are_refused(verb: str) -> None:
    def method(_: RequestHandler) -> None: ...

    handler = type("Writer", (RequestHandler,), {verb: method})
    with pytest.raises(PeakTradeError, match=f"Writer implements {verb.upper()}"):
        check_read_only(iter([handler]))


def test_all_our_handlers_are_looked_at() -> None:
    found = {handler.__name__ for handler in installer.own_handlers()}
    assert {"AssetHandler", "PageHeadHandler", "RefusalHandler", "RouteHandler"} <= found
    check_read_only(installer.own_handlers())


def test_a_handler_that_writes_stops_the_assembly(monkeypatch: pytest.MonkeyPatch) -> None:
    class Writer(RequestHandler):
        def post(self) -> None: ...

    monkeypatch.setattr(installer, "own_handlers", lambda: iter([Writer]))
    with pytest.raises(PeakTradeError, match="watch-only"):
        ConsoleTornado({})


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["localhost:5006"], ["127.0.0.1:5006", "[::1]:5006", "localhost:5006"]),
        (["console.example:80"], ["console.example:80"]),
        (["localhost:1", "console.example:80"], ["console.example:80", "localhost:1"]),
    ],
)
def test_websocket_origins(given: list[str], expected: list[str]) -> None:
    assert sorted(ConsoleTornado({}, extra_websocket_origins=given).websocket_origins) == expected


def test_other_applications_are_not_served(caplog: pytest.LogCaptureFixture) -> None:
    other = next(iter(page_applications().values()))
    names = ("/mine", "/main", "/apps", "/app_hooks", "/dashboard", "/")
    application = ConsoleTornado(dict.fromkeys(names, other))
    assert application.app_paths == {page.regex for page in PAGES}
    assert [record.message.partition(" ")[0] for record in caplog.records] == ["/mine"]


def test_tokens_outlive_a_night() -> None:
    assert ConsoleTornado({}, session_token_expiration=300).session_token_expiration == 86_400


@pytest.mark.parametrize(("address", "bound"), [(None, "127.0.0.1"), ("127.0.0.2", "127.0.0.2")])
def test_default_address(address: str | None, bound: str) -> None:
    sockets, port = bind_loopback(address, 0)
    names = [listening.getsockname() for listening in sockets]
    for listening in sockets:
        listening.close()
    assert names == [(bound, port)]


def test_who_allows_it_is_told_what_is_open(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is listened on but the loopback address: what would be is stood in for."""
    asked = []

    def bind(port: int, address: str) -> list[socket.socket]:
        asked.append(address)
        return netutil_bind(port, "127.0.0.1")

    netutil_bind = netutil.bind_sockets
    monkeypatch.setattr(netutil, "bind_sockets", bind)
    everywhere = "0.0.0.0"
    with pytest.raises(PeakTradeError, match="no log-in"):
        bind_loopback(everywhere, 0)
    assert asked == []
    settings = load(overrides={"web_ui.insecure_public": True}).settings
    monkeypatch.setattr(runtimes, "_runtime", runtimes.Runtime(settings))
    with caplog.at_level("WARNING"):
        ((listening,), port) = bind_loopback(everywhere, 0)
    listening.close()
    assert asked == [everywhere]
    (record,) = caplog.records
    assert record.message.startswith(f"0.0.0.0:{port} can be reached from other machines")


@pytest.mark.parametrize(
    ("host", "public"),
    [
        *((host, False) for host in ("127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1")),
        *((host, True) for host in ("0.0.0.0", "::", "192.0.2.1")),
        *((host, False) for host in ("localhost", "no such name")),
    ],
)
def test_only_loopback_is_this_machine_alone(host: str, public: bool) -> None:
    assert is_public(host) is public


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("127.0.0.1", "http://127.0.0.1:1/"),
        ("::1", "http://[::1]:1/"),
        ("0.0.0.0", "http://localhost:1/"),
        ("::", "http://localhost:1/"),
    ],
)
def test_address_to_open(host: str, shown: str) -> None:
    assert address(host, 1) == shown


def test_each_page_has_its_app_file() -> None:
    directory = apps_directory()
    stems = {path.stem for path in directory.glob("*.py")} - {"app_hooks"}
    assert stems == {page.stem for page in PAGES}
