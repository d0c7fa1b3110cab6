"""What page and browser tell each other besides content: the URL of the view, and who looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import param
from panel.custom import JSComponent

from peak_trade import jsonio
from peak_trade.models.address import View
from peak_trade.views.kit.elements import STATIC
from peak_trade.views.kit.received import heard


class Browser(JSComponent):  # type: ignore[misc]  # panel is untyped
    """The browser's history and visibility; shows nothing."""

    entry = param.String('{"url": "", "view": {}}', doc="URL and view of the page, as JSON")

    filled = param.Boolean(False, doc="Whether the parts of the page have their first content")

    charted = param.Integer(0, doc="How often a chart got lines or axes after it was drawn")

    _bundle = STATIC / "browser.js"

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)
        self._callbacks: dict[str, Callable[[Any], None]] = {}

    def enter(self, url: str, view: View, *, step: bool = True, is_shown: bool = False) -> None:
        """Make `url` (relative to the page) the one that is shown and stands for `view`.

        It becomes a step of the history, or without `step` takes the place of the last one. What
        `is_shown` is left to the browser: who went back may have gone on before this arrives.
        """
        entry = {"url": url, "view": view, "step": step, "shown": is_shown}
        self.entry = jsonio.dumps(entry).decode()

    def on_view(self, callback: Callable[[View], None]) -> None:
        """Call `callback` with the view that the person went back or forward to."""
        self._callbacks["view"] = callback

    def on_visible(self, callback: Callable[[bool], None]) -> None:
        """Call `callback` when the page becomes visible or hidden."""
        self._callbacks["visible"] = callback

    def _handle_msg(self, data: Any) -> None:
        view, visible = (data.get(name) for name in ("view", "visible"))
        if isinstance(view, dict):
            heard(self._callbacks["view"], view)
        if isinstance(visible, bool):
            self._callbacks["visible"](visible)
