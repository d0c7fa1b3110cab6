"""A tree, and the whole route table over it on this loop, at the clock of the tree."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contract.tree import NOW, Tree
from peak_trade.serve.runtime import Runtime
from web.gated import Site, close_site, make_settings, serve


@pytest.fixture(autouse=True)
def clock_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEAK_TRADE_NOW", NOW)


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


@pytest.fixture
async def site(tree: Tree) -> AsyncIterator[Site]:
    site = serve(Runtime(make_settings(tree.root)), tree.root)
    yield site
    await close_site(site)
