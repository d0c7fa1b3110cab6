"""The generic handler and the gate before it, over a real Tornado server."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import logging
import socket
import threading
from collections.abc import AsyncIterator
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

import pytest

from serving import PATIENCE
from web.gated import LOOK, ROUTES, Site, close_site, make_settings, open_site, settled

INT = "Input should be a valid integer, unable to parse string as an integer"
BOOL = "Input should be a valid boolean, unable to interpret input"
LOW = "Input should be greater than or equal to 1"
HIGH = "Input should be less than or equal to 500"
PATTERN = "String should match pattern '^(json|csv)$'"
ISSUES: list[tuple[str, str, str, str, str, dict[str, Any]]] = [
    ("limit", "0", "greater_than_equal", LOW, "0", {"ge": 1}),
    ("limit", "-5", "greater_than_equal", LOW, "-5", {"ge": 1}),
    ("limit", "501", "less_than_equal", HIGH, "501", {"le": 500}),
    ("limit", "9" * 30, "less_than_equal", HIGH, "9" * 30, {"le": 500}),
    ("limit", "", "int_parsing", INT, "", {}),
    ("limit", "5.5", "int_parsing", INT, "5.5", {}),
    ("limit", "1e1", "int_parsing", INT, "1e1", {}),
    ("limit", "true", "int_parsing", INT, "true", {}),
    ("limit", "0x5", "int_parsing", INT, "0x5", {}),
    ("limit", "%ff", "int_parsing", INT, "\ufffd", {}),
    ("follow", "", "bool_parsing", BOOL, "", {}),
    ("follow", "maybe", "bool_parsing", BOOL, "maybe", {}),
    ("format", "xml", "string_pattern_mismatch", PATTERN, "xml", {"pattern": "^(json|csv)$"}),
    ("even", "3", "value_error", "Value error, must be even", "3", {"error": "must be even"}),
]


def body(response: Any) -> Any:
    return json.loads(response.body)


@pytest.mark.parametrize(("name", "text", "kind", "message", "shown", "ctx"), ISSUES)
async def test_bad_parameters_are_422(
    site: Site, name: str, text: str, kind: str, message: str, shown: str, ctx: dict[str, Any]
) -> None:
    response = await site.ask(f"/echo?{name}={text}")
    issue = {"type": kind, "loc": ["query", name], "msg": message, "input": shown}
    assert response.code == 422
    assert response.headers["Content-Type"] == "application/json"
    assert body(response) == {"detail": [issue | ({"ctx": ctx} if ctx else {})]}


@pytest.mark.parametrize("text", ["7", "%20%2B7%20", "007", "7.0"])
async def test_integers(site: Site, text: str) -> None:
    assert body(await site.ask(f"/echo?limit={text}"))["params"]["limit"] == 7


@pytest.mark.parametrize("text", ["1", "true", "T", "Yes", "y", "ON"])
async def test_booleans(site: Site, text: str) -> None:
    assert body(await site.ask(f"/echo?follow={text}"))["params"]["follow"] is True


async def test_repeated_and_unknown_parameters(site: Site) -> None:
    response = await site.ask("/echo?limit=x&limit=3&kind=a&kind=b&nobody=1")
    params = body(response)["params"]
    assert (params["limit"], params["kind"]) == (3, ["a", "b"])


async def test_parameters_are_checked_before_lookups(site: Site) -> None:
    assert (await site.ask("/find/nobody?limit=0")).code == 422
    response = await site.ask("/find/nobody?limit=1")
    assert (response.code, body(response)) == (404, {"detail": "Item not found: nobody"})
    html = await site.ask("/find/nobody", Accept="text/html")
    assert html.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("raw", "decoded"),
    [
        ("plain", "plain"),
        ("a%20b%23%3F%22%27%3C%3E", "a b#?\"'<>"),
        ("%C3%BC", "ü"),
        ("%ff%fe", "\ufffd\ufffd"),
        ("%252F", "%2F"),
        ("a+b", "a+b"),
    ],
)
async def test_ids_are_decoded_once(site: Site, raw: str, decoded: str) -> None:
    response = await site.ask(f"/echo/{raw}/of/x")
    assert body(response)["ids"] == {"item_id": decoded, "other": "x"}


async def test_raw_bytes_in_the_path_are_utf_8(site: Site) -> None:
    with socket.create_connection(("127.0.0.1", site.port)) as client:
        client.setblocking(False)
        client.send("GET /slash/ü HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
        await site.ask("/echo")  # the server has answered the first request by then
        assert '"item_id":"ü"' in client.recv(10_000).decode()


async def test_encoded_slash_only_where_ids_may_hold_one(site: Site) -> None:
    refused = await site.ask("/find/a%2Fb")
    assert (refused.code, body(refused)) == (404, {"detail": "Not Found"})
    assert body(await site.ask("/slash/a%2Fb"))["ids"] == {"item_id": "a/b"}
    assert (await site.ask("/slash/a/b")).code == 404


async def test_strict_json_and_no_store(site: Site) -> None:
    response = await site.ask("/echo")
    assert body(response)["number"] is None
    assert body(response)["text"] == "ü"
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    assert "Etag" not in response.headers


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "OPTIONS", "BREW"])
async def test_other_methods_are_405(site: Site, method: str) -> None:
    paths = ["/echo", "/", "/dashboard", "/nope", "/echo/", "/api/broken", "/api/nope"]
    for path in [*paths, "/static/peak_trade/look.css"]:
        response = await site.ask(path, method)
        assert response.code == 405
        assert response.headers["Allow"] == "GET, HEAD"
        if path.startswith("/api/") and method != "OPTIONS":
            assert response.body == b"method_not_allowed: read-only api"
            assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
        else:
            assert body(response) == {"detail": "Method Not Allowed"}


async def test_refused_bodies_are_not_read_into_an_error(site: Site) -> None:
    response = await site.ask("/echo", "POST", Content_Type="multipart/form-data; boundary=x")
    assert response.code == 405


@pytest.mark.parametrize(
    "path", ["/echo", "/echo?limit=0", "/find/nobody", "/nope", "/api/broken", "/busy", "/echo/"]
)
async def test_head_is_get_without_body(site: Site, path: str) -> None:
    head, get = await site.ask(path, "HEAD"), await site.ask(path)
    volatile = {"Date", "Content-Security-Policy"}
    kept = [
        {name: value for name, value in response.headers.get_all() if name not in volatile}
        for response in (head, get)
    ]
    assert kept[0] == kept[1]
    assert (head.code, head.body) == (get.code, b"")
    assert kept[1]["Content-Length"] == str(len(get.body))


async def test_one_trailing_slash_is_redirected(site: Site) -> None:
    response = await site.ask("/echo/?limit=2&x=%20")
    assert (response.code, response.body) == (307, b"")
    assert response.headers["Location"] == "/echo?limit=2&x=%20"
    deep = await site.ask("/watch/runs/known%20run/")
    assert deep.headers["Location"] == "/watch/runs/known%20run"
    for path in ("/echo//", "/nope/", "//evil.example/", "/find/a%2Fb/"):
        assert (await site.ask(path)).code == 404


async def test_unexpected_errors_hide_their_text(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        response = await site.ask("/api/broken")
    assert (response.code, body(response)) == (500, {"detail": "Internal Server Error"})
    assert response.headers["Cache-Control"] == "no-store"
    assert "secret text" in caplog.text
    assert "Traceback" in caplog.text


async def test_overload_asks_to_come_back(site: Site) -> None:
    response = await site.ask("/busy")
    assert response.code == 503
    assert response.headers["Retry-After"] == "1"
    assert body(response)["detail"].startswith("Too many reads")


async def test_every_error_answers_with_its_own_status_headers_and_text(site: Site) -> None:
    response = await site.ask("/closed")
    assert (response.code, body(response)) == (403, {"detail": "Closed until Monday."})
    assert response.headers["X-Opens"] == "monday"


async def test_errors_of_the_server_are_logged(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        response = await site.ask("/misused")
    assert (response.code, body(response)) == (500, {"detail": "Name a directory that exists."})
    assert "Traceback" in caplog.text


async def test_pages_wait_for_a_look_and_say_why_there_can_be_none(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, release = site.runtime.store, threading.Event()
    list_names, find = store.local.run_names, store.known_runs
    looks, asked = 0, 0

    def slow() -> AbstractSet[str]:
        nonlocal looks
        looks += 1
        assert release.wait(PATIENCE)
        return list_names()

    async def counted(run_ids: AbstractSet[str]) -> AbstractSet[str]:
        nonlocal asked
        asked += 1
        return await find(run_ids)

    monkeypatch.setattr(store.local, "run_names", slow)
    monkeypatch.setattr(store, "known_runs", counted)
    paths = [f"/watch/runs/unknown{number}" for number in range(8)]
    asking = [asyncio.create_task(site.ask(path, Accept="text/html")) for path in paths]
    await settled(lambda: looks == 1 and asked == len(paths))  # the loop is free
    with monkeypatch.context() as busy:
        busy.setattr(type(store.reading), "saturated", True)
        refused = await site.ask("/session/unknown", Accept="text/html")
    assert (refused.code, refused.headers["Retry-After"]) == (503, "1")
    assert b"Too many reads" in refused.body
    release.set()
    assert {answer.code for answer in await asyncio.gather(*asking)} == {404}
    assert looks <= 2  # one for the first, one for all who came while it was under way


@pytest.mark.parametrize("path", ["/large", "/medium"])
async def test_large_bodies_are_compressed_where_accepted(site: Site, path: str) -> None:
    plain = await site.ask(path)
    packed = await site.ask(path, Accept_Encoding="br, gzip")
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    assert gzip.decompress(packed.body) == plain.body
    small = await site.ask("/echo", Accept_Encoding="gzip")
    assert "Content-Encoding" not in small.headers


async def test_every_answer_carries_the_security_headers(site: Site) -> None:
    paths = ["/echo", "/echo?limit=0", "/nope", "/echo/", "/api/broken", "/busy", "/apps", "/"]
    answers = [await site.ask(path) for path in [*paths, "/static/peak_trade/look.css"]]
    answers += [await site.ask("/echo", "POST"), await site.ask("/", "HEAD")]
    answers += [await site.ask("/echo", Host="evil.example")]
    assert len({answer.code for answer in answers}) > 6
    for answer in answers:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert "unsafe-eval" not in answer.headers["Content-Security-Policy"]
        assert "Server" not in answer.headers
        assert not [name for name in answer.headers if name.startswith("Access-Control")]


async def test_foreign_hosts_are_421(site: Site) -> None:
    for host in ("evil.example", f"evil.example:{site.port}", "localhost.evil.example", "10.0.0.9"):
        for path in ("/echo", "/", "/dashboard/ws", "/static/js/bokeh.min.js", "/nope"):
            assert (await site.ask(path, Host=host)).code == 421
    assert (await site.ask("/echo", "POST", Host="evil.example")).code == 421
    for host in ("localhost", "LOCALHOST:1", "127.0.0.1", "[::1]:80", "console.example:443"):
        assert (await site.ask("/echo", Host=host)).code == 200


async def test_pages_are_refused_before_panel(site: Site) -> None:
    bad = await site.ask("/?include_research=maybe")
    assert (bad.code, body(bad)["detail"][0]["loc"]) == (422, ["query", "include_research"])
    for part in ("", "/ws"):
        unknown = await site.ask(f"/watch/runs/%3Cb%3E{part}")
        assert (unknown.code, body(unknown)) == (404, {"detail": "run_not_found: <b>"})
    for part in ("/metadata", "/autoload.js"):
        for run in ("%3Cb%3E", "known%20run"):
            refused = await site.ask(f"/watch/runs/{run}{part}")
            assert (refused.code, body(refused)) == (404, {"detail": "Not Found"})
    head = await site.ask("/watch/runs/known%20run", "HEAD")
    assert (head.code, head.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "Content-Length" not in head.headers


async def test_people_get_an_error_page(site: Site) -> None:
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    for path, status in (
        ("/watch/runs/%3Cb%3E", 404),
        ("/nope", 404),
        ("/?include_research=%3Cb%3E", 422),
    ):
        response = await site.ask(path, Accept=browser)
        text = response.body.decode()
        assert response.code == status
        assert response.headers["Content-Type"] == "text/html; charset=utf-8"
        assert response.headers["Vary"] == "Accept, Accept-Language, Cookie"
        assert "<b>" not in text
        assert 'href="/"' in text
    assert (
        "run_not_found: &lt;b&gt;"
        in (await site.ask("/watch/runs/%3Cb%3E", Accept=browser)).body.decode()
    )
    german = await site.ask("/nope", **{"Accept": browser, "Accept-Language": "de-AT,de;q=0.9"})
    assert "Nicht gefunden" in german.body.decode()
    chosen = {"Accept-Language": "de", "Cookie": "peak-trade-language=en"}
    assert "Not found" in (await site.ask("/nope", Accept=browser, **chosen)).body.decode()
    api = await site.ask("/api/nope", Accept=browser)
    assert body(api) == {"detail": "Not Found"}


async def test_assets(site: Site) -> None:
    response = await site.ask("/static/peak_trade/look.css")
    assert response.body == LOOK
    assert response.headers["Cache-Control"] == "no-cache"
    again = await site.ask("/static/peak_trade/look.css", If_None_Match=response.headers["Etag"])
    assert again.code == 304
    for name in ("nope.css", "../live_runs/known run/meta.json", "%2e%2e/live_runs", ""):
        refused = await site.ask(f"/static/peak_trade/{name.replace(' ', '%20')}")
        assert refused.code == 404
        assert body(refused) == {"detail": "Not Found"}


async def test_an_asset_is_compressed_for_who_accepts_it(site: Site) -> None:
    address = "/static/peak_trade/look.css"
    plain, packed = await site.ask(address), await site.ask(address, Accept_Encoding="gzip")
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body == LOOK
    assert len(packed.body) < len(plain.body) / 4
    assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    assert packed.headers["Etag"] != plain.headers["Etag"]
    tag = packed.headers["Etag"]
    assert (await site.ask(address, Accept_Encoding="gzip", If_None_Match=tag)).code == 304


async def test_an_asset_is_kept_if_its_address_names_its_content(site: Site) -> None:
    address = "/static/peak_trade/look.css"
    named = await site.ask(f"{address}?v={hashlib.sha256(LOOK).hexdigest()[:16]}")
    assert named.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    for other in ("0123456789abcdef", ""):  # of another edition of the program
        found = await site.ask(f"{address}?v={other}")
        assert found.body == LOOK
        assert found.headers["Cache-Control"] == "no-cache"


@pytest.fixture
async def prefixed(tmp_path: Path) -> AsyncIterator[Site]:
    site = open_site(make_settings(tmp_path), tmp_path, "/a/b")
    yield site
    await close_site(site)


async def test_prefix(prefixed: Site) -> None:
    assert (await prefixed.ask("/a/b/echo")).code == 200
    for path, location in (
        ("/a/b", "/a/b/"),
        ("/a/b/apps", "/a/b/"),
        ("/a/b/main", "/a/b/"),
        ("/a/b/echo/?x=1", "/a/b/echo?x=1"),
    ):
        response = await prefixed.ask(path)
        assert (response.code, response.headers["Location"]) == (307, location)
    for path in ("/echo", "/", "/a/bc/echo", "/a/becho", "/a"):
        assert (await prefixed.ask(path)).code == 404
    assert (await prefixed.ask("/a/b/api/x", "POST")).body.startswith(b"method_not_allowed")
    page = await prefixed.ask("/a/b/nope", Accept="text/html")
    assert 'href="/a/b/"' in page.body.decode()


async def test_a_failing_stream_ends_and_is_logged(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    response = await site.ask("/failing")
    assert (response.code, response.body) == (200, b"retry: 1000\n\n")
    assert "in the stream" in caplog.text


def test_the_table_under_test_is_not_empty() -> None:
    assert len(ROUTES) > 5
