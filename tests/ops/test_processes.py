"""Two processes behind the real nginx, as the guide to scaling says; one of them is killed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import expect

import guides
from browser.growing import GrowingRun
from conftest import NewContext
from ops.programs import started
from ops.test_proxies import FILES, NAME, command_of
from serving import PATIENCE, REPO, SERVE, Served, find_free_port, start, wait_until

pytestmark = pytest.mark.ops

STREAM = "/api/v0/runs/run/events?sse=true&follow=true&max_seconds=60"


@dataclass
class Behind:
    """Processes behind one proxy."""

    processes: list[Served]
    proxy: Served
    run: GrowingRun

    def kill(self, path: str) -> None:
        """Kill the process that answers for a path."""
        given = urlopen(f"{self.proxy.url}{path}", timeout=PATIENCE).headers["x-request-id"]
        wait_until(lambda: any(given in one.log.read_text() for one in self.processes))
        [asked] = [one for one in self.processes if given in one.log.read_text()]
        asked.process.kill()
        asked.process.wait(PATIENCE)
        self.processes.remove(asked)


@pytest.fixture
def behind(tmp_path: Path) -> Iterator[Behind]:
    root = tmp_path / "root"
    run = GrowingRun(root, "run", rows=3)
    directory, port = tmp_path / "nginx", find_free_port()
    directory.mkdir()
    shipped = FILES["nginx"]
    text = (REPO / shipped).read_text(encoding="utf-8")
    (directory / shipped).parent.mkdir(parents=True)
    (directory / shipped).write_text(text, encoding="utf-8")
    [block] = [block for block in guides.blocks("scaling") if block.title == shipped]
    assert block.write(directory) == 2
    text = (directory / shipped).read_text(encoding="utf-8").replace("console.example", NAME)
    allowed = {"PEAK_TRADE_WEB_UI__ALLOWED_HOSTS": NAME}
    with ExitStack() as stack:
        processes = []
        for number in range(2):
            log = tmp_path / f"{number}.log"
            one = start([*SERVE, "--prefix", "/peak"], root, log, prefix="/peak", env=allowed)
            stack.callback(one.stop)
            processes.append(one)
            text = text.replace(f"127.0.0.1:{8000 + number};", f"127.0.0.1:{one.port};")
        text = text.replace(":8080", f":{port}")
        (directory / "peak_trade.conf").write_text(text, encoding="utf-8")
        command = command_of("nginx", directory)
        process = stack.enter_context(started(command, directory))
        proxy = Served(process, f"http://{NAME}:{port}/peak", directory / "log")
        wait_until(lambda: answers(proxy), f"nginx: {proxy.log}")
        yield Behind(processes, proxy, run)


def answers(proxy: Served) -> bool:
    assert proxy.process.poll() is None, proxy.log.read_text()
    try:
        with urlopen(f"{proxy.url}/health", timeout=PATIENCE) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def followed(proxy: Served, last: int | None, until: int) -> list[int]:
    """Return the ids of a stream up to one, or those that came before it broke."""
    headers = {} if last is None else {"Last-Event-ID": str(last)}
    ids: list[int] = []
    with urlopen(Request(f"{proxy.url}{STREAM}", headers=headers), timeout=PATIENCE) as stream:
        for line in stream:
            found = re.match(rb"id: ?(\d+)", line)
            if found:
                ids.append(int(found[1]))
                if ids[-1] == until:
                    return ids
    return ids


def test_a_stream_goes_on_at_the_other_process(behind: Behind) -> None:
    first = followed(behind.proxy, None, 2)
    behind.kill("/health")
    behind.run.grow(4)
    assert [*first, *followed(behind.proxy, first[-1], 6)] == list(range(7))


@pytest.mark.browser
def test_a_page_goes_on_at_the_other_process(behind: Behind, new_context: NewContext) -> None:
    page = new_context().new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{behind.proxy.url}/dashboard?run=run&tab=orders")
    expect(page.locator("#link")).to_have_text("connected")
    address, steps = page.url, page.locator(".tile .value").nth(5)
    expect(steps).to_have_text("3")
    behind.kill("/health")
    expect(page.locator("#connection")).to_be_visible()
    behind.run.grow()
    expect(page.locator("#connection")).to_be_hidden()
    expect(page.locator("#link")).to_have_text("connected")
    expect(steps).to_have_text("4")
    assert page.url == address
    assert errors == []
