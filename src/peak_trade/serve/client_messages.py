"""What a browser may change of its page: a short list; all else is left out before it is applied.

Bokeh lets a client change every property of every model, stream and patch data, and replace the
document. Pages need little of that. `allowed` takes what is on the list out of a message and
builds the message anew, so that nothing else reaches Bokeh, no object is made of what a client
wrote, and every value is of the kind that the page expects.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from typing import Any, Final

from bokeh.document import Document
from bokeh.model import Model

Check = Callable[[Any], bool]
"""Tells whether a value can be what a page of ours sends."""

LONGEST: Final = 5000
"""Characters of a text, as many as the form controls take."""

FARTHEST: Final = 1e18
"""Of a coordinate: far beyond all times in milliseconds, far below where numbers overflow."""


class RefusedError(Exception):
    """A message, or a part of one, is not what pages send. The text holds nothing of the client."""


@dataclass(frozen=True, slots=True)
class Event:
    """An event that a page listens to. Of its values only those with a check are passed on."""

    values: Mapping[str, Check] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Accepted:
    """What is accepted for a class of models: properties and events."""

    properties: Mapping[str, Check] = field(default_factory=dict)
    events: Mapping[str, Event] = field(default_factory=dict)


def flag(value: object) -> bool:
    """Tell whether it is true or false."""
    return isinstance(value, bool)


def number(value: object) -> bool:
    """Tell whether it is a coordinate or a length: a number, finite and not absurdly large."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return math.isfinite(value) and abs(value) <= FARTHEST


def place(value: object) -> bool:
    """Tell whether it is a coordinate, or what Bokeh writes for none: the pointer is elsewhere."""
    return number(value) or value in (None, {"type": "number", "value": "nan"})


def text(value: object) -> bool:
    """Tell whether it is a text of usual length."""
    return isinstance(value, str) and len(value) <= LONGEST


def said(value: object) -> bool:
    """Tell whether it is what elements say: the text of what was clicked, or `again`."""
    return text(value) or value == {"again": True}


def told(value: object) -> bool:
    """Tell whether it is what the browser's part of a page tells: a view, or who looks."""
    if not isinstance(value, dict) or not value.keys() <= {"view", "visible"}:
        return False
    view = value.get("view") or {}
    if not isinstance(view, dict):
        return False
    values = [item if isinstance(item, list) else [item] for item in view.values()]
    texts = all(map(text, [*view, *chain.from_iterable(values)]))
    return all(values) and texts and flag(value.get("visible", False))


@cache  # made when the first page is open: the classes take seconds to import
def accepted() -> dict[type[Model], Accepted]:
    """Return the list: the class of a model to what is accepted for it.

    Components are known by the class of their data.
    """
    from bokeh.models import DataRange1d, Range1d
    from bokeh.models.annotations import Span
    from bokeh.models.widgets import TextInput
    from bokeh.plotting import figure

    from peak_trade.views.kit.elements import Elements
    from peak_trade.views.kit.history import Browser

    return {
        # Zoom and pan: charts choose their points and fit their height for what is seen.
        Range1d: Accepted({"start": number, "end": number}),
        # The same of a chart of the user's own: it has no number while nothing is drawn.
        DataRange1d: Accepted({"start": place, "end": place}),
        # The crosshair, where the pointer is.
        Span: Accepted({"location": place}),
        figure: Accepted(
            # What the browser made of the layout; Bokeh tells it for each figure.
            dict.fromkeys(("inner_width", "inner_height", "outer_width", "outer_height"), number),
            {
                # The end of a zoom: the window is in the URL.
                "rangesupdate": Event({"x0": number, "x1": number}),
                # Back to all of it.
                "doubletap": Event(),
            },
        ),
        # A search as it is typed, and as it is entered.
        TextInput: Accepted({"value": text, "value_input": text}),
        # Links and buttons of our own elements; a browser that has missed an edition.
        _data(Elements): Accepted(events={"data_event": Event({"data": said})}),
        # Steps of the browser's history; a page that nobody sees does not update.
        _data(Browser): Accepted(events={"data_event": Event({"data": told})}),
    }


DOCUMENT_EVENTS: Final = frozenset({"document_ready"})
"""Events without a model: the page is drawn, and begins to update."""


