"""The newest session in detail."""

from __future__ import annotations

from peak_trade.artifacts import times
from peak_trade.contract.sessions.schema import SessionRow
from peak_trade.derive.freshness import Freshness as State
from peak_trade.i18n import _
from peak_trade.views.kit import badges, text
from peak_trade.views.kit.elements import Node, h, pairs
from peak_trade.views.kit.export import away
from peak_trade.views.kit.links import LinkedComponent


class NewestSession(LinkedComponent):
    """A card that leads to the session; nothing before there is one."""

    def update(self, session: SessionRow | None) -> None:
        """Show this session."""
        if session is None:
            self.show()
            return
        data = away("json", self._links.session_data(session["session_id"]), _("Newest session"))
        self.show(
            h("header", h("h2", _("Newest session")), data, class_="bar"), self._card(session)
        )

    def _card(self, session: SessionRow) -> Node:
        name = session["session_id"]
        facts: list[tuple[str, Node]] = [
            (_("risk"), badges.risk(session["risk_severity"])),
            (_("tier"), session["tier"]),
            (_("started"), badges.moment(session["started"])),
            (_("duration"), text.duration(session["duration_seconds"])),
            (_("ended"), badges.moment(times.parse(session["ended_at"] or ""))),
            (_("orders"), text.count(session["num_orders"])),
            (_("PnL"), badges.profit(session["realized_pnl"], session["currency"])),
            (_("max DD"), text.percent(session["max_drawdown"], 1)),
        ]
        note = session["notes"]
        return h(
            "a",
            h(
                "span",
                badges.mode_badge(session["mode"]),
                # The sign beside it says that it crashed, and when.
                h("small", session["status"], class_="soft")
                if session["freshness"]["state"] == State.CRASHED
                else badges.status(session["status"]),
                badges.freshness_chip(session["freshness"]),
                class_="line",
            ),
            h("strong", session["strategy_name"] or _("Session")),
            h("span", session["environment"] or text.NONE, class_="soft"),
            h("dl", *pairs(facts)),
            h("small", note, title=note, class_="soft note") if note else None,
            badges.identifier(name),
            class_="run-card",
            href=self._links.session(name),
        )
