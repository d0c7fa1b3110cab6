"""The thread of the event loop serves: it waits for no disk, whatever is asked."""

from __future__ import annotations

import sys
from itertools import product
from pathlib import Path

import pytest

from conftest import Start
from contract.tree import rich_tree
from peak_trade.contract.registry.pages import PAGES
from peak_trade.contract.registry.routes import EVENT_STREAM
from peak_trade.serve.runtime import Runtime
from peak_trade.settings import Settings
from serve.page_client import PageClient
from serve.programs import serve_with
from serving import REPO, Served

PROGRAM = (
    *(str(path) for path in (REPO / "src", REPO / "apps", sys.prefix, sys.base_prefix)),
    "/proc/self/",  # no disk: what the kernel tells of the process, for metrics
)
"""Where the files of the program itself are."""

PATHS = [
    *(page.path for page in PAGES),
    *(route.path for route in Runtime(Settings()).routes if EVENT_STREAM not in route.media_types),
]


@pytest.fixture
def report(tmp_path: Path) -> Path:
    return tmp_path / "report"


@pytest.fixture
def served(tmp_path: Path, report: Path, server: Start) -> Served:
    root = tmp_path / "tree"
    root.mkdir()
    rich_tree(root)
    return serve_with(server, root, "audited", report)


def paths_in(report: Path) -> list[str]:
    return [line.partition(" ")[2] for line in report.read_text().splitlines()]


async def test_the_loop_opens_and_lists_no_file(served: Served, report: Path) -> None:
    for method, template, name in product(("HEAD", "GET"), PATHS, ("unknown", "known")):
        path = template.format(run_id=name, session_id=name)
        assert served.ask(path, method).status < 500, path
    for path in ("/static/peak_trade/app.css", "/nope", "/watch/runs/none/ws"):
        served.ask(path)
    for path in ("/watch/runs/known", "/session/known", "/live/alerts"):
        page = await PageClient.open(served, path)
        await page.leave()

    noted = paths_in(report)
    assert any(path.endswith("app.css") for path in noted), "nothing is noted"
    assert [path for path in noted if not path.startswith(PROGRAM)] == []