def of_own_page(content: Any) -> list[Any]:
    """Return the changes and events of a message to a page of the user's own, as they came.

    Which components it has is not known here; the document can be neither replaced nor grown.
    """
    events = content.get("events") if isinstance(content, dict) else None
    return [
        event
        for event in (events if isinstance(events, list) else [])
        if isinstance(event, dict) and event.get("kind") in {"ModelChanged", "MessageSent"}
    ]


def _data(component: Any) -> type[Model]:
    model: type[Model] = component._data_model  # noqa: SLF001  Panel has no other name for it
    return model


def allowed(content: Any, doc: Document) -> tuple[list[Any], list[str]]:
    """Return the events of a `PATCH-DOC` message that may be applied, and why others may not."""
    events = content.get("events") if isinstance(content, dict) else None
    kept: list[Any] = []
    refused: list[str] = []
    for event in events if isinstance(events, list) else [None]:
        try:
            found = _event(event, doc)
        except RefusedError as error:
            refused.append(str(error))
        else:
            kept += [found] if found else []
    return kept, refused


def _event(event: Any, doc: Document) -> dict[str, Any] | None:
    """Return an event with what is accepted of it; None if its model has gone meanwhile."""
    kind = event.get("kind") if isinstance(event, dict) else None
    if kind == "ModelChanged":
        return _change(event, doc)
    if kind == "MessageSent" and event.get("msg_type") == "bokeh_event":
        return _message(event.get("msg_data"), doc)
    raise RefusedError("a change of a kind that pages do not send")


def _change(event: dict[str, Any], doc: Document) -> dict[str, Any] | None:
    model = _model(event.get("model"), doc)
    if model is None:
        return None
    name, value = event.get("attr"), event.get("new")
    check = _accepted(model).properties.get(name) if isinstance(name, str) else None
    if check is None:
        raise RefusedError(f"a property of {type(model).__name__}")
    if not check(value):
        raise RefusedError(f"a value of {type(model).__name__}.{name}")
    return {"kind": "ModelChanged", "model": model.ref, "attr": name, "new": value}


def _message(data: Any, doc: Document) -> dict[str, Any] | None:
    if not isinstance(data, dict) or data.get("type") != "event":
        raise RefusedError("a message that is no event")
    name, given = data.get("name"), _plain(data.get("values"))
    if not isinstance(name, str) or not isinstance(given, dict):
        raise RefusedError("a message that is no event")
    values: list[list[Any]] = []
    if name not in DOCUMENT_EVENTS:
        model = _model(given.get("model"), doc)
        if model is None:
            return None
        wanted = _accepted(getattr(model, "data", model)).events.get(name)
        if wanted is None:
            raise RefusedError(f"an event of {type(model).__name__}")
        if not all(check(given.get(key)) for key, check in wanted.values.items()):
            raise RefusedError(f"a value of an event of {type(model).__name__}")
        values = [["model", model.ref], *([key, _rep(given[key])] for key in wanted.values)]
    rebuilt = {"type": "event", "name": name, "values": {"type": "map", "entries": values}}
    return {"kind": "MessageSent", "msg_type": "bokeh_event", "msg_data": rebuilt}


def _model(ref: Any, doc: Document) -> Model | None:
    """Return the model that is meant; None if the document had it once."""
    name = ref.get("id") if isinstance(ref, dict) else None
    if not isinstance(name, str):
        raise RefusedError("a change of no model")
    model = doc.get_model_by_id(name)  # type: ignore[arg-type]  # ids are texts
    if model is None and not doc.models.seen(name):  # type: ignore[arg-type]
        raise RefusedError("a change of a model that the page does not have")
    return model


def _accepted(model: Any) -> Accepted:
    return accepted().get(type(model), Accepted())


def _plain(value: Any) -> Any:
    """Return what Bokeh's writer made of maps as dicts; other values as they are."""
    if not isinstance(value, dict) or value.get("type") != "map":
        return value
    entries = value.get("entries", [])
    if not isinstance(entries, list) or not all(map(_is_entry, entries)):
        raise RefusedError("a map that is none")
    return {name: _plain(item) for name, item in entries}


def _is_entry(entry: object) -> bool:
    return isinstance(entry, list) and len(entry) == 2 and isinstance(entry[0], str)


def _rep(value: Any) -> Any:
    """Return a value as Bokeh's reader takes it."""
    if not isinstance(value, dict):
        return value
    return {"type": "map", "entries": [[name, _rep(item)] for name, item in value.items()]}
