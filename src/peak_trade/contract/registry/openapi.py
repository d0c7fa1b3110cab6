"""The OpenAPI 3.1 document, made from the rows of the route table and the page table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from pydantic import TypeAdapter

from peak_trade.contract.base.route import JSON, Params, Route
from peak_trade.contract.registry.pages import PAGES, PageRoute

VERSION: Final = "3.1.0"
TITLE: Final = "Peak_Trade Dashboard"
REF: Final = "#/components/schemas/{model}"
HTML: Final = "text/html"
ID_EXAMPLES: Final = {page.id_name: page.example for page in PAGES if page.id_name}

Object = dict[str, Any]

_ERRORS: Final[dict[int, str]] = {
    404: "There is no such thing among the artifacts",
    422: "A parameter cannot be used",
    501: "What makes it is not installed; the body says how to get it",
    503: "Not now: overloaded, or blocked; see the body",
}


def document(routes: Sequence[Route], pages: Iterable[PageRoute], version: str) -> Object:
    """Return the document of all routes and pages."""
    adapters = {route: _adapter(route.response) for route in routes}
    schemas, definitions = TypeAdapter.json_schemas(
        [(route, "serialization", adapter) for route, adapter in adapters.items()],
        ref_template=REF,
    )
    paths: Object = {}
    for route in routes:
        schema = schemas[(route, "serialization")]
        paths[route.path] = {"get": _operation(route, schema)}
    for page in pages:
        paths.setdefault(page.path, {"get": _page(page)})
    return {
        "openapi": VERSION,
        "info": {
            "title": TITLE,
            "version": version,
            "description": "Watch-only: every route answers GET and HEAD, nothing else.",
        },
        "paths": paths,
        "components": {
            "schemas": {**definitions.get("$defs", {}), **_ERROR_SCHEMAS},
        },
    }


def _adapter(_response: Any) -> TypeAdapter[Any]:
    # Pydantic resolves names of annotations in the caller's variables too: there must be none
    # that is called like a module of payloads.
    return TypeAdapter(_response)


def _operation(route: Route, schema: Object) -> Object:
    content = {name: {"schema": {"type": "string"}} for name in route.media_types[1:]}
    responses: Object = {
        "200": {
            "description": route.summary,
            "content": {route.media_types[0]: {"schema": schema}, **content},
        }
    }
    if route.revision is not None:
        responses["304"] = {"description": "Not modified since the given ETag"}
    if _parameters(route.params):
        responses["422"] = _error(422)
    for status in (*route.errors, 503):
        responses[str(status)] = _error(status)
    if route.is_verdict:
        either = [schema, {"$ref": REF.format(model="Error")}]
        responses["503"]["content"] = {JSON: {"schema": {"anyOf": either}}}
    return {
        "operationId": _operation_id(route.path),
        "summary": route.summary,
        "tags": list(route.tags),
        "parameters": [*_ids(route.path), *_parameters(route.params)],
        "responses": responses,
    }


def _page(page: PageRoute) -> Object:
    responses: Object = {
        "200": {"description": page.summary, "content": {HTML: {}}},
    }
    if page.family:
        responses["404"] = _error(404)
    if _parameters(page.params):
        responses["422"] = _error(422)
    return {
        "operationId": _operation_id(page.path) + "_page",
        "summary": page.summary,
        "tags": ["pages"],
        "parameters": [*_ids(page.path), *_parameters(page.params)],
        "responses": responses,
    }


def _operation_id(path: str) -> str:
    return re.sub(r"\W+", "_", path).strip("_") or "root"


def _ids(path: str) -> list[Object]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": "Percent-encoded as one component",
            "schema": {"type": "string", "examples": [ID_EXAMPLES[name]]},
        }
        for name in re.findall(r"\{(\w+)\}", path)
    ]


def _parameters(params: type[Params]) -> list[Object]:
    schema = params.model_json_schema(by_alias=True)
    found: list[Object] = []
    for name, field in schema.get("properties", {}).items():
        description = field.pop("description", "")
        field.pop("title", None)
        field.setdefault("examples", [field.get("default")])
        found.append(
            {
                "name": name,
                "in": "query",
                "required": name in schema.get("required", ()),
                "description": description,
                "schema": field,
            }
        )
    return found


def _error(status: int) -> Object:
    name = "ValidationErrors" if status == 422 else "Error"
    content = {JSON: {"schema": {"$ref": REF.format(model=name)}}}
    return {"description": _ERRORS[status], "content": content}


_ERROR_SCHEMAS: Final[Object] = {
    "Error": {
        "type": "object",
        "description": "Why there is no answer",
        "required": ["detail"],
        "properties": {
            "detail": {
                "type": "string",
                "description": "What is wrong",
                "examples": ["Run not found: r1"],
            }
        },
    },
    "ValidationErrors": {
        "type": "object",
        "description": "Which parameters cannot be used",
        "required": ["detail"],
        "properties": {
            "detail": {
                "type": "array",
                "description": "One item for each parameter",
                "items": {"$ref": REF.format(model="ValidationErrorItem")},
            }
        },
    },
    "ValidationErrorItem": {
        "type": "object",
        "description": "One parameter that cannot be used",
        "required": ["type", "loc", "msg", "input"],
        "properties": {
            "type": {
                "type": "string",
                "description": "Kind of the error",
                "examples": ["less_than_equal"],
            },
            "loc": {
                "type": "array",
                "items": {"type": ["string", "integer"]},
                "description": "`query` and the name of the parameter",
                "examples": [["query", "limit"]],
            },
            "msg": {
                "type": "string",
                "description": "What is wrong",
                "examples": ["Input should be less than or equal to 500"],
            },
            "input": {"description": "The text as received", "examples": ["501"]},
            "ctx": {
                "type": "object",
                "description": "The bound or pattern that is not met",
                "examples": [{"le": 500}],
            },
        },
    },
}
