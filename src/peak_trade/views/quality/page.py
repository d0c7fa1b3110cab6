"""The data quality page: what could not be read, and faults of what was."""

from __future__ import annotations

from typing import Any

from peak_trade.contract.pages.quality import QualityPayload
from peak_trade.i18n import _
from peak_trade.models.quality import QualityModel
from peak_trade.views.kit import badges, text
from peak_trade.views.kit.coverage import unfinished
from peak_trade.views.kit.elements import Component, Node, h
from peak_trade.views.kit.page import Page
from peak_trade.views.kit.states import problem
from peak_trade.views.kit.tiles import Tile, Tiles, fit
from peak_trade.views.quality.read_errors import ReadErrorExamples, ReadErrorKinds
from peak_trade.views.quality.run_faults import FaultTable


class QualityPage(Page):
    """The page at `/quality`; it has one view."""

    def __init__(self, model: QualityModel) -> None:
        super().__init__(model)
        self.model = model
        self.banner, self.tiles, self.kinds = Component(), Tiles(), ReadErrorKinds(self.links)
        labels = model.settings.root_labels
        self.runs = FaultTable(self.links, model.settings.runs_path, labels)
        self.examples = ReadErrorExamples(self.links, labels)

    def areas(self) -> dict[str, Any]:
        """Return the parts by the place they have on the page."""
        return {
            "banner": self.banner,
            "tiles": self.tiles,
            "kinds": self.kinds,
            "runs": self.runs,
            "examples": self.examples,
        }

    def render(self) -> None:
        """Show the payload."""
        page = self.model.payload
        if self.model.problem or page is None:
            self.banner.show(problem(_("Data quality cannot be shown now"), self.model.problem))
            return
        self.banner.show()
        word = "warn" if page["read_errors"] or page["runs"] else "ok"
        self.status.show(
            badges.data_age(page["freshness"]), h("small", badges.level(word), class_="status-more")
        )
        self.tiles.update(tiles(page), page["freshness"])
        self.kinds.update(page)
        self.runs.update(page)
        self.examples.update(page)


def tiles(page: QualityPayload) -> list[Tile]:
    """Return how much is wrong."""

    def tile(label: str, value: int, context: Node) -> Tile:
        return Tile(label, text.count(value), context, "warn" if value else None)

    places = text.plural(len(page["places"]), "%s place", "%s places")
    checked = text.plural(page["runs_checked"], "of %s run looked at", "of %s runs looked at")
    return [
        tile(
            _("Read errors"),
            page["read_errors"],
            fit(*unfinished(page["coverage"]))
            or (_("in %s") % places if page["read_errors"] else _("all was readable")),
        ),
        tile(_("Kinds of read errors"), len(page["kinds"]), _("lines, cells, files")),
        tile(_("Runs at fault"), len(page["runs"]), checked),
        tile(_("Repeated session ids"), page["repeated_sessions"], _("the last file counts")),
        tile(
            _("Alerts from the future"), page["future_alerts"], _("clock of their writer is ahead")
        ),
    ]
