"""No value of any file ends an answer or a page, and none takes other records with it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from contract.manners import ID_NAMES, address, required
from contract.odd import odd_tree, write
from contract.tree import NOW, Tree
from peak_trade import jsonio
from peak_trade.contract.base.route import EventStream, Raw
from peak_trade.contract.registry.pages import NAMED
from peak_trade.errors import NotFoundError
from peak_trade.library import open_library
from peak_trade.models.base import BROKEN
from peak_trade.serve.pages import build_page
from peak_trade.serve.runtime import Runtime
from peak_trade.settings import load
from peak_trade.views.kit.page import Page

IDS = {"run_id": ("good", "text", "parquet"), "session_id": ("good", "s")}


async def answers(runtime: Runtime) -> dict[str, Any]:
    """Return the encoded answer of every route, for every id."""
    found: dict[str, Any] = {}
    for route in (route for route in runtime.routes if route.media_types[0] != "text/html"):
        if route.path == "/openapi.json":
            continue
        name = ID_NAMES.get(route.path) or next((name for name in IDS if name in route.path), "")
        wanted = [] if route.path in ID_NAMES else required(route)
        name = "run_id" if wanted else name
        for value in IDS.get(name, ("",)):
            ids = {name: value} if name in route.path and name else {}
            params = route.params.model_validate(dict.fromkeys((*wanted, "id"), value))
            try:
                payload = await route.build(runtime.context(), params, **ids)
            except NotFoundError:
                continue
            if not isinstance(payload, Raw | EventStream):
                found[address(route, **{name: value})] = jsonio.loads(jsonio.dumps(payload))
    return found


def pages(runtime: Runtime) -> list[Page]:
    """Return every page, for every id."""
    return [
        build_page(page.stem, runtime, {page.id_name: value} if page.id_name else {})
        for page in NAMED.values()
        for value in IDS.get(page.id_name, ("",))
    ]


class Site:
    """One store over a directory whose files change, with a view of every page."""

    def __init__(self, root: Path) -> None:
        self.tree = Tree(root)
        chosen = {"dashboard.root": str(root), "web_ui.trading_metrics_limit": 10}
        self.runtime = Runtime(load(None, chosen).settings)
        self.pages = pages(self.runtime)

    async def check(self) -> None:
        """Build every answer and every page; what is good is listed."""
        found = await answers(self.runtime)
        assert "good" in {run["run_id"] for run in found["/runs"]}
        assert "good" in {session["session_id"] for session in found["/api/live_sessions"]}
        assert found["/api/live/alerts"]["total"] >= 1
        assert len(found["/runs/good/tail"]) == 2
        for page in self.pages:
            page.read({})
            await page._model.refresh()
            page.render()
            assert page._model.problem != BROKEN
        self.check_frames()

    def check_frames(self) -> None:
        """Ask for what a notebook would."""
        library = open_library(self.tree.root)
        assert "good" in set(library.runs()["run_id"])
        assert "good" in set(library.sessions()["session_id"])
        assert "good" in set(library.query("")["session_id"])
        assert len(library.alerts()) >= 1
        assert len(library.telemetry("good")) >= 1
        for run_id in library.runs()["run_id"]:
            run = library.run(run_id)
            assert len(run.events) == len(run.equity)
            assert len(run.alerts) >= 1


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as found:
        yield found


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, runner: asyncio.Runner) -> Iterator[Site]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PEAK_TRADE_NOW", NOW)
        found = Site(tmp_path_factory.mktemp("odd"))
        yield found
        runner.run(found.runtime.stop())


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(files=odd_tree())
def test_every_answer_and_page_is_built(
    site: Site, runner: asyncio.Runner, files: dict[str, bytes]
) -> None:
    write(site.tree, files)
    runner.run(site.check())
