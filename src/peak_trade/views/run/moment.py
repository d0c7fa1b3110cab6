"""The moment that a link leads to, as event and candle of the run."""

from __future__ import annotations

from peak_trade.contract.pages.moments import Moment
from peak_trade.i18n import _
from peak_trade.views.kit import badges, text
from peak_trade.views.kit.elements import Node, h

SEPARATOR = " \N{MIDDLE DOT} "


def moment_line(found: Moment) -> Node:
    """Return what of the run is marked for a moment, or how far the nearest row is."""
    at = (_("moment "), badges.moment(found["at"], "full"))
    if found["seq"] is None or found["seconds"] is None:
        return h("p", *at, SEPARATOR, _("no row of this run has a time"), class_="caption")
    event = (_("event %s, ") % text.count(found["seq"]), badges.moment(found["event"], "full"))
    candle = (_("candle "), badges.moment(found["candle"], "full"))
    if found["near"]:
        return h("p", *at, SEPARATOR, *event, SEPARATOR, *candle, class_="caption")
    away = text.duration(found["seconds"])
    far = _("nothing is near: the nearest row is %s away") % away
    return h("p", *at, SEPARATOR, h("strong", far), SEPARATOR, *event, class_="caption")
