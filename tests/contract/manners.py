"""What every answer of the product keeps, whatever was asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from peak_trade.contract.base.route import Route
from peak_trade.contract.registry.page_routes import PATH
from peak_trade.contract.registry.pages import NAMED
from serving import Answer, Served

SECURITY = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
}
FORBIDDEN = ("Traceback", "pydantic", "tornado", "site-packages", ".py", "Exception")
"""What the text of an error never holds."""


ID_NAMES = {PATH.format(name=page.name): page.id_name for page in NAMED.values() if page.id_name}
"""Routes that take an id as the parameter `id`, with the name that paths have for it."""

BUILT = frozenset({"/api/v0/fleet_table", "/api/v0/fleet_summary"})
"""What a command makes: 404 says how, until it is made."""


def has_id(route: Route) -> bool:
    """Tell whether a route is about one thing."""
    return "{" in route.path or route.path in ID_NAMES or bool(required(route))


def required(route: Route) -> list[str]:
    """Return the parameters that must be given, each the id of a run."""
    fields = route.params.model_fields.items()
    return [name for name, field in fields if field.is_required()]


def address(route: Route, **ids: str) -> str:
    """Return the address of a route with ids, already encoded, in its path or as a parameter."""
    if route.path in ID_NAMES:
        return f"{route.path}?id={ids[ID_NAMES[route.path]]}"
    path = route.path.format(**ids)
    query = "&".join(f"{name}={ids['run_id']}" for name in required(route))
    return f"{path}?{query}" if query else path


def ask(
    served: Served, path: str, method: str = "GET", headers: Mapping[str, str] | None = None
) -> Answer:
    """Ask a data route, and check what holds for every answer."""
    answer = served.ask(path, method, headers)
    assert answer.status != 500, f"{method} {path}"
    for name, value in SECURITY.items():
        assert answer.headers[name] == value, path
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store", path
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert "server" not in answer.headers
    if answer.status >= 400 and answer.body:
        text = answer.body.decode()
        assert not [word for word in FORBIDDEN if word in text], path
    return answer


def strict_json(body: bytes) -> Any:
    """Parse JSON that holds no NaN and no infinity."""

    def refuse(constant: str) -> NoReturn:
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(body.decode("utf-8"), parse_constant=refuse)
