"""The runs that go on now, as cards that lead to them."""

from __future__ import annotations

from collections.abc import Sequence

from peak_trade.contract.pages import RunEntry
from peak_trade.views import marks
from peak_trade.views.elements import Node, Part, h
from peak_trade.views.links import Links
from peak_trade.views.states import empty


class ActiveRuns(Part):
    """One card a run."""

    def __init__(self, links: Links) -> None:
        super().__init__()
        self._links = links

    def update(self, runs: Sequence[RunEntry]) -> None:
        """Show these runs."""
        self.show(h("header", h("h2", "Running now"), class_="bar"), self._body(runs))

    def _body(self, runs: Sequence[RunEntry]) -> Node:
        if not runs:
            why = "A run is active while its newest event is less than 10 minutes old."
            return empty("No run is active", why, "make demo")
        return h("div", *(self._card(run) for run in runs), class_="cards")

    def _card(self, run: RunEntry) -> Node:
        return h(
            "a",
            h(
                "span",
                marks.mode_badge(run["mode"]),
                marks.freshness_chip(run["freshness"]),
                class_="line",
            ),
            h("strong", run["strategy_name"]),
            h("span", f"{run['symbol']} \N{MIDDLE DOT} {run['timeframe']}", class_="soft"),
            h("span", run["run_id"], class_="id", title=run["run_id"]),
            class_="run-card",
            href=self._links.run(run["run_id"]),
            key=run["run_id"],
        )
