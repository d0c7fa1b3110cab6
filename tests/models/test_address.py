"""The address of each page holds its view: what a query says is what the model writes again."""

from __future__ import annotations

from datetime import UTC, datetime
from pkgutil import resolve_name
from typing import Any

import pytest

from models.conftest import Create
from peak_trade.contract.registry.pages import NAMED
from peak_trade.models.base import ViewModel
from peak_trade.models.run import RunModel
from peak_trade.serve.runtime import Runtime
from peak_trade.settings import Settings

WINDOW = {"since": "2026-01-15T17:30:00.000Z", "until": "2026-01-15T18:30:00.250Z"}
MOMENT = {"at": "2026-01-15T18:00:00.000Z"}
VIEWS: dict[str, list[dict[str, Any]]] = {
    "console": [{"q": "mode:shadow pnl<0", "sort": "-pnl", "hide": "risk", "rows": "200"}],
    "dashboard": [
        {"run": "a/b <i>", "range": "1h", "tab": "orders"},
        {"run": "r", **WINDOW, "level": "warning", "q": "x=1 & y"},
        {"run": "r", **MOMENT},
        {"run": "r", "indicator": ("fast_mean", "a,b & c")},
    ],
    "run": [{"run": "r", "since": WINDOW["since"], "tab": "meta"}],
    "watch": [{"q": "state:active", "sort": "run", "rows": "100"}],
    "compare": [{"runs": "a,b", "by": "bar", "scale": "absolute"}],
    "session": [WINDOW, {"until": WINDOW["until"]}],
    "alerts": [{"severity": ["WARN", "INFO"], "hours": "48", "session_id": "s & t"}],
    "fleet": [{"q": "strategy:ma sharpe>1", "sort": "-sharpe", "offset": "100"}],
    "execution": [{"kind": "fill", "limit": "7", **WINDOW}, MOMENT],
}
"""Name of each page that has a query to views of it; an id that is in the path aside."""

NONE: dict[str, list[dict[str, Any]]] = {
    "dashboard": [{"tab": "nonsense"}, {"level": "loud"}, {"q": "x" * 201}],
    "compare": [{"by": "colour"}, {"runs": "x" * 2_001}],
    "alerts": [{"hours": "0"}, {"limit": ["5", "many"]}],
    "execution": [{"limit": "-1"}, {"limit": "1001"}],
}
"""Views that there are none of."""


def model_of(name: str, create: Create) -> ViewModel:
    kind: type[ViewModel] = resolve_name(NAMED[name].model)
    return create(kind)


def test_every_page_with_a_query_is_here() -> None:
    named = {name: resolve_name(page.model).address.names for name, page in NAMED.items()}
    assert {name for name, names in named.items() if names} == set(VIEWS)


@pytest.mark.parametrize("name", NAMED)
def test_a_page_and_the_route_of_its_payload_take_the_same_query(name: str) -> None:
    (route,) = (r for r in Runtime(Settings()).routes if r.path == f"/api/v0/pages/{name}")
    names = resolve_name(NAMED[name].model).address.names
    assert {*names} - {"at", "run"} <= set(route.params.model_fields)
    assert len(names) == len(set(names))


@pytest.mark.parametrize(("name", "view"), [(n, view) for n in VIEWS for view in VIEWS[n]])
async def test_a_view_survives_the_way_to_the_model_and_back(
    name: str, view: dict[str, Any], create: Create
) -> None:
    model = model_of(name, create)
    before = model.view
    model.go_to({**view, "unknown": "x"})
    assert model.view == view
    repeated = {
        key: value if isinstance(value, list) else ["0", value] for key, value in view.items()
    }
    model_of(name, create).go_to(repeated)  # the last one counts
    model.go_to({"run": ""} if "run" in view else {})
    assert model.view == before


@pytest.mark.parametrize(("name", "view"), [(n, view) for n in NONE for view in NONE[n]])
async def test_what_is_no_view_changes_nothing(
    name: str, view: dict[str, Any], create: Create
) -> None:
    model = model_of(name, create)
    model.go_to(VIEWS[name][0])
    with pytest.raises(ValueError, match="1 validation error"):
        model.go_to({**VIEWS[name][-1], **view})
    assert model.view == VIEWS[name][0]


@pytest.mark.parametrize("time", ["", "yesterday", "2026-99-01", "0001-01-01T00:00:00Z"])
async def test_a_time_that_is_none_is_as_if_it_were_not_there(time: str, create: Create) -> None:
    model = create(RunModel)
    model.go_to({"at": time, "since": time if "T" not in time else ""})
    assert (model.window, model.view) == (None, {})


async def test_what_is_known_exactly_stays_exact(create: Create) -> None:
    model = create(RunModel)
    model.window = (datetime(2026, 1, 15, 18, 0, 0, 123_000, UTC), None)
    shown = model.window
    model.go_to({**model.view, "tab": "orders"})
    assert model.window == shown


def test_a_choice_is_a_step_back_goes_to_and_a_zoom_is_none() -> None:
    assert RunModel.address.is_step(["run_id"])
    assert RunModel.address.is_step(["tab", "window"])
    assert not RunModel.address.is_step(["window"])
