"""The document that a browser reads has the content of its page, if that is known soon."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from conftest import Start
from contract.tree import rich_tree
from peak_trade.contract.registry.pages import PAGES
from serve.page_client import READY, PageClient, token_of
from serve.programs import serve_with
from serving import PATIENCE, Served

HELD = "/live/alerts"


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file without which the page of alerts gets no payload."""
    return tmp_path_factory.mktemp("gate") / "open"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, gate: Path, server: Start) -> Served:
    return serve_with(server, rich_tree(tmp_path_factory.mktemp("tree")).root, "held_page", gate)


async def read(served: Served, path: str) -> tuple[PageClient, Any]:
    """Open a page, and return it with its document as a browser reads it first."""
    client = await PageClient.join(served, path.rstrip("/"), token_of(served.ask(path).body))
    return client, await client.pull()


def let_go(gate: Path) -> None:
    gate.touch()


def is_filled(document: Any) -> bool:
    return '"filled":true' in json.dumps(document, separators=(",", ":"))


async def test_a_page_does_not_wait_for_what_takes_long(served: Served, gate: Path) -> None:
    client, document = await read(served, HELD)
    assert not is_filled(document)
    await client.patch(READY)
    let_go(gate)
    await client.hears('"attr": "filled"')
    await client.leave()


@pytest.mark.parametrize("path", [page.path for page in PAGES if not page.id_name])
async def test_what_is_known_soon_is_in_the_document(served: Served, gate: Path, path: str) -> None:
    let_go(gate)
    until = time.monotonic() + PATIENCE
    filled = False
    while not filled and time.monotonic() < until:  # a busy machine may not know it soon
        client, document = await read(served, path)
        filled = is_filled(document)
        await client.leave()
    assert filled
