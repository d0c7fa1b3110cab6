"""The list of runs to choose from, with its search."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any

from peak_trade.contract.runs.schema import RunEntry, RunList
from peak_trade.i18n import _
from peak_trade.views.kit import text
from peak_trade.views.kit.controls import text_box
from peak_trade.views.kit.elements import Node, h
from peak_trade.views.kit.export import FORMS, foot
from peak_trade.views.kit.links import Links, PlacedComponent
from peak_trade.views.kit.states import empty, no_runs

Link = Callable[[RunEntry], Node]


class RunChoice(PlacedComponent):
    """Runs, newest event first, each a link of the page's own."""

    def __init__(self, links: Links, place: Path) -> None:
        super().__init__(links, place)
        self.search = text_box(_("Search runs"), "mode:shadow btc")

    def on_choose(self, callback: Callable[[str], None]) -> None:
        """Call `callback` with the run that was chosen."""
        self.elements.on_send(callback)

    def on_search(self, callback: Callable[[str], None]) -> None:
        """Call `callback` with each change of the search."""

        def tell(event: Any) -> None:
            callback(event.new)

        self.search.param.watch(tell, "value_input")

    def update(
        self, runs: RunList, link: Link, search: str, fault: str, *, chosen: Hashable
    ) -> None:
        """Show a `link` for each run that matches `search`, or why that cannot be understood.

        `chosen` is what the links are made of besides their runs.
        """
        key = ("run list", self._links, search, fault, chosen)
        self.show_of(runs, key, lambda: self._listed(runs, link, search, fault))

    def _listed(self, runs: RunList, link: Link, search: str, fault: str) -> list[Node | None]:
        shown, matching, total = len(runs["runs"]), runs["matching"], runs["total"]
        if not total:
            return [no_runs(self._place)]
        items = (h("li", link(run), key=run["run_id"]) for run in runs["runs"])
        nothing = (
            None
            if shown
            else empty(_("No run matches"), _("None of %s runs matches.") % text.count(total))
        )
        return [
            h("p", fault, class_="fault", role="alert") if fault else None,
            h("ul", *items, class_="runs", tabindex=0, aria_label=_("Runs")) if shown else nothing,
            foot(
                _("%(shown)s of %(total)s") % {"shown": shown, "total": matching},
                self._links.table("runs_table"),
                {"q": search} if search else {},
                of=_("Runs"),
                forms=FORMS if shown and not fault else (),
            ),
        ]
