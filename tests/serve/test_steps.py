"""A page is built in steps, and what others ask for is answered between them."""

from __future__ import annotations

import asyncio
from itertools import groupby
from pathlib import Path

import pytest

from conftest import Start
from contract.tree import rich_tree
from serve.programs import serve_with
from serving import Served

OTHERS = 600
"""Requests that wait in one connection: more than are answered while a page is built."""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("report") / "report"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, report: Path, server: Start) -> Served:
    return serve_with(server, rich_tree(tmp_path_factory.mktemp("tree")).root, "ordered", report)


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
