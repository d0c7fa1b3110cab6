"""The address of a view of one run: on the live page, or on the run's own page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from peak_trade.models import window
from peak_trade.models.address import View
from peak_trade.views.kit.links import component, query


@dataclass(frozen=True, slots=True)
class RunAddress:
    """A view, with the addresses of those beside it; on a run's own page the run is in the path."""

    items: tuple[tuple[str, Any], ...]
    in_path: bool

    def changed(self, changes: View) -> View:
        """Return the view with changes; another run, range or moment has its own window."""
        kept = dict(self.items)
        if changes.keys() & {"run", "range", "at"}:
            kept = {name: value for name, value in kept.items() if name not in window.NAMES}
        return kept | changes

    def __call__(self, changes: View) -> str:
        """Return the address, relative to the page, of the view with changes."""
        view = self.changed(changes)
        rest = {key: value for key, value in view.items() if key != "run"}
        if self.in_path:
            return f"./{component(view['run'])}{query(rest)}"
        return query(view) if "run" in view else f"./dashboard{query(rest)}"
