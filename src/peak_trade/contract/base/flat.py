"""Nested objects as one level: `{"a": {"b": 1}}` becomes `{"a.b": 1}`, items of lists `a.0`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def flatten(value: Any, path: str = "") -> dict[str, Any]:
    """Return the leaves of a value by their path; empty objects and lists are leaves."""
    if isinstance(value, list) and value:
        value = {str(place): item for place, item in enumerate(value)}
    if not isinstance(value, Mapping) or not value:
        return {path: value}
    leaves: dict[str, Any] = {}
    for key, item in value.items():
        leaves |= flatten(item, f"{path}.{key}" if path else str(key))
    return leaves


def leaf_rows(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the leaves of an object as rows of a table, none of an empty one."""
    leaves = flatten(values) if values else {}
    return [{"key": key, "value": value} for key, value in leaves.items()]
