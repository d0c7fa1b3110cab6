"""What the telemetry of a session says in short."""

from __future__ import annotations

from peak_trade.contract.pages.session import Execution
from peak_trade.i18n import _
from peak_trade.views.kit import badges, text
from peak_trade.views.kit.elements import Node, h, pairs
from peak_trade.views.kit.links import LinkedComponent
from peak_trade.views.kit.states import empty


class SessionExecution(LinkedComponent):
    """Number of events of each kind; leads to the execution page."""

    def update(self, execution: Execution) -> None:
        """Show this summary."""
        summary = execution["summary"]
        name = summary["session_id"]
        link = (
            None
            if "/" in name
            else h("a", _("timeline"), class_="leads", href=self._links.execution(name))
        )
        self.show(h("header", h("h2", _("Execution")), link, class_="bar"), self._body(execution))

    def _body(self, execution: Execution) -> Node:
        summary = execution["summary"]
        if not summary["found"]:
            why = _("No telemetry log has this session's id as its name.")
            return empty(_("No execution telemetry"), why, "make demo")
        counts = sorted(summary["kind_counts"].items(), key=lambda item: -item[1])
        facts: list[tuple[str, Node]] = [
            (_("events"), text.count(summary["event_count"])),
            *((kind, text.count(number)) for kind, number in counts),
            (_("symbols"), ", ".join(summary["symbols"]) or text.NONE),
            (_("newest"), badges.age(execution["newest"])),
        ]
        return h("dl", *pairs(facts), class_="facts scroll", tabindex=0)
