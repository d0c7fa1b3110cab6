"""The box for a query, such as `mode:shadow pnl<0`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from panel.viewable import Viewer

from peak_trade.views.kit.controls import text_box


class QueryBox(Viewer):  # type: ignore[misc]  # panel is untyped
    """A line of text that is taken with Enter."""

    def __init__(self, label: str, example: str) -> None:
        super().__init__()
        self._input = text_box(label, example)
        self._shown = ""

    def __panel__(self) -> Any:
        return self._input

    def on_query(self, callback: Callable[[str], None]) -> None:
        """Call `callback` with each query that the person entered."""

        def tell(event: Any) -> None:
            if event.new != self._shown:
                self._shown = event.new
                callback(event.new)

        self._input.param.watch(tell, "value")

    def update(self, query: str) -> None:
        """Show the query in force."""
        if self._shown != query:
            self._shown = query
            self._input.value = query
