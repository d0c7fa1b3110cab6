"""Identity and times of a session, as its record has them."""

from __future__ import annotations

from peak_trade.artifacts import times
from peak_trade.contract.pages.session import SessionPayload
from peak_trade.i18n import _
from peak_trade.views.kit import badges, text
from peak_trade.views.kit.data_tree import leaf
from peak_trade.views.kit.elements import Node, h, pairs
from peak_trade.views.kit.export import away
from peak_trade.views.kit.links import LinkedComponent


class SessionFacts(LinkedComponent):
    """A list of names and values."""

    def update(self, session: SessionPayload) -> None:
        """Show the facts of this session."""
        detail, life = session["detail"], session["life"]
        run = detail["run_id"]
        facts: list[tuple[str, Node]] = [
            (_("session"), h("span", detail["session_id"], class_="id")),
            (_("run"), self._run(session) if run else text.NONE),
            *([(_("root"), detail["root"])] if "root" in detail else []),
            (_("type"), detail["run_type"]),
            (_("mode"), badges.mode_badge(detail["mode"])),
            (_("status"), badges.status(detail["status"])),
            (_("tier"), session["tier"]),
            (_("environment"), detail["env_name"] or text.NONE),
            (_("symbol"), detail["symbol"] or text.NONE),
            (_("started"), badges.moment(life["started"], "full")),
            (_("ended"), badges.moment(life["ended"], "full")),
            (_("recorded"), badges.moment(times.parse(detail["created_at"] or ""), "full")),
            (_("notes"), leaf(detail["config"].get("notes") or None)),
        ]
        self.show(
            h(
                "header",
                h("h2", _("Record")),
                away("json", self._links.session_data(detail["session_id"]), _("Record")),
                class_="bar",
            ),
            h("dl", *pairs(facts), class_="facts scroll", tabindex=0),
        )

    def _run(self, session: SessionPayload) -> Node:
        name, exists = session["detail"]["run_id"] or "", session["run"] is not None
        href = self._links.run(name) if exists else None
        return h("a" if href else "span", name, class_="id", href=href)
