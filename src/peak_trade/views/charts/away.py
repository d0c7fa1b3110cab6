"""The line below a chart, and the one menu with all that can be taken away of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from peak_trade.i18n import _
from peak_trade.views.kit.elements import Node, h
from peak_trade.views.kit.export import FORMS, named


@dataclass(frozen=True)
class Image:
    """What an image of charts says of itself, and the names of the figures in it from the top."""

    figures: tuple[str, ...]
    title: str = ""
    file: str = ""
    """Begin of the file's name; the browser adds the time."""


@dataclass(frozen=True)
class Table:
    """Data to take away: what it is called, where it is, and which forms there are."""

    label: str
    address: str
    table: str = ""
    forms: Sequence[str] = FORMS


def caption(line: str, image: Image, *tables: Table) -> Node:
    """Return the line below charts, which says what is drawn, with the menu."""
    save = h(
        "button",
        _("image png"),
        type="button",
        data_save=",".join(image.figures),
        data_title=image.title or None,
        data_file=image.file or None,
    )
    entries = (
        named(one.label, one.address, {"table": one.table} if one.table else {}, one.forms)
        for one in tables
    )
    menu = h(
        "details",
        h("summary", _("Take away")),
        h("div", save, *entries, class_="saves"),
        class_="chooser away",
    )
    return h("div", h("span", line), menu, class_="caption")
