"""What becomes of a page when its session ends: it is taken apart, so that it is freed at once.

What a page is made of refers to itself. Python would free it when it looks at all there is, which
stops everything for 5 ms or more for each page, open or left. Guarantees: as pages end one after
the other, so are they freed, and others are served between two of them.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final
from weakref import WeakKeyDictionary

from bokeh.document import Document
from bokeh.model import Model
from panel.io.state import state
from panel.pane.base import PaneBase
from panel.viewable import Viewable

from peak_trade.serve.garbage import leave

LEFT: Final = 200
"""Objects that are left of a page that was taken apart: those of its connection."""

_models: WeakKeyDictionary[Document, list[Model]] = WeakKeyDictionary()
"""Of documents that Bokeh has destroyed: it forgets them, though they still refer to each other."""


def keep_models(document: Any) -> None:
    """Keep the models of `document` when it is destroyed, for `take_apart`."""
    document.destroy = partial(_destroy, document, document.destroy)


def _destroy(document: Any, destroy: Any, session: object) -> None:
    _models[document] = list(document.models)
    destroy(session)


def views_of(document: Document) -> list[Viewable]:
    """Return the views that stand in `document`, while Panel knows them."""
    roots = [view for view, _, of, _ in list(state._views.values()) if of is document]  # noqa: SLF001
    views = [view for root in roots for view in root.select()]
    return views + [view.layout for view in views if isinstance(view, PaneBase)]


def take_apart(document: Document, views: list[Viewable]) -> None:
    """Take from what a page was made of all that it refers to; nothing else may use it any more."""
    for part in (*views, *_models.pop(document, ()), document.callbacks, document):
        vars(part).clear()
    leave(LEFT)
