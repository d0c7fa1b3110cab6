"""The table of pages: each row is whole, and its page and its route show one payload."""

from __future__ import annotations

import ast
from collections.abc import AsyncIterator
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import pytest

from conftest import Start
from contract.manners import ask, strict_json
from contract.tree import NOW, event, rich_tree
from peak_trade import jsonio
from peak_trade.contract.base.route import Params, Route
from peak_trade.contract.registry.page_routes import PAYLOAD_ROUTES, payload_route
from peak_trade.contract.registry.pages import NAMED, NAVIGATION, PAGES, PageRoute, page_of
from peak_trade.models.base import ViewModel
from peak_trade.serve.pages import apps_directory, build_page
from peak_trade.serve.runtime import Runtime
from peak_trade.settings import load
from peak_trade.views.kit.page import Page
from serving import Served


def test_every_row_names_a_model_a_view_and_an_app_file() -> None:
    for page in PAGES:
        model, view = resolve_name(page.model), resolve_name(page.view)
        assert issubclass(model, ViewModel)
        assert issubclass(view, Page)
        assert page_of(view).view == page.view
        source = ast.parse((apps_directory() / f"{page.stem}.py").read_text())
        call = source.body[-1]
        assert isinstance(call, ast.Expr)
        assert ast.unparse(call) == f"show('{page.stem}')"
    assert {file.stem for file in apps_directory().glob("*.py")} - {"app_hooks"} == {
        page.stem for page in PAGES
    }


def test_every_view_is_that_of_a_row() -> None:
    for page in PAGES:
        resolve_name(page.view)
    views = {f"{view.__module__}:{view.__qualname__}" for view in Page.__subclasses__()}
    assert views >= {page.view for page in PAGES}
    assert {view for view in views if view.startswith("peak_trade.")} == {p.view for p in PAGES}


def test_rows_can_be_told_apart() -> None:
    assert len({page.path for page in PAGES}) == len(PAGES)
    assert len({page.key for page in NAVIGATION}) == len(NAVIGATION)
    places = {page.name for page in NAVIGATION}
    for page in NAMED.values():
        assert bool(page.key) != bool(page.place), page.name
        assert (page.place or page.name) in places
        assert bool(page.example) == bool(page.id_name)
        assert bool(page.unknown) == bool(page.family)
    assert len(PAYLOAD_ROUTES) == len(NAMED)


@pytest.fixture
async def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Runtime]:
    monkeypatch.setenv("PEAK_TRADE_NOW", NOW)
    tree = rich_tree(tmp_path)
    tree.run("drawn", [event(step) for step in range(1, 9)], ended_at=NOW)
    tree.session("known", run_id="drawn", metrics={"realized_pnl": 1.5})
    runtime = Runtime(load(None, {"dashboard.root": str(tmp_path)}).settings)
    yield runtime
    await runtime.stop()


def plain(value: Any) -> Any:
    return jsonio.loads(jsonio.dumps(value))


@pytest.mark.parametrize("page", NAMED.values(), ids=NAMED)
async def test_page_and_route_show_one_payload(page: PageRoute, runtime: Runtime) -> None:
    route = payload_route(page)
    params = route.params.model_validate({"id": "known"})
    await built(route, runtime, params)  # a list has the metrics of what was read before
    answer = plain(await built(route, runtime, params))
    if "selected" in answer:
        answer |= answer.pop("selected")
    view = build_page(page.stem, runtime, {page.id_name: "known"} if page.id_name else {})
    await view.model.refresh()
    shown = view.model.payload
    for name, value in answer.items():
        assert plain(shown[name] if name in shown else getattr(view.model, name)) == value, name
    assert set(shown) <= set(answer)


async def built(route: Route, runtime: Runtime, params: Params) -> Any:
    """Return the payload of a route whose ids are among its parameters."""
    build: Any = route.build
    return await build(runtime.context(), params)


async def test_times_of_arrays_have_an_offset(runtime: Runtime) -> None:
    route = payload_route(NAMED["session"])
    params = route.params.model_validate({"id": "known"})
    curve = plain(await built(route, runtime, params))["run"]["curve"]
    assert curve["times"][0] == curve["begin"] == "2026-01-15T17:31:00+00:00"
    assert curve["equity"][:2] == [1001.0, 1002.0]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, server: Start) -> Served:
    return server(rich_tree(tmp_path_factory.mktemp("tree")).root, env={"PEAK_TRADE_NOW": NOW})


@pytest.mark.parametrize("name", [name for name, page in NAMED.items() if page.family])
def test_an_unknown_thing_is_told_as_on_the_page(name: str, served: Served) -> None:
    page = NAMED[name]
    for address in (page.address("<b>?"), f"/api/v0/pages/{name}?id=%3Cb%3E%3F"):
        answer = ask(served, address)
        assert answer.status == 404
        assert strict_json(answer.body) == {"detail": page.unknown.format(id="<b>?")}


def test_a_page_of_one_thing_wants_to_know_which(served: Served) -> None:
    for page in (page for page in NAMED.values() if page.id_name):
        answer = ask(served, f"/api/v0/pages/{page.name}")
        assert answer.status == 422
        [issue] = strict_json(answer.body)["detail"]
        assert (issue["type"], issue["loc"]) == ("missing", ["query", "id"])
