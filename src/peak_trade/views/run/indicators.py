"""The choice of the indicators that are drawn with a run's price."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from peak_trade.contract.pages.indicators import MAX_DRAWN, Indicators
from peak_trade.i18n import _
from peak_trade.views.charts.indicators import STROKES
from peak_trade.views.kit import text
from peak_trade.views.kit.elements import Node, h
from peak_trade.views.run.address import RunAddress


def indicator_menu(found: Indicators, url: RunAddress) -> Node | None:
    """Return what draws each indicator or takes it away; None if the run has none."""
    offered, drawn = found["offered"], names(found)
    if not offered:
        return None
    count = text.count(len(drawn)) if drawn else ""
    rest = found["count"] - len(offered)
    return h(
        "details",
        h("summary", _("Indicators"), h("small", f" {count}") if drawn else None),
        h(
            "div",
            *(_choice(name, drawn, url) for name in offered),
            h("p", text.plural(rest, "%s more is not offered", "%s more are not offered"))
            if rest
            else None,
        ),
        class_="chooser indicators",
    )


def names(found: Indicators) -> list[str]:
    """Return the names of those that are drawn."""
    return [one["name"] for one in found["drawn"]]


def switched(drawn: Sequence[str], name: str) -> list[str]:
    """Return what is drawn after one was switched; who is one too many takes the first's place."""
    if name in drawn:
        return [one for one in drawn if one != name]
    return [*drawn, name][-MAX_DRAWN:]


def _choice(name: str, drawn: Sequence[str], url: RunAddress) -> Node:
    is_drawn = name in drawn
    tone = STROKES[drawn.index(name)][0] if is_drawn else None
    return h(
        "a",
        h("i", "\N{CHECK MARK}" if is_drawn else "", aria_hidden="true"),
        h("span", name, title=name),
        h("i", class_="stroke", data_tone=tone) if tone else None,
        href=url({"indicator": switched(drawn, name)}),
        aria_current="true" if is_drawn else None,
        data_send=urlencode({"indicator": name}),
        key=name,
    )
