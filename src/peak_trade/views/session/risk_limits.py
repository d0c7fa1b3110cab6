"""Risk limits as bars: value, limit, and how much of the limit is used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from peak_trade.contract.sessions.schema import RiskLimit, SessionDetail
from peak_trade.i18n import _
from peak_trade.jsonio import finite, number
from peak_trade.views.kit import badges, text
from peak_trade.views.kit.elements import Node, h
from peak_trade.views.kit.export import foot
from peak_trade.views.kit.links import LinkedComponent
from peak_trade.views.kit.states import empty


class RiskLimits(LinkedComponent):
    """The risk light of a session and one bar for each limit."""

    def update(self, session: SessionDetail) -> None:
        """Show this session's limits."""
        limits = session["risk_limit_details"]
        line = text.plural(len(limits), "%s limit", "%s limits")
        address = self._links.session_table(session["session_id"])
        severity, light = session["risk_severity"], session["risk_status"]
        self.show(
            h(
                "header",
                h("h2", _("Risk")),
                badges.risk(severity),
                badges.light(light),
                class_="bar",
            ),
            self._body(limits),
            foot(line, address, {"table": "limits"}, of=_("Risk")) if limits else None,
        )

    def _body(self, limits: Sequence[RiskLimit]) -> Node:
        if not limits:
            return empty(_("No risk limits"), _("The session's record names none."))
        return h(
            "ul", *map(bar, limits), class_="limits scroll", tabindex=0, aria_label=_("Limits")
        )


def bar(limit: RiskLimit) -> Node:
    """Return one limit; a bar is full where the limit is reached, texts get none."""
    ratio, severity, name = number(limit["ratio"]), str(limit["severity"]), shown(limit["name"])
    share = text.percent(ratio, 1) if ratio is not None else shown(limit["ratio"])
    used = _("%(value)s of %(limit)s") % {
        "value": shown(limit["value"]),
        "limit": shown(limit["limit"]),
    }
    return h(
        "li",
        h("span", h("strong", name), badges.risk(severity), class_="line"),
        h(
            "meter",
            max=1,
            value=min(max(ratio, 0.0), 1.0),
            data_level=badges.RISKS.get(severity, badges.UNKNOWN)[0],
            aria_label=_("%(name)s: %(share)s of the limit") % {"name": name, "share": share},
        )
        if ratio is not None
        else None,
        h(
            "span",
            h("span", used),
            h("span", share),
            class_="line soft",
        ),
    )


def shown(value: Any) -> str:
    """Return a stored value: a number with the digits that it needs, anything else as its text."""
    if value is None:
        return text.NONE
    known = finite(value)
    return str(value) if known is None else text.rounded(known)
