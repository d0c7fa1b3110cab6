"""Deep links in a real browser: odd ids, the content policy, and nothing fetched elsewhere."""

from __future__ import annotations

from pathlib import Path
from time import monotonic
from urllib.parse import quote

import pytest
from playwright.sync_api import ConsoleMessage, Page, Request

from conftest import NewContext, Start
from serve.conftest import HOSTILE
from serving import PANEL, PATIENCE, REPO, SERVE, Served

pytestmark = pytest.mark.browser

PREFIXED = [*PANEL, "serve", str(REPO / "apps"), "--port", "{port}", "--prefix", "a/b"]


@pytest.fixture(scope="module", params=["", "/a/b"])
def served(request: pytest.FixtureRequest, server: Start, tree: Path) -> Served:
    return server(tree, PREFIXED if request.param else SERVE, prefix=request.param)


class Seen:
    """What a page did, as the browser tells it."""

    def __init__(self, page: Page, base: str) -> None:
        self.frames: list[str] = []
        self.errors: list[str] = []
        self.foreign: list[str] = []
        self._base = base
        page.on("websocket", lambda s: s.on("framereceived", lambda f: self.frames.append(str(f))))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._note_error)
        page.on("request", self._note_foreign)

    def _note_error(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.location["url"].endswith("/favicon.ico"):
            self.errors.append(message.text)

    def _note_foreign(self, request: Request) -> None:
        if not request.url.startswith((self._base, "data:", "blob:")):
            self.foreign.append(request.url)


@pytest.mark.parametrize(
    "run_id", ["known", pytest.param(HOSTILE, marks=pytest.mark.both), "x" * 200]
)
def test_pages_connect_and_stay_at_home(
    served: Served, new_context: NewContext, run_id: str
) -> None:
    page = new_context().new_page()
    seen = Seen(page, served.url)
    path = f"/watch/runs/{quote(run_id, safe='')}"
    answer = page.goto(served.url + path)
    assert answer is not None
    assert answer.status == 200
    end = monotonic() + PATIENCE
    while not any("ACK" in frame for frame in seen.frames):
        assert monotonic() < end, seen.errors
        page.wait_for_timeout(50)  # lets the browser's events in
    assert page.url == served.url + path
    page.close()
    assert seen.errors == []
    assert [url for url in seen.foreign if not url.endswith("/favicon.ico")] == []
