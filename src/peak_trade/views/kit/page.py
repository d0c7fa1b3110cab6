"""What every page is: parts in the frame, a view that the URL holds, and updates."""

from __future__ import annotations

import logging
from abc import abstractmethod
from typing import Any, Self

import panel as pn
from panel.viewable import Viewer

from peak_trade import i18n
from peak_trade.contract.registry.pages import page_of
from peak_trade.i18n import _
from peak_trade.models.base import BROKEN, ViewModel
from peak_trade.views.kit.elements import Component
from peak_trade.views.kit.history import Browser
from peak_trade.views.kit.layout import frame, language, root_path
from peak_trade.views.kit.links import Links
from peak_trade.views.kit.live import Live
from peak_trade.views.kit.states import problem

logger = logging.getLogger(__name__)


class Page(Viewer):  # type: ignore[misc]  # panel is untyped
    """One page; what is said of it elsewhere is in its row of the table of pages."""

    def __init__(self, model: ViewModel) -> None:
        super().__init__()
        self.language = language()
        i18n.use(self.language)
        self.row = page_of(type(self))
        self.links = Links(root_path())
        self.status, self.fault = Component(), Component()
        self.browser = Browser()
        self._model = model
        self._live: Live | None = None
        self._is_broken = False

    @abstractmethod
    def areas(self) -> dict[str, Any]:
        """Return the parts by the place they have on the page."""

    def given(self, arguments: dict[str, list[str]]) -> dict[str, str]:
        """Return the view of the URL's parameters; of a repeated one the last counts."""
        return {name: values[-1] for name, values in arguments.items()}

    @abstractmethod
    def read(self, arguments: dict[str, str]) -> None:
        """Take the view, as `given` or `view` returned it."""

    @abstractmethod
    def view(self) -> dict[str, str]:
        """Return what the URL stands for."""

    @abstractmethod
    def url(self) -> str:
        """Return the URL of the view, relative to the page."""

    @abstractmethod
    def render(self) -> None:
        """Show what the model holds."""

    def servable(self, *_: Any, **__: Any) -> Self:
        """Build the page in the current document and keep it up to date."""
        doc = pn.state.curdoc
        arguments = {
            name: [value.decode("utf-8", "replace") for value in values]
            for name, values in pn.state.session_args.items()
        }
        self.read(self.given(arguments))
        self._live = Live(doc, self._model, self._show)
        self.browser.enter(self.url(), self.view())
        self.browser.on_view(self._back)
        self.browser.on_visible(self._live.see)
        parts = {"fault": self.fault, **self.areas(), "browser": self.browser}
        frame(doc, self.language, self.row, self.status, parts)
        self._live.start()
        return self

    def enter(self, *, step: bool = True) -> None:
        """Make the view that was just chosen a step of the browser's history.

        Without `step` it takes the place of the last one: a zoom is no place to go back to.
        """
        self.browser.enter(self.url(), self.view(), step=step)

    def _show(self) -> None:
        """Show what the model holds, or that it cannot be shown; that is logged once."""
        i18n.use(self.language)
        try:
            self.render()
        except Exception:
            if not self._is_broken:
                logger.exception("Page %s", self.row.name)
            self._is_broken = True
            self.fault.show(problem(_("Nothing can be shown now"), BROKEN))
        else:
            self._is_broken = False
            self.fault.show()

    def _back(self, view: dict[str, str]) -> None:
        self.read(view)
        self.enter()

    def __panel__(self) -> Any:
        return pn.Column(*self.areas().values(), sizing_mode="stretch_width")
