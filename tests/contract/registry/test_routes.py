"""One walk over the whole route table, asked of a running server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for

from conftest import CORPUS_NOW, SHARED, Start
from contract.manners import address, ask, has_id, strict_json
from contract.tree import HOSTILE, NOW, rich_tree
from peak_trade.contract.base.route import JSON, Route
from peak_trade.contract.registry.page_routes import PATH
from peak_trade.contract.registry.routes import EVENT_STREAM
from peak_trade.fleets.build import build
from peak_trade.serve.runtime import Runtime
from peak_trade.settings import Settings, load
from serving import Answer, Served, wait_until

ROUTES = Runtime(Settings()).routes
MIN_ROUTES = 25
PROCESS_METRICS = {"/metrics", "/health/prometheus"}
EMPTY_WITHOUT_LOG = {"/api/live/execution/{session_id}", PATH.format(name="execution")}
"""Routes that answer 200 for an unknown id: the contract wants an empty summary."""

SCHEMAS = {
    "/health": "webui_health",
    "/api/health": "webui_api_health",
    "/health/detailed": "webui_health_detailed",
    "/api/v0/health": "health",
    "/api/v0/health_v02": "health_v02",
    "/runs": "runs",
    "/api/v0/runs": "runs",
    "/runs/{run_id}/snapshot": "run_snapshot",
    "/runs/{run_id}/tail": "run_tail",
    "/runs/{run_id}/alerts": "run_alerts",
    "/api/v0/runs_v02": "runs_v02",
    "/api/v0/runs/{run_id}": "run_detail",
    "/api/v0/runs/{run_id}/metrics": "run_metrics",
    "/api/v0/runs/{run_id}/equity": "run_equity",
    "/api/v0/runs/{run_id}/trades": "run_trades",
    "/api/v0/runs/{run_id}/signals": "run_signals",
    "/api/v0/runs/{run_id}/positions": "run_positions",
    "/api/v0/runs/{run_id}/orders": "run_orders",
    "/api/v0/runs/{run_id}/events": "run_events",
    "/api/v0/runs/{run_id}/detail_v02": "run_detail_v02",
    "/api/live_sessions": "live_sessions",
    "/api/live_sessions/stats": "live_sessions_stats",
    "/api/live_sessions/{session_id}": "live_session_detail",
    "/api/live/alerts": "live_alerts",
    "/api/live/alerts/stats": "live_alerts_stats",
    "/api/live/execution/{session_id}": "execution_timeline",
    "/api/live/status/snapshot.json": "live_status_snapshot",
    "/api/telemetry": "telemetry_events",
    "/api/telemetry/health": "telemetry_health",
    "/api/telemetry/health/trends": "telemetry_health_trends",
    "/api/telemetry/alerts/latest": "telemetry_alerts_latest",
}
"""Path template to the name of its schema in the contract folder."""


@dataclass(frozen=True)
class Tree:
    """A running server with an id of each kind that all its routes know."""

    served: Served
    run_id: str
    session_id: str
    log_id: str

    def path(self, route: Route, unknown: str | None = None) -> str:
        """Return a path of `route`, with known ids, or with `unknown`, already encoded."""
        session = self.log_id if "execution" in route.path else self.session_id
        run, session = (unknown or quote(name, safe="") for name in (self.run_id, session))
        return address(route, run_id=run, session_id=session)


def plus(path: str, parameter: str) -> str:
    """Return a path with one more parameter."""
    return f"{path}{'&' if '?' in path else '?'}{parameter}"


def fleet(root: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Build the fleet of a tree; return the setting that says where it is."""
    out = tmp_path_factory.mktemp("fleet") / "fleet"
    build(load(None, {"dashboard.root": str(root)}).settings, out)
    return {"PEAK_TRADE_FLEET__PATH": str(out)}


