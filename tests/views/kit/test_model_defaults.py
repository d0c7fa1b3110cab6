"""Models of Bokeh have the same defaults when they are worked out once for each class."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import bokeh.models as bokeh_models
import pytest
from bokeh.core.has_props import HasProps
from bokeh.core.property.descriptors import PropertyDescriptor
from bokeh.core.property.wrappers import PropertyValueContainer
from bokeh.model import Model
from bokeh.util.warnings import BokehDeprecationWarning

from peak_trade.views.kit import model_defaults

pytestmark = pytest.mark.both

PATCHED = (
    (PropertyDescriptor, "__set__"),
    (PropertyDescriptor, "instance_default"),
    (PropertyDescriptor, "has_unstable_default"),
    (HasProps, "themed_values"),
    (HasProps, "_overridden_defaults"),
)
IDS: Final = re.compile(r"id='[^']*'| at 0x\w+")
NAMED = (getattr(bokeh_models, name) for name in bokeh_models.__all__)
CLASSES = [one for one in NAMED if isinstance(one, type) and issubclass(one, Model)]


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> None:
    for owner, name in PATCHED:
        monkeypatch.setattr(owner, name, vars(owner)[name])
    model_defaults.keep()


def defaults(cls: type[Model]) -> dict[str, tuple[type, Any]]:
    """Return type and value of all properties of a new model."""
    try:
        made = cls()
    except (TypeError, ValueError, RuntimeError, BokehDeprecationWarning):
        return {}  # of a class that cannot be made without arguments, or not any more
    found = {name: getattr(made, name) for name in sorted(cls.properties()) if _has(made, name)}
    return {name: (type(value), IDS.sub("", repr(value))) for name, value in found.items()}


def _has(made: Model, name: str) -> bool:
    try:
        getattr(made, name)
    except Exception:  # noqa: BLE001  a value that must be given first
        return False
    return True


def containers(made: Model) -> Iterator[tuple[str, Any]]:
    for name in sorted(made.properties()):
        if _has(made, name) and isinstance(getattr(made, name), PropertyValueContainer | list):
            yield name, getattr(made, name)


def test_defaults_are_those_of_bokeh(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = {cls: defaults(cls) for cls in CLASSES}
    for owner, name in PATCHED:
        monkeypatch.setattr(owner, name, vars(owner)[name])
    model_defaults.keep()
    assert sum(map(len, plain.values())) > 5_000
    for _again in range(2):  # worked out, then known
        assert {cls: defaults(cls) for cls in CLASSES} == plain


@pytest.mark.usefixtures("kept")
def test_no_two_models_share_a_container() -> None:
    seen = 0
    for cls in (bokeh_models.Plot, bokeh_models.ColumnDataSource, bokeh_models.HoverTool):
        cls()
        one, other = cls(), cls()
        for (name, value), (_name, beside) in zip(containers(one), containers(other), strict=True):
            assert value is not beside, f"{cls.__name__}.{name}"
            seen += 1
    assert seen > 10
