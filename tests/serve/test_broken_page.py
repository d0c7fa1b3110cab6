"""A page that cannot be built says so, and the others are what they were."""

from __future__ import annotations

import json
from pathlib import Path

from conftest import Start
from contract.tree import rich_tree
from peak_trade.contract.registry.pages import PAGES
from serve.page_client import PageClient
from serve.programs import serve_with

SAYS = "This page cannot be shown"
HOW = "__init__", "areas"


async def test_a_page_that_cannot_be_built_says_so(tmp_path: Path, server: Start) -> None:
    tree = rich_tree(tmp_path)
    pages = {page.name: page for page in PAGES}
    broken = pages["alerts"], pages["about"]
    names = ",".join(f"{page.view}.{how}" for page, how in zip(broken, HOW, strict=True))
    served = serve_with(server, tree.root, "broken_page", names)
    for page in (*broken, pages["quality"], *broken):
        answer = served.ask(page.path)
        assert answer.status == 200
        assert b"</header>" in answer.body
        client = await PageClient.enter(served, page.path, answer)
        assert (SAYS in json.dumps(client.document)) is (page in broken)
        await client.leave()
    log = served.log.read_text()
    assert "RuntimeError: an error of the program" in log
    assert all(f"Page {page.path}\n" in log for page in broken)
