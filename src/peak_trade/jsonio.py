"""JSON in and out: tolerant when reading artifacts, strict when answering.

`loads` accepts what Python's own writer produces (`NaN`, `Infinity`, lone surrogates, integers of
any size) and guarantees that its result can be written and counted with: numbers are finite, whole
ones have 64 bits, text is Unicode. `dumps` writes strict UTF-8 JSON: NaN, infinities and NaT
become null, a time without offset is in UTC, and a whole number beyond 64 bits, such as a sum, is
written as a float.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import fields, is_dataclass
from typing import Any

import orjson

MAX_DEPTH = 100
"""Deepest nesting of objects and arrays that is accepted; deeper text counts as unreadable."""

MAX_DIGITS = 20
"""No whole number of 64 bits is longer, its sign included."""

_INT64 = 2**63

_NO_STRUCTURE = bytes(set(range(256)) - set(b'"{}[]'))
_SIGNS_AT_ONCE = 1 << 18

_TOLERATED = re.compile(rb"NaN|Infinity|\\u[dD]|[0-9]{16}|[0-9]\.?[eE]\+?[0-9]{3}|^\s*\xef\xbb\xbf")
"""What the strict parser may refuse and the other may take; without it there is no second try."""

_NUMBER = re.compile(r"[+-]?([0-9]{1,400}\.?[0-9]{0,400}|\.[0-9]{1,400})([eE][+-]?[0-9]{1,9})?")


def loads(data: bytes, faults: list[str] | None = None) -> Any:
    """Parse one JSON text.

    `NaN` and infinities become None, a whole number beyond 64 bits becomes a float. A number too
    large for a float becomes None and half a surrogate pair `?`; both are noted in `faults`.

    Raises
    ------
    ValueError
        If `data` is not JSON, is not UTF-8, or is nested deeper than `MAX_DEPTH`.
    """
    if data.count(b"{") + data.count(b"[") > MAX_DEPTH and _is_too_deep(data):
        raise ValueError("nested too deeply")
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        if not _TOLERATED.search(data):
            raise
        text = data.decode("utf-8-sig")
        return _Tolerant([] if faults is None else faults).loads(text)


class _Tolerant:
    """Python's parser, for what the strict one refuses."""

    def __init__(self, faults: list[str]) -> None:
        self._faults = faults

    def loads(self, text: str) -> Any:
        value = json.loads(
            text, parse_int=self._int, parse_float=self._float, parse_constant=lambda _: None
        )
        return self._clean(value)

    def _int(self, text: str) -> int | float | None:
        if len(text) > MAX_DIGITS:  # avoids a quadratic conversion
            return self._float(text)
        value = int(text)
        return value if -_INT64 <= value < 2 * _INT64 else float(value)

    def _float(self, text: str) -> float | None:
        number = finite(float(text))
        if number is None:
            self._faults.append("a number is too large")
        return number

    def _clean(self, value: Any) -> Any:
        if isinstance(value, str):
            text = value.encode("utf-8", "replace").decode("utf-8")
            if text != value:
                self._faults.append("a text holds half a character")
            return text
        if isinstance(value, dict):
            return {self._clean(key): self._clean(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._clean(item) for item in value]
        return value


def _is_too_deep(data: bytes) -> bool:
    """Tell whether a JSON text is nested too deeply; linear, and without a loop over its bytes."""
    import numpy as np  # here, so that who only writes does not load it

    bare = data.replace(b"\\\\", b"").replace(b'\\"', b"").translate(None, _NO_STRUCTURE)
    quotes = depth = 0
    for start in range(0, len(bare), _SIGNS_AT_ONCE):
        signs = np.frombuffer(bare[start : start + _SIGNS_AT_ONCE], np.uint8)
        before = quotes + np.cumsum(signs == ord('"'), dtype=np.int32)
        outside = before % 2 == 0
        opens = outside & ((signs == ord("{")) | (signs == ord("[")))
        closes = outside & ((signs == ord("}")) | (signs == ord("]")))
        depths = depth + np.cumsum(opens.astype(np.int8) - closes, dtype=np.int32)
        if depths.max() > MAX_DEPTH:
            return True
        quotes, depth = int(before[-1]), int(depths[-1])
    return False


def dumps(value: Any, *, indent: bool = False, sort_keys: bool = False) -> bytes:
    """Return `value` as strict UTF-8 JSON; NaN, infinities and NaT become null."""
    options = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NAIVE_UTC
    if indent:
        options |= orjson.OPT_INDENT_2
    if sort_keys:
        options |= orjson.OPT_SORT_KEYS
    try:
        return orjson.dumps(value, option=options)
    except TypeError:
        return orjson.dumps(_plain(value), option=options)


def _plain(value: Any) -> Any:
    """Return `value` without what the fast way cannot write, at any depth.

    That is whole numbers beyond 64 bits, arrays with gaps in memory, and NaT.
    """
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if type(value).__module__ == "numpy":
        return value.tolist()
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    is_long = isinstance(value, int) and not -_INT64 <= value < 2 * _INT64
    return finite(value) if is_long else value


def finite(value: Any) -> float | None:
    """Return `value` as a finite float, or None if it is no number, NaN or infinite."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def number(value: Any) -> float | None:
    """Return a finite number, or a text that is one, such as `1.5`, as a float; else None."""
    if isinstance(value, str):
        return finite(float(value)) if _NUMBER.fullmatch(value.strip()) else None
    return finite(value)


def whole(value: Any) -> int | None:
    """Return `value` with the fraction cut off; None if it is no number or has over 64 bits."""
    exact = finite(value)
    return int(exact) if exact is not None and -_INT64 <= exact < _INT64 else None
