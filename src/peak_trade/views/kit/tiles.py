"""A row of tiles: label, value, context. All of the same height."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from peak_trade.contract.base.freshness import Freshness
from peak_trade.i18n import _
from peak_trade.views.kit import badges, text
from peak_trade.views.kit.elements import Component, Node, h

LONG: Final = 8
LONGEST: Final = 10
"""Characters that fit in the large and in the middle type of a narrow tile."""


@dataclass(frozen=True)
class Tile:
    """One metric. `tone` is gain, loss, warn or error; `href` opens what it sums up.

    With `send`, a click tells the page this text and stays on it; with `to`, it goes to this area.
    """

    label: str
    value: Node
    context: Node = ""
    tone: str | None = None
    href: str | None = None
    send: str | None = None
    to: str | None = None
    unit: str = ""
    title: str | None = None


class Tiles(Component):
    """The metrics of a page."""

    def update(self, tiles: Sequence[Tile], freshness: Freshness | None) -> None:
        """Show these metrics, as fresh as what they sum up."""
        self.show(tile_row(tiles, freshness))


def profits(realized: float | None, unrealized: float | None, currency: str) -> list[Tile]:
    """Return the tiles of profit and loss, closed and open."""
    labels = ((_("Realized PnL"), realized), (_("Unrealized PnL"), unrealized))
    shown = ((label, text.signed(value, currency)) for label, value in labels)
    return [Tile(label, value, tone=text.tone(value), unit=currency) for label, value in shown]


def tile_row(tiles: Sequence[Tile], freshness: Freshness | None) -> Node:
    """Return the metrics of a page as `Tiles` shows them.

    A chip that is not seen counts their age in the browser and takes their colour when stale.
    """
    state = badges.freshness_chip(freshness) if freshness else None
    return h("div", state, *(tile_node(tile) for tile in tiles), class_="tiles")


def fit(*parts: Node) -> Node:
    """Return a context of parts: those that have no room are left out, and none is cut."""
    return h("span", *(h("span", part) for part in parts), class_="fit") if parts else ""


def tile_node(tile: Tile) -> Node:
    """Return a tile."""
    unit = h("small", f" {tile.unit}") if tile.unit else None
    length = len(tile.value) if isinstance(tile.value, str) else 0
    size = "longest" if length > LONGEST else "long" if length > LONG else None
    return h(
        "a" if tile.href else "div",
        h("span", tile.label, unit, class_="label"),
        h("span", tile.value, class_="value", data_level=tile.tone, data_size=size),
        h("span", tile.context, class_="context"),
        class_="tile",
        href=tile.href,
        data_send=tile.send,
        data_to=tile.to,
        title=tile.title or (tile.value if size else None),
    )
