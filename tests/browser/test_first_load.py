"""What a browser loads when it opens a page, on the wire, and what it loads again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from browser.pages import ADDRESSES, CONTENT
from conftest import NewContext
from serving import Served

pytestmark = [pytest.mark.browser, pytest.mark.both, pytest.mark.shared]

MOST = 1_200_000
"""Bytes of a first page, its websocket included."""


@dataclass
class Wire:
    """What came over the wire, by address; pieces of the websocket under its own."""

    bytes: dict[str, int] = field(default_factory=dict)
    headers: dict[str, dict[str, str]] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)

    def follow(self, session: Any) -> None:
        session.send("Network.enable")
        session.on("Network.responseReceived", self._on_response)
        session.on("Network.loadingFinished", self._on_end)
        session.on("Network.webSocketFrameReceived", self._on_frame)

    def _on_response(self, event: dict[str, Any]) -> None:
        response = event["response"]
        self._names[event["requestId"]] = response["url"]
        lower = {name.lower(): value for name, value in response["headers"].items()}
        self.headers[response["url"]] = lower | (
            {"from-cache": "1"} if response.get("fromDiskCache") else {}
        )

    def _on_end(self, event: dict[str, Any]) -> None:
        name = self._names.get(event["requestId"], "")
        self.bytes[name] = self.bytes.get(name, 0) + int(event["encodedDataLength"])

    def _on_frame(self, event: dict[str, Any]) -> None:
        size = len(event["response"]["payloadData"])
        self.bytes["websocket"] = self.bytes.get("websocket", 0) + size

    @property
    def files(self) -> dict[str, dict[str, str]]:
        kept = ("/static/", "/components/")
        return {url: head for url, head in self.headers.items() if any(p in url for p in kept)}


def test_a_first_page_is_small_and_the_next_one_loads_nothing_big(
    served_corpus: Served, new_context: NewContext
) -> None:
    context = new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    first = Wire()
    first.follow(context.new_cdp_session(page))
    page.goto(served_corpus.url + ADDRESSES["run"])
    page.locator(CONTENT["run"]).first.wait_for()
    assert sum(first.bytes.values()) <= MOST
    large = {url for url in first.files if first.bytes.get(url, 0) > 10_000}
    assert {url.partition("?")[0].rpartition("/")[2] for url in large} >= {"bokeh.min.js"}
    for url in large:
        is_font = url.partition("?")[0].endswith(".woff2")
        assert is_font or first.files[url]["content-encoding"] == "gzip", url
    for url, head in first.files.items():
        if "?v=" in url:
            assert "max-age=31536000" in head["cache-control"], url
    second = Wire()
    other = context.new_page()
    second.follow(context.new_cdp_session(other))
    other.goto(served_corpus.url + ADDRESSES["console"])
    other.locator(CONTENT["console"]).first.wait_for()
    again = {url for url in second.files if "?v=" in url and "from-cache" not in second.files[url]}
    assert {url for url in again if url in first.files} == set()
    assert not any("-gl.min.js" in url or "mathjax" in url for url in first.files)
