"""What Bokeh's models have without being told: worked out once for each class of models.

Bokeh works it out anew, with a check, for each property of each model, when a model is made, looked
through and sent: half of what a page takes. Guarantees: only what is the same for all models of a
class, and cannot be changed, is kept; a container that begins empty is a new one for each model,
and just the check of it is left out; what a theme says comes first, as in Bokeh.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Final

from bokeh.core.has_props import HasProps
from bokeh.core.property.bases import validation_on
from bokeh.core.property.descriptors import PropertyDescriptor
from bokeh.core.property.wrappers import PropertyValueDict, PropertyValueList, PropertyValueSet

FIXED: Final = frozenset({bool, float, int, str, type(None)})
"""Types of values that nobody can change."""

BARE: Final[dict[type, Callable[[], Any]]] = {
    list: list,
    PropertyValueList: list,
    PropertyValueDict: dict,
    PropertyValueSet: set,
}
"""Containers as Bokeh gives them, to what makes an empty one of the kind."""

_set_any: Final = PropertyDescriptor.__set__
_find: Final = PropertyDescriptor.instance_default
_is_unstable: Final = PropertyDescriptor.has_unstable_default
_known: Final[dict[tuple[type[HasProps], str], Any]] = {}
_empty: Final[dict[tuple[type[HasProps], str], Callable[[], Any]]] = {}
_unstable: Final[dict[tuple[type[HasProps], str], bool]] = {}


def keep() -> None:
    """Let all models of this process share what is worked out."""
    descriptor: Any = PropertyDescriptor
    descriptor.__set__ = _set
    descriptor.instance_default = _instance_default
    descriptor.has_unstable_default = _has_unstable_default
    models: Any = HasProps
    overridden: Any = _overridden_defaults
    models.themed_values = _themed_values
    models._overridden_defaults = classmethod(overridden)  # noqa: SLF001


def _set(self: PropertyDescriptor[Any], obj: HasProps, value: Any, *, setter: Any = None) -> None:
    """Set a property; a model that is still being made gets others instead of default ones.

    Bokeh makes the default one too, only to find that the other is not the same.
    """
    values = vars(obj).get("_property_values")
    new = values is not None and not obj._initialized and self.name not in values  # noqa: SLF001
    if new and isinstance(value, HasProps):
        self._set_value(obj, self.property.prepare_value(obj, self.name, value))
    else:
        _set_any(self, obj, value, setter=setter)


def _instance_default(self: PropertyDescriptor[Any], obj: HasProps) -> Any:
    key = type(obj), self.name
    themed = obj.themed_values()
    if themed is not None and self.name in themed:
        return _find(self, obj)
    if key in _known:
        return _known[key]
    if key in _empty:
        return self.property.wrap(_empty[key]())
    value = _find(self, obj)
    if not validation_on():  # then Bokeh does not convert either
        return value
    if type(value) in FIXED and not self.has_unstable_default(obj):
        _known[key] = value
    elif type(value) in BARE and not value and not callable(_declared(self, type(obj))):
        _empty[key] = BARE[type(value)]
    return value


def _declared(self: PropertyDescriptor[Any], cls: type[HasProps]) -> Any:
    return _overridden_defaults(cls).get(self.name, self.property.default)


def _has_unstable_default(self: PropertyDescriptor[Any], obj: HasProps) -> bool:
    key = type(obj), self.name
    if key not in _unstable:
        _unstable[key] = _is_unstable(self, obj)
    return _unstable[key]


def _themed_values(self: HasProps) -> Any:
    """Return what a theme says; most models have none, and Bokeh raises an error to find out."""
    return vars(self).get("__themed_values__")


@cache
def _overridden_defaults(cls: type[HasProps]) -> dict[str, Any]:
    """Return what a class says instead of its bases; nobody changes it."""
    found: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        found |= vars(base).get("__overridden_defaults__", {})
    return found
