"""A page is built in steps, and what others ask for is answered between them."""

from __future__ import annotations

import asyncio
import sys
from itertools import groupby
from pathlib import Path

import pytest

from conftest import Start
from contract.tree import NOW, rich_tree
from serving import REPO, Served

OTHERS = 600
"""Requests that wait in one connection: more than are answered while a page is built."""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("report") / "report"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, report: Path, server: Start) -> Served:
    tree = rich_tree(tmp_path_factory.mktemp("tree"))
    script = str(Path(__file__).with_name("ordered.py"))
    command = [sys.executable, script, str(report), "serve", "--port", "{port}"]
    return server(tree.root, command, env={"PEAK_TRADE_NOW": NOW, "PYTHONPATH": str(REPO / "src")})


def noted_in(report: Path) -> list[str]:
    return report.read_text().split()


async def ask(served: Served, path: str, count: int = 1) -> None:
    """Ask so many times at once, and read all answers."""
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\n"
    writer.write(f"{head}\r\n".encode() * (count - 1) + f"{head}Connection: close\r\n\r\n".encode())
    answers = await reader.read()
    while more := await reader.read(2**20):
        answers += more
    assert answers.count(b"HTTP/1.1 200") == count
    writer.close()


@pytest.mark.parametrize("path", ["/watch/runs/known", "/live/alerts"])
async def test_others_are_answered_between_the_roots_of_a_page(
    served: Served, report: Path, path: str
) -> None:
    await ask(served, path)  # imports what the page is made of
    before = len(noted_in(report))
    await asyncio.gather(ask(served, "/livez", OTHERS), ask(served, path))
    noted = noted_in(report)[before:]
    assert noted.index(path) < len(noted) - 1, "nobody else was waiting any more"
    runs = [name for name, _ in groupby(noted)]
    assert runs.count("root") == noted.count("root") > 2, noted
