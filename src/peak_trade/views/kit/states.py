"""What a page shows in place of content: nothing there yet, or something is wrong."""

from __future__ import annotations

import os
from pathlib import Path

from peak_trade.i18n import _
from peak_trade.views.kit.elements import Node, h


def empty(
    what: str, why: str, command: str = "", place: Path | None = None, more: Node | None = None
) -> Node:
    """Return an empty state: what would be here, why it is not, what makes it appear.

    `place` is the directory, or file, that was looked into; `more` leads out of it.
    """
    named = os.fsencode(place).decode(errors="replace") if place else ""
    looked = h("p", _("Looked for in %s") % named) if named else None
    hint = h("p", h("code", command)) if command else None
    return h("div", h("strong", what), h("p", why), looked, hint, more, class_="empty")


def no_runs(place: Path) -> Node:
    """Return what stands in place of a list of runs while there is none in `place`."""
    why = _("A run appears when a process writes its directory.")
    return empty(_("No runs yet"), why, "make demo", place)


def problem(what: str, why: str) -> Node:
    """Return an error state; `why` may be one of our texts, in English."""
    return h(
        "div",
        h("strong", what),
        h("p", _(why) if why else ""),
        class_="empty problem",
        role="alert",
    )


def prose(words: str) -> list[Node]:
    """Return a text in which what stands between backticks is code."""
    return [h("code", part) if place % 2 else part for place, part in enumerate(words.split("`"))]
