"""The address of a page: which parameter of its model is which part of the query.

A model declares its `address` once. Deep links, the browser's history and the links of the page
itself all go through it, in both directions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import UnionType
from typing import Any, Final, get_args, get_origin

from peak_trade.contract.base.route import Params
from peak_trade.models import window

View = dict[str, Any]
"""A query: each name with its text, or with several texts where the page takes them."""

Query = Mapping[str, Any]
"""A query as it comes: each name with a text or a list of texts."""


@dataclass(frozen=True, slots=True)
class Part:
    """Names of the query, and the parameters of the model that they stand for."""

    names: tuple[str, ...]
    params: tuple[str, ...]
    read: Callable[[Query], Mapping[str, Any]]
    """Returns the parameters' values; a ValueError if the query stands for none."""
    write: Callable[[Any], View]
    """Returns what the query says of the model; names whose value is the usual one are absent."""
    is_step: bool = True
    """Whether a choice becomes a step of the browser's history, or takes the last one's place."""


@dataclass(frozen=True, slots=True)
class Address:
    """All parts of a page's query. Names that no part has are ignored."""

    parts: tuple[Part, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the query, in the order in which it is written."""
        return tuple(name for part in self.parts for name in part.names)

    def read(self, query: Query) -> dict[str, Any]:
        """Return the parameters' values that a query stands for; a ValueError if there are none."""
        return {name: value for part in self.parts for name, value in part.read(query).items()}

    def write(self, model: Any) -> View:
        """Return the query that stands for the model."""
        return {name: value for part in self.parts for name, value in part.write(model).items()}

    def is_step(self, params: Iterable[str]) -> bool:
        """Tell whether a choice of these parameters is a step of the browser's history."""
        chosen = set(params)
        return any(part.is_step for part in self.parts if chosen.intersection(part.params))


def text(name: str, param: str = "", *, usual: str | None = None) -> Part:
    """Return the part of one text; without a `usual` value, a query without it changes nothing."""
    param = param or name

    def read(query: Query) -> Mapping[str, Any]:
        if name in query:
            return {param: last(query[name])}
        return {} if usual is None else {param: usual}

    def write(model: Any) -> View:
        value = getattr(model, param, "")
        return {name: value} if value and value != usual else {}

    return Part((name,), (param,), read, write)


def texts(name: str, param: str) -> Part:
    """Return the part of several texts, in their order; a query without it stands for none."""

    def read(query: Query) -> Mapping[str, Any]:
        return {param: tuple(_several(query.get(name, [])))}

    def write(model: Any) -> View:
        value = tuple(getattr(model, param))
        return {name: value} if value else {}

    return Part((name,), (param,), read, write)


def listed(param: str, kind: type[Params]) -> Part:
    """Return the part of texts as they were given, checked later: those of the fields of `kind`."""
    names = tuple(kind.model_fields)

    def read(query: Query) -> Mapping[str, Any]:
        return {param: {name: last(query[name]) for name in names if query.get(name)}}

    return Part(names, (param,), read, lambda model: dict(getattr(model, param)))


def fields(param: str, kind: type[Params]) -> Part:
    """Return the part of a parameter that holds checked values; its fields are the names."""
    names = tuple(kind.model_fields)
    many = {name for name in names if _is_list(kind.model_fields[name].annotation)}

    def read(query: Query) -> Mapping[str, Any]:
        given = {name: query[name] for name in names if name in query}
        values = {
            name: _several(value) if name in many else last(value) for name, value in given.items()
        }
        return {param: kind.model_validate(values)}

    return Part(names, (param,), read, lambda model: view_of(getattr(model, param)))


def _read_window(query: Query) -> Mapping[str, Any]:
    said = {name: last(value) for name, value in query.items() if name in window.NAMES}
    return {"window": window.window_of(said), "at": window.moment_of(said)}


def _write_window(model: Any) -> View:
    return dict(window.view_of(model.window, model.at))


WINDOW: Final = Part(window.NAMES, ("window", "at"), _read_window, _write_window, is_step=False)
"""The window of the charts. A zoom is no place to go back to."""


def view_of(params: Params) -> View:
    """Return checked values as a query; those that are empty or the usual ones are absent."""
    given = params.model_dump(exclude_defaults=True, exclude_none=True, mode="json")
    return {
        name: [str(item) for item in value] if isinstance(value, list) else str(value)
        for name, value in given.items()
        if value not in ("", [])
    }


def last(value: str | list[str]) -> str:
    """Return the value that counts where one is wanted."""
    return value if isinstance(value, str) else value[-1]


def _several(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _is_list(annotation: Any) -> bool:
    kinds = get_args(annotation) if isinstance(annotation, UnionType) else (annotation,)
    return any(get_origin(kind) is list for kind in kinds)
