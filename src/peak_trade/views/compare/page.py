"""The comparison: runs side by side, as curves, metrics and settings."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from peak_trade.contract.pages.compare import MAX_RUNS
from peak_trade.contract.runs.schema import RunEntry
from peak_trade.i18n import _, mark
from peak_trade.models.compare import CompareModel
from peak_trade.views.charts.curves import Curves
from peak_trade.views.compare.drift import drift_part
from peak_trade.views.compare.offer import offer
from peak_trade.views.compare.parts import choice, differences, legend, metrics
from peak_trade.views.kit.elements import Component, Node, h
from peak_trade.views.kit.links import query
from peak_trade.views.kit.page import Page
from peak_trade.views.kit.run_choice import RunChoice
from peak_trade.views.kit.states import empty, problem

SWITCHES: Final = {
    "by": {"time": mark("by time"), "elapsed": mark("by elapsed time"), "bar": mark("by bar")},
    "scale": {"start": mark("start = 100"), "absolute": mark("absolute")},
}


class ComparePage(Page):
    """The page at `/compare`; the runs and the switches are in the URL."""

    charted = "curves"

    def __init__(self, model: CompareModel) -> None:
        super().__init__(model)
        self.model = model
        self.banner, self.legend, self.metrics = Component(), Component(), Component()
        self.drift, self.differences = Component(), Component()
        self.runs = RunChoice(self.links, model.settings.runs_path)
        self.curves = Curves()
        for part in (self.legend, self.runs):
            part.elements.on_send(self._choose)
        self.runs.on_search(self._search)

    def areas(self) -> dict[str, Any]:
        """Return the parts by the place they have on the page."""
        return {
            "banner": self.banner,
            "search": self.runs.search,
            "runs": self.runs,
            "legend": self.legend,
            "curves": self.curves,
            "metrics": self.metrics,
            "drift": self.drift,
            "differences": self.differences,
        }

    def subject(self) -> str:
        """Return the strategies of the runs, in their order."""
        found = self.model.payload
        return ", ".join(run["strategy_name"] for run in found["runs"]) if found else ""

    def render(self) -> None:
        """Show the payloads."""
        model = self.model
        found, runs, chosen = model.payload, model.runs, model.chosen
        if found is None or runs is None:
            self.banner.show(problem(_("Nothing can be shown now"), model.problem))
            return
        names = ", ".join(found["unknown"])
        self.banner.show(
            h("p", h("strong", _("No such run:")), names, class_="banner", role="alert")
            if names
            else None
        )
        self.runs.update(runs, self._run_link, model.search, model.fault, chosen=chosen)
        view, address = self.model.view, self.links.table("compare_table")
        points = address + query({**view, "table": "points"})
        self.curves.update(found, chosen.by, chosen.scale, points)
        if not found["runs"]:
            listed, labels = runs["runs"], model.settings.root_labels
            why = _("Choose up to 6 runs from the list; their curves and metrics come here.")
            self.legend.show(
                offer(listed, labels, self._href) if listed else empty(_("No runs to compare"), why)
            )
            self.metrics.show()
            self.drift.show()
            self.differences.show()
            return
        labels = model.settings.root_labels
        self.legend.show(self._switches(), legend(found, chosen, self.links, labels, self._href))
        self.metrics.show(*metrics(found, address, view))
        currency = found["runs"][0]["currency"]
        drift = drift_part(model.drift, model.no_drift, currency, self.links, address, view)
        self.drift.show(*drift)
        self.differences.show(*differences(found, address, view))

    def _run_link(self, run: RunEntry) -> Node:
        return choice(run, self.model.chosen, self.model.settings.root_labels, self._href)

    def _switches(self) -> Node:
        chosen = self.model.chosen
        navs = (
            h(
                "nav",
                *(self._switch(name, value, label, getattr(chosen, name)) for value, label in of),
                class_="filter",
                aria_label=name,
            )
            for name, of in ((name, values.items()) for name, values in SWITCHES.items())
        )
        shown = {"shown": len(chosen.ids), "limit": MAX_RUNS}
        note = _("%(shown)s of at most %(limit)s runs") % shown
        return h("header", *navs, h("small", note, class_="soft"), class_="bar")

    def _switch(self, name: str, value: str, label: str, current: str) -> Node:
        return h(
            "a",
            _(label),
            href=self._href({name: value}),
            aria_current="true" if value == current else None,
            data_send=urlencode({name: value}),
        )

    def _href(self, changes: dict[str, str]) -> str:
        return self.links.compare(**{**self.model.view, **changes})

    def _search(self, search: str) -> None:
        self.model.search = search

    def _choose(self, chosen: str) -> None:
        changes = dict(parse_qsl(chosen, keep_blank_values=True))
        self.go_to({**self.model.view, **changes})
