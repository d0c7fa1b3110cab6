"""Fixtures for all tests: servers, the contract folder, Chromium."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from serving import (
    PATIENCE,
    PEAK_TRADE,
    REPO,
    SERVE,
    Served,
    clean_environment,
    find_free_port,
    start,
)

SHARED = REPO.parent / "shared"
CORPUS_NOW = "2026-01-15T18:30:00+00:00"

LONGEST = ("browser", "serve", "faults", "contract")
"""Folders of tests that start servers and load pages, longest first."""

ALONE = ("both", "ops")
"""Marks whose tests are run without any others: `-m both`, `-m ops`."""

Start = Callable[..., Served]
NewContext = Callable[..., BrowserContext]

# A zone that never agrees with UTC, here and in all processes that tests start: a time without an
# offset that is taken for local time shows.
os.environ["TZ"] = "Pacific/Chatham"
time.tzset()

# A shell starts what runs in its background with SIGINT ignored, and servers would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes depends on what else the machine does.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

# So does how long a page takes to show what is expected.
expect.set_options(timeout=PATIENCE * 1000)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Import no file that has none of the tests asked for.

    Each worker imports every file that it collects: more than half of that would be for nothing.
    """
    mark = config.getoption("markexpr")
    if mark not in ALONE or not collection_path.match("test_*.py"):
        return None
    return f"pytest.mark.{mark}" not in collection_path.read_text() or None


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what needs the contract folder where there is none, unless it must be there."""
    if item.get_closest_marker("shared") is None or SHARED.is_dir():
        return
    reason = f"the contract folder {SHARED.name} is not beside the checkout"
    if os.environ.get("REQUIRE_SHARED") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in set(os.environ) - set(clean_environment()):
        monkeypatch.delenv(name)


@pytest.fixture
def free_port() -> int:
    return find_free_port()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The contract folder; for tests marked `shared`."""
    return SHARED


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the contract's corpus with its modification times; for tests marked `shared`."""
    copy = tmp_path_factory.mktemp("corpus") / "a"
    contract = SHARED / "contract"
    shutil.copytree(contract / "corpus_a", copy)
    for path in (copy, *copy.rglob("*")):  # the folder may be one that can only be read
        path.chmod(path.stat().st_mode | stat.S_IWUSR)
    subprocess.run([sys.executable, contract / "apply_mtimes.py", copy], check=True)
    return copy


@contextmanager
def servers(logs: Path) -> Iterator[Start]:
    """Start servers, which write their logs below `logs`; all end with the context."""
    running: list[Served] = []

    def begin(
        root: Path,
        command: Sequence[str] = SERVE,
        *,
        prefix: str = "",
        env: Mapping[str, str] | None = None,
        preloaded: bool = True,
        ports: int = 1,
    ) -> Served:
        log = logs / f"{len(running)}.log"
        preloaded = preloaded and list(command[:3]) == PEAK_TRADE
        running.append(
            start(command, root, log, prefix=prefix, env=env, preloaded=preloaded, ports=ports)
        )
        return running[-1]

    yield begin
    for served in running:
        served.stop()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Start servers: `server(root, command, prefix=..., env=...)`; all end with the module."""
    with servers(tmp_path_factory.mktemp("logs")) as begin:
        yield begin


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the folders whose files take longest: so all workers end together."""
    place = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path.parent.name, len(place)))


def find_chromium() -> str | None:
    """Return the path of an installed Chromium or Chrome; None for Playwright's own.

    The one without windows comes first: it opens a page with half the work.
    """
    windowless, whole = "chromium-headless-shell", ("chromium", "chromium-browser")
    names = (windowless, *whole, "google-chrome", "google-chrome-stable", "chrome")
    return next((path for path in map(shutil.which, names) if path), None)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start a headless Chromium; it ends with the context.

    While it is open its event loop runs in this thread: no asynchronous test can run.
    """
    arguments = ["--disable-gpu", "--no-first-run", "--disable-background-networking"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--no-sandbox")  # Chromium refuses its sandbox to root
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium. A module that uses it can hold no asynchronous tests."""
    with chromium() as found:
        yield found


@pytest.fixture
def new_context(browser: Browser) -> Iterator[NewContext]:
    """Contexts of the browser, with Playwright's options: patient, and closed after the test."""
    contexts: list[BrowserContext] = []

    def begin(**options: Any) -> BrowserContext:
        contexts.append(browser.new_context(**options))
        contexts[-1].set_default_timeout(PATIENCE * 1000)
        return contexts[-1]

    yield begin
    for context in contexts:
        context.close()
