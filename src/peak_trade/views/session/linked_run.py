"""Equity and drawdown of the run that a session writes."""

from __future__ import annotations

from typing import Any

import panel as pn
from panel.viewable import Viewer

from peak_trade.contract.pages.session import SessionPayload
from peak_trade.derive.gaps import Gaps
from peak_trade.i18n import _
from peak_trade.views.charts.away import Image
from peak_trade.views.charts.equity import EquityChart
from peak_trade.views.kit import badges
from peak_trade.views.kit.elements import Component, h
from peak_trade.views.kit.links import Links
from peak_trade.views.kit.states import empty
from peak_trade.views.kit.theme import CARD


class LinkedRunChart(Viewer):  # type: ignore[misc]  # panel is untyped
    """The chart of the run, or why there is none."""

    def __init__(self, links: Links) -> None:
        super().__init__()
        self._links = links
        self.heading, self.chart = Component(), EquityChart()
        self._drawn = pn.Column(
            self.chart, sizing_mode="stretch_width", margin=0, visible=False, styles=CARD
        )

    def __panel__(self) -> Any:
        return pn.Column(self.heading, self._drawn, sizing_mode="stretch_width", margin=0)

    def update(self, session: SessionPayload, window: dict[str, str]) -> None:
        """Draw the run of this session; `window` is what the URL has of the charts."""
        run, name = session["run"], session["detail"]["run_id"]
        self._drawn.visible = self.chart.follow.switch.visible = run is not None
        if run is not None:
            link = badges.identifier(run["run_id"], self._links.run(run["run_id"]))
            self.heading.show(h("header", h("h2", _("Equity")), link, class_="bar"))
            data = self._links.curve(run["run_id"], window)
            currency = session["currency"]
            image = Image(("equity", "drawdown"), run["run_id"], run["run_id"])
            gaps = Gaps(run["gaps_first"], run["gaps_last"])
            self.chart.update(
                run["curve"], run["start_equity"], None, data, currency, image=image, gaps=gaps
            )
            return
        title = h("header", h("h2", _("Equity")), class_="bar")
        self.heading.show(title, empty(_("No run to draw"), why_no_run(name)))


def why_no_run(name: str | None) -> str:
    """Return why nothing of a run is shown to a session whose record names this one."""
    missing = _("There is no directory of the run %s that its record names.") % name
    return missing if name else _("Its record names no run.")
