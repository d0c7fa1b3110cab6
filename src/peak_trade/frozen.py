"""Values that nobody can change, for what many viewers share.

Guarantee: whoever tries to change what `frozen` returned, or anything inside it, gets an error and
changes nothing. What it returned equals what it was given, and is of the same types.
"""

from __future__ import annotations

import dataclasses
from typing import Any, NoReturn, TypeVar

import numpy as np
from typing_extensions import override

T = TypeVar("T")


def frozen(value: T) -> T:
    """Return a value with all its dicts, lists, sets and arrays made read-only.

    Arrays are not copied: who made them gives them away. Containers are new.
    """
    result: Any = _frozen(value)
    return result  # type: ignore[no-any-return]


def _frozen(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        value.setflags(write=False)
        return value
    if isinstance(value, dict):
        return FrozenDict({name: _frozen(item) for name, item in value.items()})
    if isinstance(value, list):
        return FrozenList(map(_frozen, value))
    if type(value) is tuple:
        return tuple(map(_frozen, value))
    if isinstance(value, set):
        return frozenset(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = {
            part.name: _frozen(getattr(value, part.name)) for part in dataclasses.fields(value)
        }
        return dataclasses.replace(value, **parts)
    return value


def _refuse(*_: object, **__: object) -> NoReturn:
    raise TypeError("this value is shared between viewers; change a copy of it")


class FrozenDict(dict[Any, Any]):
    """A dict that stays as it was made; copies of it are usual dicts."""

    __slots__ = ()

    @override
    def __reduce__(self) -> Any:
        return dict, (dict(self),)

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse


class FrozenList(list[Any]):
    """A list that stays as it was made; copies of it are usual lists."""

    __slots__ = ()

    @override
    def __reduce__(self) -> Any:
        return list, (list(self),)

    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse
    append = clear = extend = insert = pop = remove = reverse = sort = _refuse
