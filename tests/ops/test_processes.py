"""Two workers behind the real nginx, as the guide to scaling says; one of them is killed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Page, expect

import guides
from browser.growing import GrowingRun
from browser.test_connection import FILLED
from conftest import NewContext, Start
from ops.programs import started
from ops.test_proxies import FILES, NAME, command_of
from serving import PATIENCE, REPO, Served, find_free_port, wait_until
from several import TWO, Worker, workers_of

pytestmark = pytest.mark.ops

SHIPPED = FILES["nginx"]
LOCATION = re.compile(r" +location /peak/ \{.*?\n    \}\n", re.DOTALL)


@dataclass
class Behind:
    """Workers behind a proxy."""

    workers: list[Worker]
    proxy: Served

    def answering(self) -> Worker:
        """Return the worker that the proxy sends us to."""
        with urlopen(f"{self.proxy.url}/health", timeout=PATIENCE) as answer:
            found = re.search(rb'"worker":(\d+)', answer.read())
        assert found
        return self.workers[int(found[1]) - 1]

    def kill(self) -> None:
        """Kill the worker that the proxy sends us to; it is started again."""
        asked = self.answering()
        asked.own.kill()
        assert self.answering() != asked


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("root")


@pytest.fixture(scope="module")
def workers(server: Start, root: Path) -> list[Worker]:
    command, allowed = [*TWO, "--prefix", "/peak"], {"PEAK_TRADE_WEB_UI__ALLOWED_HOSTS": NAME}
    return workers_of(server(root, command, prefix="/peak", env=allowed, ports=2))


@contextmanager
def nginx(directory: Path, text: str, workers: list[Worker]) -> Iterator[Served]:
    """Run nginx with a configuration, at the ports of the workers and one of its own.

    They are up before: one that it found down it would leave out for some seconds.
    """
    wait_until(lambda: all(answers(worker) for worker in workers))
    port, text = find_free_port(), text.replace("console.example", NAME)
    for number, worker in enumerate(workers):
        text = text.replace(f"127.0.0.1:{8000 + number}", f"127.0.0.1:{worker.port}")
    (directory / "peak_trade.conf").write_text(text.replace(":8080", f":{port}"), encoding="utf-8")
    with started(command_of("nginx", directory), directory) as process:
        proxy = Served(process, f"http://{NAME}:{port}/peak", directory / "log")
        wait_until(lambda: answers(proxy), f"nginx: {proxy.log}")
        yield proxy


def answers(proxy: Served) -> bool:
    assert proxy.process.poll() is None, proxy.log.read_text()
    try:
        with urlopen(f"{proxy.url}/health", timeout=PATIENCE) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.fixture
def behind(tmp_path: Path, workers: list[Worker]) -> Iterator[Behind]:
    """The workers behind nginx as the guide says."""
    (tmp_path / SHIPPED).parent.mkdir(parents=True)
    (tmp_path / SHIPPED).write_bytes((REPO / SHIPPED).read_bytes())
    [block] = [block for block in guides.blocks("scaling") if block.title == SHIPPED]
    assert block.write(tmp_path) == 2
    with nginx(tmp_path, (tmp_path / SHIPPED).read_text(encoding="utf-8"), workers) as proxy:
        yield Behind(workers, proxy)


def followed(proxy: Served, run: GrowingRun, last: int | None, until: int) -> list[int]:
    """Return the ids of a stream up to one, or those that came before it broke."""
    address = f"{proxy.url}/api/v0/runs/{run.run_id}/events?sse=true&follow=true&max_seconds=60"
    headers = {} if last is None else {"Last-Event-ID": str(last)}
    ids: list[int] = []
    with urlopen(Request(address, headers=headers), timeout=PATIENCE) as stream:
        for line in stream:
            found = re.match(rb"id: ?(\d+)", line)
            if found:
                ids.append(int(found[1]))
                if ids[-1] == until:
                    return ids
    return ids


def test_a_stream_goes_on_at_the_other_process(behind: Behind, root: Path) -> None:
    run = GrowingRun(root, "followed", rows=3)
    first = followed(behind.proxy, run, None, 2)
    behind.kill()
    run.grow(4)
    assert [*first, *followed(behind.proxy, run, first[-1], 6)] == list(range(7))


def errors_of(page: Page) -> list[str]:
    """Return a list that gets what goes wrong in a page's scripts."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    return errors


@pytest.mark.browser
def test_a_page_goes_on_at_the_other_process(
    behind: Behind, root: Path, new_context: NewContext
) -> None:
    run = GrowingRun(root, "looked-at", rows=3)
    page = new_context().new_page()
    errors = errors_of(page)
    page.goto(f"{behind.proxy.url}/dashboard?run=looked-at&tab=orders")
    expect(page.locator("#link")).to_have_text("connected")
    address, steps = page.url, page.locator(".tile .value").nth(5)
    expect(steps).to_have_text("3")
    behind.kill()
    expect(page.locator("#connection")).to_be_visible()
    run.grow()
    expect(page.locator("#connection")).to_be_hidden()
    expect(page.locator("#link")).to_have_text("connected")
    expect(steps).to_have_text("4")
    assert page.url == address
    assert errors == []


@pytest.mark.browser
def test_a_page_of_one_is_whole_with_the_websocket_of_the_other(
    tmp_path: Path, workers: list[Worker], root: Path, new_context: NewContext
) -> None:
    """As a proxy does it that keeps nobody at one process."""
    run = GrowingRun(root, "apart", rows=3)
    text = (REPO / SHIPPED).read_text(encoding="utf-8")
    found = LOCATION.search(text)
    assert found
    sockets = found[0].replace("location /peak/", "location ~ ^/peak/.*/ws$")
    sockets = sockets.replace("http://peak_trade", "http://127.0.0.1:8001")
    text = text.replace(found[0], found[0] + sockets)
    with nginx(tmp_path, text, workers) as proxy:
        page = new_context().new_page()
        errors = errors_of(page)
        page.on("console", lambda told: errors.append(told.text) if told.type == "error" else None)
        page.goto(f"{proxy.url}/dashboard?run=apart")
        assert page.evaluate("document.fonts.size") > 0
        expect(page.locator("#link")).to_have_text("connected")
        expect(page.locator(".tile .value").nth(5)).to_have_text("3")
        chart, area = page.locator(".area-chart canvas").first, page.locator(".area-chart")
        expect(chart).to_be_visible()
        page.wait_for_function(FILLED, arg=[chart.element_handle(), area.element_handle()])
        run.grow()
        expect(page.locator(".tile .value").nth(5)).to_have_text("4")
        assert errors == []
