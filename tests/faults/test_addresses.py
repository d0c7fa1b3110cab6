"""Odd values in addresses: each parameter of each route and page, with what it least expects."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from urllib.parse import quote

import pytest

from conftest import Start
from contract.tree import NOW, Tree, rich_tree
from peak_trade.contract.base.route import Params, Route
from peak_trade.contract.registry.pages import PAGES, PageRoute
from peak_trade.contract.registry.routes import EVENT_STREAM
from peak_trade.serve.runtime import Runtime
from peak_trade.settings import Settings
from serve.page_client import PageClient
from serving import Served
from web.gated import Site

FIRST, LAST = "0001-01-01T00:00:00", "9999-12-31T23:59:59.999999"
MOMENTS = (
    *(f"{end}{offset}" for end in (FIRST, LAST) for offset in ("Z", "+14:00", "-14:00", "")),
    *("0001-01-01", "9999-12-31", "1969-12-31T23:59:59Z", "0000-01-01T00:00:00Z"),
    *(
        "10000-01-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-01-15T25:00:00Z",
        "2016-12-31T23:59:60Z",
    ),
    *("-1", "0", "1e308", "253402300800", "-62135596801", "99999999999999999999", "nan", "inf"),
)
TEXTS = (
    "",
    "\0",
    "\ufffe",
    "%",
    "'",
    '"',
    "\\",
    "\r\n",
    "<script>",
    "../..",
    "a" * 4_000,
    "ü",
    "😀",
)
NUMBERS = (str(2**63 - 1), str(2**63), str(-(2**63)), "9" * 400, "1.5", "0x10", "1_000", "٣", "+1")
OF_TIMES = {"since", "until", "at", "from", "to"}
MAY_BE_BUSY = "/health/detailed"

ROUTES = [route for route in Runtime(Settings()).routes if EVENT_STREAM not in route.media_types]


@pytest.fixture
def full(tree: Tree) -> Tree:
    return rich_tree(tree.root)


def queries(params: type[Params]) -> Iterator[str]:
    """Yield queries in which each parameter has each value, the others beside it."""
    names = [field.alias or name for name, field in params.model_fields.items()]
    for name in names:
        values = (*MOMENTS, *TEXTS[:5]) if name in OF_TIMES else (*TEXTS, *NUMBERS)
        yield from (f"{name}={quote(value)}" for value in values)
    ends = {"since": f"{FIRST}Z", "until": f"{LAST}Z", "at": f"{LAST}Z"}
    for swapped in (ends, {"since": ends["until"], "until": ends["since"], "at": ends["since"]}):
        yield "&".join(f"{name}={value}" for name, value in swapped.items() if name in names)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)
async def test_no_value_of_a_parameter_is_an_error_of_the_server(
    full: Tree, site: Site, route: Route
) -> None:
    path = route.path.format(run_id="known", session_id="known")
    for query in queries(route.params):
        answer = await site.ask(f"{path}?{query}")
        assert answer.code < 500 or path == MAY_BE_BUSY, query
        assert answer.code in {200, 404, 422, 503}, query


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, server: Start) -> Served:
    tree = rich_tree(tmp_path_factory.mktemp("addresses"))
    return server(tree.root, env={"PEAK_TRADE_NOW": NOW})


VIEWS = {page.view: page for page in PAGES}
WITH_TIMES = [page for page in VIEWS.values() if OF_TIMES & page.view_params.model_fields.keys()]
"""The pages whose addresses have times; one of those that are drawn by the same view."""
AT_THE_ENDS = tuple(
    f"{end}{offset}" for end in (FIRST, LAST) for offset in ("Z", "+14:00", "-14:00")
)
"""The moments without an offset are the same ones to a page, which gets them read."""


@pytest.mark.parametrize("page", WITH_TIMES, ids=lambda page: page.name)
async def test_a_page_whose_address_has_times_at_the_ends_of_the_calendar_is_drawn(
    served: Served, page: PageRoute
) -> None:
    path = page.path.format(run_id="known", session_id="known")
    for name, moment in product(OF_TIMES & page.view_params.model_fields.keys(), AT_THE_ENDS):
        answer = served.ask(f"{path}?{name}={quote(moment)}")
        if answer.status == 200:
            client = await PageClient.enter(served, path, answer)
            await client.leave()
    log = served.log.read_text()
    assert "Traceback" not in log
    assert " ERROR " not in log