@pytest.fixture(
    scope="module",
    params=["hostile", pytest.param("corpus", marks=pytest.mark.shared)],
)
def tree(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, server: Start
) -> Tree:
    if request.param == "corpus":
        root = request.getfixturevalue("corpus")
        served = server(root, env={"PEAK_TRADE_NOW": CORPUS_NOW, **fleet(root, tmp_path_factory)})
        listed = (run["run_id"] for run in served.ask("/runs").json)
        traded = "/api/v0/runs/{}/trades"
        run = next(run for run in listed if served.ask(traded.format(quote(run))).status == 200)
        session = served.ask("/api/live_sessions").json[0]["session_id"]
        return Tree(served, run, session, "exec_all_kinds")
    root = tmp_path_factory.mktemp("tree")
    rich_tree(root)
    served = server(root, env={"PEAK_TRADE_NOW": NOW, **fleet(root, tmp_path_factory)})
    return Tree(served, HOSTILE, HOSTILE, "with space")


def every_route() -> Iterator[Route]:
    assert len(ROUTES) > MIN_ROUTES
    yield from ROUTES


def fields(route: Route) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the name and each alternative schema of every parameter."""
    for name, schema in route.params.model_json_schema(by_alias=True)["properties"].items():
        for alternative in schema.get("anyOf", [schema]):
            yield name, {**schema, **alternative}


def bad_values(schema: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield texts that a parameter refuses, with the type of the error."""
    if schema.get("type") == "integer":
        for text in ("x", "", "5.5", "1e1"):
            yield text, "int_parsing"
    if schema.get("type") == "boolean":
        yield from (("maybe", "bool_parsing"), ("", "bool_parsing"))
    if "minimum" in schema:
        yield str(schema["minimum"] - 1), "greater_than_equal"
    if "maximum" in schema:
        yield str(schema["maximum"] + 1), "less_than_equal"
        yield "9" * 30, "less_than_equal"
    if "pattern" in schema:
        yield "xml", "string_pattern_mismatch"


def test_bad_parameters_are_422_before_anything_is_looked_up(tree: Tree) -> None:
    refused = 0
    for route in every_route():
        for name, schema in fields(route) if route.params.model_fields else ():
            for (text, kind), unknown in product(bad_values(schema), (None, "nobody")):
                answer = ask(tree.served, plus(tree.path(route, unknown), f"{name}={text}"))
                assert answer.status == 422, f"{route.path} {name}={text}"
                [issue] = strict_json(answer.body)["detail"]
                assert (issue["type"], issue["input"]) == (kind, text)
                assert issue["loc"] == ["query", name]
                refused += 1
    assert refused > 100


def test_unknown_ids_are_404(tree: Tree) -> None:
    found = 0
    for route in filter(has_id, every_route()):
        for unknown in ("nobody", "%3Cb%3E", "..", "%2E%2E", ".", "x" * 300, "%00", "%ff"):
            answer = ask(tree.served, tree.path(route, unknown))
            if route.path in EMPTY_WITHOUT_LOG:
                assert strict_json(answer.body)["summary"]["found"] is False
            else:
                assert answer.status == 404, tree.path(route, unknown)
                assert isinstance(strict_json(answer.body)["detail"], str)
                found += 1
        two = ask(tree.served, tree.path(route, "a%2Fb"))
        assert (two.status == 404) or route.path in EMPTY_WITHOUT_LOG
    assert found > 80


def test_other_methods_are_405(tree: Tree) -> None:
    for route in every_route():
        path = tree.path(route)
        for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
            answer = ask(tree.served, path, method)
            assert answer.status == 405
            assert "GET" in answer.headers["allow"]
            if path.startswith("/api/") and method != "OPTIONS":
                assert answer.body == b"method_not_allowed: read-only api"
                assert answer.headers["content-type"] == "text/plain; charset=utf-8"
            else:
                assert strict_json(answer.body) == {"detail": "Method Not Allowed"}


def test_head_is_get_without_body(tree: Tree) -> None:
    volatile = {"date", "content-security-policy", "x-request-id"}
    for route in every_route():
        head = ask(tree.served, tree.path(route), "HEAD")
        assert head.body == b""
        if route.media_types == (EVENT_STREAM,):
            assert head.headers["content-type"] == "text/event-stream; charset=utf-8"
            continue
        left = volatile | ({"content-length"} if route.path in PROCESS_METRICS else set())

        def is_same(route: Route = route, left: set[str] = left) -> bool:
            answers = [ask(tree.served, tree.path(route), method) for method in ("HEAD", "GET")]
            assert answers[1].headers["content-length"] == str(len(answers[1].body))
            kept = [{k: v for k, v in a.headers.items() if k not in left} for a in answers]
            return (answers[0].status, kept[0]) == (answers[1].status, kept[1])

        wait_until(is_same, route.path)  # what is read between the two may change what is said


