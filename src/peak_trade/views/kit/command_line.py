"""The command that started a session, to be taken along."""

from __future__ import annotations

from peak_trade.i18n import _
from peak_trade.views.kit.elements import Component, h
from peak_trade.views.kit.states import empty


class CommandLine(Component):
    """A command line with a button that copies it; secrets are hidden already."""

    def update(self, command: str) -> None:
        """Show this command line."""
        title = h("header", h("h2", _("Command line")), class_="bar")
        if not command:
            why = _("The session's record does not tell how it was started.")
            self.show(title, empty(_("No command line"), why))
            return
        button = h("button", _("Copy"), type="button", class_="copy", data_copy=command)
        self.show(title, h("div", h("code", command, tabindex=0), button, class_="command"))
