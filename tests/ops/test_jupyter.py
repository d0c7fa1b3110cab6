"""The console inside Jupyter: behind its log-in and below its path, live."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from conftest import NewContext
from contract.tree import Tree, event
from ops.programs import find, started
from serve.test_deep_links import Seen
from serving import Served, clean_environment, find_free_port, wait_until

pytestmark = pytest.mark.ops

TOKEN = "for-this-test"
LOGGED_IN = {"Authorization": f"token {TOKEN}"}
BASE = "/user/quant/"


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    tree = Tree(tmp_path_factory.mktemp("tree"))
    tree.run("known", [event(1)])
    return tree


@pytest.fixture(scope="module")
def jupyter(tree: Tree, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The console as a Jupyter server shows it that was started among the artifacts."""
    port = find_free_port()
    options = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": port,
        "ServerApp.base_url": BASE,
        "IdentityProvider.token": TOKEN,
    }
    program = find("jupyter-server")
    given = [f"--{name}={value}" for name, value in options.items()]
    command = [program, "--no-browser", "--allow-root", *given]
    home = {"HOME": str(tmp_path_factory.mktemp("home"))}
    with started(command, tree.root, clean_environment(home)) as process:
        served = Served(process, f"http://127.0.0.1:{port}{BASE}peak-trade", tree.root / "log")

        def answers() -> bool:
            assert process.poll() is None, served.log.read_text()
            try:
                return served.ask("/health", headers=LOGGED_IN).status == 200
            except OSError:
                return False

        wait_until(answers, f"Jupyter: {served.log}")
        yield served


def test_the_log_in_is_that_of_jupyter(jupyter: Served) -> None:
    assert jupyter.ask("/runs").status in {302, 403}
    (run,) = jupyter.ask("/runs", headers=LOGGED_IN).json
    assert run["run_id"] == "known"


def test_it_only_reads(jupyter: Served) -> None:
    assert jupyter.ask("/runs", "POST", LOGGED_IN).status == 405


def test_a_stream_comes_through(jupyter: Served) -> None:
    path = "/api/v0/runs/known/events?sse=1&follow=1&max_seconds=1"
    answer = jupyter.ask(path, headers=LOGGED_IN)
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert b"event: pt_event" in answer.body


@pytest.mark.browser
def test_a_page_is_live(jupyter: Served, tree: Tree, new_context: NewContext) -> None:
    context = new_context()
    page = context.new_page()
    page.goto(f"{jupyter.url.removesuffix('peak-trade')}api/status?token={TOKEN}")
    seen = Seen(page, jupyter.url)
    page.goto(f"{jupyter.url}/watch/runs/known")
    newest = page.locator("tbody tr", has_text="step=").first
    expect(newest).to_contain_text("step=1 ")
    tree.run("known", [event(step) for step in range(1, 38)])
    expect(newest).to_contain_text("step=37 ")
    links = page.locator("a[href]").evaluate_all("links => links.map(link => link.href)")
    context.close()
    assert seen.errors == []
    assert [url for url in seen.foreign if "favicon.ico" not in url] == []
    assert [link for link in links if not link.startswith(f"{jupyter.url}/")] == []
