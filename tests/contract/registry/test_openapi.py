"""The OpenAPI document: valid, complete, and true under generated requests."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import given, settings
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from conftest import Start
from contract.tree import NOW, event, rich_tree
from peak_trade.contract.registry.pages import PAGES
from peak_trade.contract.registry.routes import EVENT_STREAM
from peak_trade.serve.runtime import Runtime
from peak_trade.settings import Settings

CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
]
EXAMPLES = 6
MANY = 400
"""Generated requests of each operation: with many, more than 5,000 in all.

They are the same in each run.
"""


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    runtime = Runtime(Settings())
    [row] = [row for row in runtime.routes if row.path == "/openapi.json"]

    async def build() -> dict[str, Any]:
        no_ids: dict[str, str] = {}
        raw = await row.build(runtime.context(), row.params(), **no_ids)
        parsed: dict[str, Any] = json.loads(raw.body)
        return parsed

    return asyncio.run(build())


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(document).validate()


def test_every_route_and_page_is_listed(document: dict[str, Any]) -> None:
    unlisted = {"/metrics", "/openapi.json", "/docs", "/redoc"}
    routes = {row.path for row in Runtime(Settings()).routes} - unlisted
    assert set(document["paths"]) == routes | {page.path for page in PAGES}
    for item in document["paths"].values():
        assert set(item) == {"get"}


def properties(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield name and schema of every property of every payload."""
    for name, schema in document["components"]["schemas"].items():
        for key, found in schema.get("properties", {}).items():
            yield f"{name}.{key}", found


def test_every_property_has_a_description_and_an_example(document: dict[str, Any]) -> None:
    found = dict(properties(document))
    assert len(found) > 250
    assert [name for name, schema in found.items() if not schema.get("description")] == []
    leaves = {name: s for name, s in found.items() if "$ref" not in json.dumps(s)}
    assert [name for name, schema in leaves.items() if "examples" not in schema] == []


def old_names(document: dict[str, Any]) -> dict[str, str]:
    """Return the deprecated keys of every payload, `Payload.key`, to the keys that replace them."""
    found = {name: schema for name, schema in properties(document) if schema.get("deprecated")}
    return {name: schema["description"].rpartition(" ")[2] for name, schema in found.items()}


def test_old_names_are_deprecated_for_one_that_is_alike(document: dict[str, Any]) -> None:
    found = dict(properties(document))
    assert {name.split(".")[1] for name in old_names(document)} == {"losses"}
    for name, new in old_names(document).items():
        payload = name.split(".")[0]
        kind = [
            {key: found[n].get(key) for key in ("type", "$ref")} for n in (name, f"{payload}.{new}")
        ]
        assert kind[0] == kind[1], name


def pairs(payload: Any, old: str, new: str) -> Iterator[tuple[Any, Any]]:
    """Yield the values of both keys in every object of a payload that has one of them."""
    if isinstance(payload, dict) and {old, new} & payload.keys():
        yield payload.get(old), payload.get(new)
    if isinstance(payload, dict | list):
        inner = payload.values() if isinstance(payload, dict) else payload
        yield from (pair for item in inner for pair in pairs(item, old, new))


def test_old_names_have_the_value_of_the_new_ones(
    tmp_path: Path, server: Start, document: dict[str, Any]
) -> None:
    rich_tree(tmp_path).run("torn", [event(1, equity="odd"), event(3)])
    served = server(tmp_path, env={"PEAK_TRADE_NOW": NOW})
    paths = ("/api/v0/quality", "/api/v0/quality_table?table=runs", "/health/detailed")
    answers = [served.ask(path).json for path in paths]
    for name, new in old_names(document).items():
        for answer in answers:
            found = list(pairs(answer, name.split(".")[1], new))
            assert found
            assert [old for old, _ in found] == [value for _, value in found]
            assert any(value for _, value in found)


def test_metrics_have_units(document: dict[str, Any]) -> None:
    units = {name.split(".")[1]: s.get("x-unit") for name, s in properties(document)}
    for name in ("equity", "realized_pnl", "drawdown", "position_size", "duration_seconds", "p95"):
        assert units[name], name


def test_every_parameter_has_a_description_and_an_example(document: dict[str, Any]) -> None:
    operations = [item["get"] for item in document["paths"].values()]
    parameters = [
        (operation["operationId"], parameter)
        for operation in operations
        for parameter in operation["parameters"]
        if operation["tags"] != ["pages"]
    ]
    assert len(parameters) > 40
    for name, parameter in parameters:
        assert parameter["description"], (name, parameter["name"])
        examples = parameter["schema"]["examples"]
        assert not {None, ""} & set(map(str, examples)), (name, parameter["name"])


@pytest.mark.parametrize(
    "examples", [EXAMPLES, pytest.param(MANY, marks=[pytest.mark.ops, pytest.mark.long])]
)
def test_generated_requests_are_answered_as_described(
    tmp_path: Path, server: Start, document: dict[str, Any], examples: int
) -> None:
    rich_tree(tmp_path)
    served = server(tmp_path, env={"PEAK_TRADE_NOW": NOW})
    asked = [
        path
        for path, item in document["paths"].items()
        if item["get"]["tags"] != ["pages"]
        and EVENT_STREAM not in item["get"]["responses"]["200"]["content"]
    ]
    assert len(asked) > 25
    schema = schemathesis.openapi.from_dict(document).include(path=asked)
    answered: list[int] = []
    with requests.Session() as session:
        for found in schema.get_all_operations():
            assert isinstance(found, Ok)
            operation = found.ok()

            @settings(max_examples=examples, derandomize=True, database=None)
            @given(case=operation.as_strategy())
            def ask(case: schemathesis.Case[Any]) -> None:
                answer = case.call_and_validate(served.url, session, checks=CHECKS)
                answered.append(answer.status_code)

            ask()
    assert len(answered) > (5000 if examples == MANY else len(asked))
    assert set(answered) <= {200, 404, 422}
    assert 200 in answered
