"""A tree, and the whole route table over it on this loop, at the clock of the tree."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from contract.manners import strict_json
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


@dataclass(frozen=True)
class Api:
    """Asks the routes, and parses what comes."""

    site: Site

    async def __call__(self, path: str) -> Any:
        """Return the JSON of a route that answers with 200."""
        answer = await self.site.ask(path)
        assert answer.code == 200, answer.body
        return strict_json(answer.body)

    async def refused(self, path: str) -> tuple[int, Any]:
        """Return status and detail of an error."""
        answer = await self.site.ask(path)
        return answer.code, strict_json(answer.body)["detail"]


@pytest.fixture
def api(site: Site) -> Api:
    return Api(site)
