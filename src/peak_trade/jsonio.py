"""JSON in and out: tolerant when reading artifacts, strict when answering.

`loads` accepts what Python's own writer produces (`NaN`, `Infinity`, lone surrogates, integers of
any size) and guarantees that its result can be given to `dumps`. `dumps` writes strict UTF-8 JSON:
NaN and infinities become null.
"""

from __future__ import annotations

import json
import math
from typing import Any

import orjson

MAX_DEPTH = 100
"""Deepest nesting of objects and arrays that is accepted; deeper text counts as unreadable."""

_INT64 = 2**63


def loads(data: bytes) -> Any:
    """Parse one JSON text.

    Raises
    ------
    ValueError
        If `data` is not JSON, is not UTF-8, or is nested deeper than `MAX_DEPTH`.
    """
    if data.count(b"{") + data.count(b"[") > MAX_DEPTH and _depth(data) > MAX_DEPTH:
        raise ValueError("nested too deeply")
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        text = data.decode("utf-8-sig")
        return _clean(json.loads(text, parse_int=_parse_int))


def _parse_int(text: str) -> int | float:
    if len(text) > 20:  # longer than any 64-bit integer; avoids a quadratic conversion
        return float(text)
    value = int(text)
    return value if -_INT64 <= value < _INT64 else float(value)


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {_clean(key): _clean(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_clean(item) for item in value]
    return value


def _depth(data: bytes) -> int:
    depth = deepest = 0
    in_string = escaped = False
    for byte in data:
        if in_string:
            in_string = escaped or byte != 0x22
            escaped = byte == 0x5C and not escaped
        elif byte == 0x22:
            in_string = True
        elif byte in b"{[":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"}]":
            depth -= 1
    return deepest


def dumps(value: Any, *, indent: bool = False, sort_keys: bool = False) -> bytes:
    """Return `value` as strict UTF-8 JSON; NaN and infinities become null."""
    options = orjson.OPT_SERIALIZE_NUMPY
    if indent:
        options |= orjson.OPT_INDENT_2
    if sort_keys:
        options |= orjson.OPT_SORT_KEYS
    return orjson.dumps(value, option=options)


def finite(value: Any) -> float | None:
    """Return `value` as a finite float, or None if it is no number, NaN or infinite."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    number = float(value)
    return number if math.isfinite(number) else None
