"""From query parameters and path components to checked values.

Guarantees: the last value of a repeated scalar parameter counts, a list-typed field takes all;
unknown parameters are ignored; text that is no UTF-8 gives replacement characters, never an error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from types import UnionType
from typing import Any, get_args, get_origin
from urllib.parse import unquote_to_bytes

from pydantic import ValidationError

from peak_trade.contract.base.route import Params

Arguments = Mapping[str, Sequence[bytes]]
"""Query parameters as received: name to its percent-decoded values."""

PLAIN = (str, int, float, bool, type(None))


def decode_component(raw: str) -> str:
    """Return a path component, percent-decoded once as UTF-8.

    `raw` is the component as Tornado gives it: the bytes of the request line read as latin-1.
    """
    return unquote_to_bytes(raw.encode("latin-1")).decode("utf-8", "replace")


def read_params(model: type[Params], arguments: Arguments) -> Params:
    """Return checked query parameters.

    Raises
    ------
    ValidationError
        If one of them cannot be used; `describe` makes the answer's body from it.
    """
    many = _list_fields(model)
    values: dict[str, object] = {}
    for name, received in arguments.items():
        texts = [value.decode("utf-8", "replace") for value in received]
        values[name] = texts if name in many else texts[-1]
    return model.model_validate(values)


@cache
def _list_fields(model: type[Params]) -> frozenset[str]:
    return frozenset(
        field.alias or name
        for name, field in model.model_fields.items()
        if any(get_origin(part) in {list, tuple} for part in _alternatives(field.annotation))
    )


def _alternatives(annotation: Any) -> tuple[Any, ...]:
    return get_args(annotation) if isinstance(annotation, UnionType) else (annotation,)


def describe(error: ValidationError) -> list[dict[str, Any]]:
    """Return the items of a 422 answer: type, loc, msg, input, and ctx where there is one."""
    return [
        {
            "type": item["type"],
            "loc": ["query", *item["loc"]],
            "msg": item["msg"],
            "input": item["input"],
            **({"ctx": _plain(item["ctx"])} if "ctx" in item else {}),
        }
        for item in error.errors(include_url=False)
    ]


def _plain(ctx: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: value if isinstance(value, PLAIN) else str(value)  # such as the exception of a check
        for key, value in ctx.items()
    }
