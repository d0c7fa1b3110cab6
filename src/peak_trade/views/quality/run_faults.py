"""Runs whose rows are at fault: gaps, repeated and late rows, clocks that are ahead."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from peak_trade.contract.base.listing import ROOT
from peak_trade.contract.pages.quality import QualityPayload, RunFaults
from peak_trade.i18n import _, mark
from peak_trade.views.kit import badges, text
from peak_trade.views.kit.columns import with_root
from peak_trade.views.kit.elements import Node, h
from peak_trade.views.kit.export import foot
from peak_trade.views.kit.links import Links, PlacedComponent
from peak_trade.views.kit.states import empty, no_runs
from peak_trade.views.kit.table import Column, table

COLUMNS: Final = (
    Column("run", "id"),
    Column("root", key=ROOT),
    Column("rows", "number"),
    Column("gaps", "number"),
    Column("missing", "number"),
    Column("holes", "number"),
    Column("missing candles", "number", width=8),
    Column("repeated", "number"),
    Column("out of order", "number"),
    Column("back in time", "number"),
    Column("no time", "number"),
    Column("ahead by", "number"),
    Column("read errors", "number"),
)
MEANINGS: Final = mark(
    "gaps: jumps of the step, and the steps they leave out; holes: jumps of the time by more than "
    "a candle, and the candles they leave out; repeated: the step of the row before; "
    "out of order: sorted by readers; back in time: earlier than the row before; "
    "ahead by: newest row against the clock here, from a minute on"
)


class FaultTable(PlacedComponent):
    """One row a run with a fault; `labels` are those of several roots."""

    def __init__(self, links: Links, place: Path, labels: Mapping[str, str]) -> None:
        super().__init__(links, place)
        self._labels = labels

    def update(self, page: QualityPayload) -> None:
        """Show these runs."""
        title = h("header", h("h2", _("Rows at fault")), class_="bar")
        runs, checked = page["runs"], text.plural(page["runs_checked"], "%s run", "%s runs")
        if not page["runs_checked"]:
            self.show(title, no_runs(self._place))
            return
        if not runs:
            why = _("Steps and times of %s are without a gap and in order.") % checked
            self.show(title, empty(_("No row is at fault"), why))
            return
        rows = [self._row(run) for run in runs]
        keys = [run["run_id"] for run in runs]
        line = _("%(shown)s of the newest %(checked)s of %(total)s.") % {
            "shown": text.count(len(runs)),
            "checked": checked,
            "total": text.count(page["runs_total"]),
        }
        self.show(
            title,
            h(
                "div",
                table(with_root(COLUMNS, self._labels), rows, "Faults", keys, name="faults"),
                class_="scroll",
                tabindex=0,
            ),
            foot(
                f"{line} {_(MEANINGS)}",
                self._links.table("quality_table"),
                {"table": "runs"},
                of=_("Rows at fault"),
            ),
        )

    def _row(self, run: RunFaults) -> list[Node]:
        name, lead = run["run_id"], run["ahead_seconds"]
        counts = (
            "gaps",
            "missing",
            "holes",
            "missing_candles",
            "repeated",
            "out_of_order",
            "backwards",
            "untimed",
        )
        return [
            badges.identifier(name, self._links.run(name)),
            *([badges.root(run["root"], self._labels)] if "root" in run else []),
            text.count(run["rows"]),
            *(number(run[column]) for column in counts),  # type: ignore[literal-required]
            text.NONE if lead is None else h("span", text.duration(int(lead)), data_level="warn"),
            number(run["read_errors"]),
        ]


def number(value: int) -> Node:
    """Return a count of faults: what is not zero stands out."""
    return h("span", text.count(value), data_level="warn") if value else text.NONE
