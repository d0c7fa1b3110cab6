"""Statistics of the run that a session writes: what the page of the run shows."""

from __future__ import annotations

from peak_trade.contract.pages.run_tabs import Table
from peak_trade.i18n import _
from peak_trade.views.judged.statistics import statistics_panel
from peak_trade.views.kit import text
from peak_trade.views.kit.elements import Node, h
from peak_trade.views.kit.export import foot
from peak_trade.views.kit.links import LinkedComponent


class SessionStatistics(LinkedComponent):
    """The statistics, if there is a run."""

    def update(self, found: Table | None) -> None:
        """Show the statistics of the run of a session; without it, its chart says why."""
        if found is None:
            self.show()
            return
        self.show_of(found, ("session statistics", self._links), lambda: self._nodes(found))

    def _nodes(self, found: Table) -> list[Node]:
        run_id, tab = found["run_id"], found["tab"]
        link = h("a", _("run"), class_="leads", href=self._links.run(run_id, tab=tab))
        count = text.plural(found["total"], "%s figure", "%s figures")
        address = self._links.run_table(run_id)
        return [
            h("header", h("h2", _("Statistics")), link, class_="bar"),
            h("div", statistics_panel(found), class_="scroll", tabindex=0),
            foot(count, address, {"tab": tab}, of=_("Statistics")),
        ]
