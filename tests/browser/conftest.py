"""Pages in a real browser: whatever happens on them is noted, and faults fail the test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Page,
    Request,
)

from conftest import CORPUS_NOW, NewContext, chromium, servers
from fleet.made import run_row, write_fleet
from serving import PATIENCE, Served

Open = Callable[..., Page]

DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 375, "height": 812}

GAP = "() => document.documentElement.scrollWidth - innerWidth"
"""Pixels by which the page is wider than the window."""


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """The Chromium of all tests of this folder, which hold no asynchronous ones."""
    with chromium() as found:
        yield found


@pytest.fixture(scope="package")
def served_corpus(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server on a copy of the contract's corpus at its time, and on a fleet of its runs.

    It is for tests that change no file.
    """
    root = tmp_path_factory.mktemp("served") / "a"
    shutil.copytree(corpus, root, copy_function=shutil.copy2)
    runs = sorted(meta.parent.name for meta in root.glob("live_runs/*/meta.json"))
    fleet = write_fleet(
        root.parent / "fleet", (run_row(place, name) for place, name in enumerate(runs))
    )
    env = {"PEAK_TRADE_NOW": CORPUS_NOW, "PEAK_TRADE_FLEET__PATH": str(fleet)}
    with servers(tmp_path_factory.mktemp("logs")) as begin:
        yield begin(root, env=env)


@dataclass
class Watched:
    """A page whose faults are noted."""

    page: Page
    faults: list[str]

    def __post_init__(self) -> None:
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        self.page.on("console", self._on_console)
        self.page.on("dialog", self._on_dialog)
        self.page.on("request", self._on_request)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error" or "could not set initial ranges" in message.text:
            self.faults.append(message.text)

    def _on_dialog(self, dialog: Dialog) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _on_request(self, request: Request) -> None:
        if urlsplit(request.url).hostname not in {"127.0.0.1", None}:
            self.faults.append(f"request: {request.url}")


@pytest.fixture
def open_page(new_context: NewContext) -> Iterator[Open]:
    """Open addresses: `open_page(url, viewport=PHONE, color_scheme="light")`.

    After the test: no script error, no violation of the content policy (the browser reports both
    as errors), no chart without a range, no dialog, and no request that left for another host.
    """
    with opened(new_context) as begin:
        yield begin


@pytest.fixture(scope="module")
def open_once(browser: Browser) -> Iterator[Open]:
    """Open addresses as `open_page` does, for tests that leave a page as its address says.

    An address is loaded once in a module, and again where a test went elsewhere from it; faults
    fail the last test there.
    """

    def begin(**options: Any) -> BrowserContext:
        context = browser.new_context(**options)
        context.set_default_timeout(PATIENCE * 1000)
        return context

    pages: dict[str, Page] = {}
    addresses: dict[str, str] = {}
    with opened(begin) as load:

        def find(url: str, **options: Any) -> Page:
            key = f"{url} {options}"
            if key not in pages:
                pages[key] = load(url, **options)
                addresses[key] = pages[key].url
            if pages[key].url != addresses[key]:
                pages[key].goto(url)
            return pages[key]

        yield find


@contextmanager
def opened(new_context: NewContext) -> Iterator[Open]:
    """Open addresses in contexts of their own, which end with this one; no page had faults."""
    faults: list[str] = []
    contexts: list[BrowserContext] = []

    def begin(url: str, **options: Any) -> Page:
        contexts.append(new_context(**{"viewport": DESKTOP, **options}))
        page = contexts[-1].new_page()
        Watched(page, faults)
        page.goto(url)
        return page

    yield begin
    for context in contexts:
        context.close()
    assert faults == []