def test_entity_tags(tree: Tree) -> None:
    tagged = 0
    for route in every_route():
        if route.media_types == (EVENT_STREAM,):
            continue
        path = tree.path(route)
        tag = ask(tree.served, path).headers.get("etag")
        assert (tag is not None) == (route.revision is not None), path
        if tag is None:
            again = ask(tree.served, path, headers={"If-None-Match": '"x"'})
            assert again.status in {200, 503}
            continue
        for method in ("GET", "HEAD"):
            again = ask(tree.served, path, method, {"If-None-Match": f'"x", W/{tag}'})
            assert (again.status, again.body) == (304, b"")
            assert again.headers["etag"] == tag
        unknown = tree.path(route, "nobody")
        if unknown != path:
            answer = ask(tree.served, unknown, headers={"If-None-Match": tag})
            assert answer.status in {200, 404}
        tagged += 1
    assert tagged > 10


def described(document: dict[str, Any], route: Route, answer: Answer) -> dict[str, Any]:
    """Return the schema that the OpenAPI document gives for an answer, by its content type."""
    kind = answer.headers["content-type"].split(";")[0]
    responses = document["paths"][route.path]["get"]["responses"]
    schema: dict[str, Any] = responses[str(answer.status)]["content"][kind]["schema"]
    return schema


def test_answers_are_strict_json_and_as_described(tree: Tree) -> None:
    document = strict_json(ask(tree.served, "/openapi.json").body)
    validated = 0
    for route in (route for route in every_route() if route.path in document["paths"]):
        if route.media_types == (EVENT_STREAM,):
            continue
        for path in (
            tree.path(route),
            tree.path(route, "nobody"),
            plus(tree.path(route), "limit=x"),
        ):
            answer = ask(tree.served, path)
            schema = described(document, route, answer)
            if answer.headers["content-type"].startswith(JSON):
                whole = {**schema, "components": document["components"]}
                Draft202012Validator(whole).validate(strict_json(answer.body))
                validated += 1
    assert validated > MIN_ROUTES


@pytest.mark.shared
def test_answers_are_as_the_contract_describes(tree: Tree) -> None:
    folder = SHARED / "contract" / "schemas"
    rows = {route.path: route for route in every_route()}
    assert set(SCHEMAS) <= set(rows)
    for path, name in SCHEMAS.items():
        schema = json.loads((folder / f"{name}.json").read_text())
        answer = ask(tree.served, tree.path(rows[path]))
        assert answer.status in {200, 503}
        validator_for(schema)(schema).validate(strict_json(answer.body))


@pytest.mark.shared
def test_errors_are_as_the_contract_describes(tree: Tree) -> None:
    for name, path in (
        ("error_detail", "/runs/nobody/snapshot"),
        ("validation_error_422", "/runs/nobody/tail?limit=x"),
    ):
        schema = json.loads((SHARED / "contract" / "schemas" / f"{name}.json").read_text())
        validator_for(schema)(schema).validate(strict_json(ask(tree.served, path).body))


def test_reading_creates_and_changes_nothing(tmp_path: Path, server: Start) -> None:
    root = rich_tree(tmp_path / "tree").root
    empty = tmp_path / "empty"
    empty.mkdir()

    def content(directory: Path) -> dict[Path, tuple[float, bytes]]:
        return {
            path: (path.stat().st_mtime, path.read_bytes() if path.is_file() else b"")
            for path in directory.rglob("*")
        }

    for directory in (root, empty):
        before = content(directory)
        known = Tree(server(directory, env={"PEAK_TRADE_NOW": NOW}), "known", "known", "known")
        for route in every_route():
            if route.media_types != (EVENT_STREAM,):
                ask(known.served, known.path(route))
        assert content(directory) == before
