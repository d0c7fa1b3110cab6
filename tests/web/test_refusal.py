"""Error answers for programs and for people; headers of pages."""

from __future__ import annotations

import re

import pytest
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine

from peak_trade.web.refusal import Refusal, prefers_html
from peak_trade.web.security import SecurityHeaders


@pytest.mark.parametrize(
    ("accept", "html"),
    [
        ("", False),
        ("*/*", False),
        ("application/json", False),
        ("text/html", True),
        ("text/*", True),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
        ("application/json, text/html;q=0.9", False),
        ("text/html;q=0.5, application/json;q=0.4", True),
        ("text/html;q=0, */*", False),
        ("text/html;q=much", False),
        ("TEXT/HTML", True),
    ],
)
def test_accept(accept: str, html: bool) -> None:
    assert prefers_html(accept) is html


def test_error_pages_show_text_as_text() -> None:
    hostile = "</pre><script>alert(1)</script>\"'&$home"
    body, content_type = Refusal(404, hostile, home='/"x').body("text/html", "en")
    assert content_type == "text/html; charset=utf-8"
    assert b"<script" not in body
    assert b"&lt;script&gt;" in body
    assert b"$home" in body
    assert b'href="/&#34;x"' in body


def transformed(
    content_type: str, chunk: bytes, *, finishing: bool = True
) -> tuple[HTTPHeaders, bytes]:
    start_line = RequestStartLine("GET", "/", "HTTP/1.1")
    request = HTTPServerRequest(headers=HTTPHeaders({"Host": "x"}), start_line=start_line)
    headers = HTTPHeaders({"Content-Type": content_type, "Content-Length": str(len(chunk))})
    headers["Server"] = "TornadoServer/6"
    _, headers, chunk = SecurityHeaders(request).transform_first_chunk(
        200, headers, chunk, finishing
    )
    return headers, chunk


def nonce_of(headers: HTTPHeaders) -> str:
    found = re.search(
        r"script-src 'self' 'nonce-([\w-]{16,})';", headers["Content-Security-Policy"]
    )
    assert found
    return found[1]


def test_scripts_of_a_page_carry_the_nonce_of_the_answer() -> None:
    page = b'<script>1</script><script src="x"></script><scripted>'
    headers, chunk = transformed("text/html", page)
    nonce = nonce_of(headers).encode()
    assert chunk == (
        b'<script nonce="%s">1</script><script nonce="%s" src="x"></script><scripted>'
        % (nonce, nonce)
    )
    assert headers["Content-Length"] == str(len(chunk))
    assert "Server" not in headers
    again, _ = transformed("text/html", page)
    assert nonce_of(again) != nonce_of(headers)


@pytest.mark.parametrize(
    ("content_type", "finishing"), [("application/json", True), ("text/html", False)]
)
def test_other_bodies_are_left_alone(content_type: str, finishing: bool) -> None:
    headers, chunk = transformed(content_type, b"<script>", finishing=finishing)
    assert chunk == b"<script>"
    assert "nonce" not in headers["Content-Security-Policy"]
    assert "script-src 'self';" in headers["Content-Security-Policy"]


def test_error_pages_speak_the_language_of_who_asks() -> None:
    german, _ = Refusal(404, "Not Found", home="/").body("text/html", "de")
    assert b'<html lang="de">' in german
    assert "Läufe durchsuchen" in german.decode()
    assert b"Nicht gefunden" in german
