"""What could not be read: by kind with what readers do instead, and the single read errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from peak_trade.contract.base.listing import ROOT
from peak_trade.contract.pages.quality import QualityPayload, ReadErrorExample, ReadErrorKind
from peak_trade.i18n import _, mark
from peak_trade.views.kit import badges, text
from peak_trade.views.kit.columns import with_root
from peak_trade.views.kit.coverage import coverage
from peak_trade.views.kit.elements import Node, h
from peak_trade.views.kit.export import foot
from peak_trade.views.kit.links import LinkedComponent, Links
from peak_trade.views.kit.states import empty
from peak_trade.views.kit.table import Column, table

KINDS: Final = (
    Column("kind"),
    Column("read errors", "number"),
    Column("what it is", "prose"),
    Column("what readers do", "prose"),
)
EXAMPLES: Final = (
    Column("where", "id"),
    Column("root", key=ROOT),
    Column("file", "id"),
    Column("line", "number"),
    Column("kind"),
    Column("reason", "prose"),
)


NAMES: Final = frozenset(
    {
        mark("away"),
        mark("bad cell"),
        mark("bad line"),
        mark("bad row"),
        mark("bad value"),
        mark("beyond bounds"),
        mark("damaged"),
        mark("line too long"),
        mark("missing"),
        mark("not copied"),
        mark("missing cells"),
        mark("no known column"),
        mark("not utf8"),
        mark("surplus cells"),
        mark("too large"),
        mark("unreadable"),
        mark("unlisted"),
        mark("unusable entry"),
        mark("unusable meta"),
        mark("unusable session"),
    }
)
"""Kinds of read errors, as they are called on the page."""

REASONS: Final = frozenset(
    {
        mark("not JSON"),
        mark("not an object"),
        mark("a required key is missing or unusable"),
        mark("half-written or damaged"),
        mark("bytes that are not UTF-8"),
        mark("it does not exist any more"),
    }
)
"""Reasons that name nothing of the file; others stay as they are."""

FAMILIES: Final = frozenset(
    {mark("runs"), mark("sessions"), mark("alerts"), mark("telemetry"), mark("storage")}
)
"""Families of artifacts."""


class ReadErrorKinds(LinkedComponent):
    """One row a kind."""

    def update(self, page: QualityPayload) -> None:
        """Show these kinds."""
        covers = h("small", coverage(page["coverage"]), class_="soft")
        title = h("header", h("h2", _("Read errors by kind")), covers, class_="bar")
        if not page["kinds"]:
            why = _("All that has been read so far could be read whole.")
            self.show(title, empty(_("No read errors"), why))
            return
        rows = [kind_row(kind) for kind in page["kinds"]]
        keys = [kind["kind"] for kind in page["kinds"]]
        shown = table(KINDS, rows, "Kinds", keys, name="kinds")
        line = text.plural(len(rows), "%s kind", "%s kinds")
        address = self._links.table("quality_table")
        self.show(
            title,
            h("div", shown, class_="scroll", tabindex=0),
            foot(line, address, {}, of=_("Read errors by kind")),
        )


def shown_kind(kind: str) -> str:
    """Return what a kind of read errors is called."""
    name = kind.replace("_", " ")
    return _(name) if name in NAMES else name


def shown_reason(reason: str) -> str:
    """Return a reason in the language of the page, if it is one of a list."""
    return _(reason) if reason in REASONS else reason


def kind_row(kind: ReadErrorKind) -> list[Node]:
    """Return the cells of a kind."""
    name = shown_kind(kind["kind"])
    meaning, consequence = kind["meaning"], kind["consequence"]
    return [name, text.count(kind["count"]), _(meaning), _(consequence)]


class ReadErrorExamples(LinkedComponent):
    """At most 100 read errors, the newest of each place; `labels` are those of several roots."""

    def __init__(self, links: Links, labels: Mapping[str, str]) -> None:
        super().__init__(links)
        self._labels = labels

    def update(self, page: QualityPayload) -> None:
        """Show these read errors."""
        examples = page["examples"]
        if not examples:
            self.show()
            return
        rows = [self._row(example) for example in examples]
        line = _("%(shown)s of %(found)s; the newest of each place are kept") % {
            "shown": text.count(len(examples)),
            "found": text.plural(page["read_errors"], "%s read error", "%s read errors"),
        }
        address = self._links.table("quality_table")
        self.show(
            h("header", h("h2", _("Where")), class_="bar"),
            h(
                "div",
                table(with_root(EXAMPLES, self._labels), rows, "Read errors", name="read-errors"),
                class_="scroll",
                tabindex=0,
            ),
            foot(line, address, {"table": "examples"}, of=_("Read errors")),
        )

    def _row(self, example: ReadErrorExample) -> list[Node]:
        run_id, line = example["run_id"], example["line"]
        family = example["family"]
        place: Node = _(family) if family in FAMILIES else family
        if run_id:
            place = h("a", run_id, href=self._links.run(run_id), title=run_id)
        root = badges.root(example["root"], self._labels) if "root" in example else text.NONE
        return [
            place,
            *([root] if self._labels else []),
            badges.identifier(example["file"]),
            _("whole file") if line is None else text.count(line),
            shown_kind(example["kind"]),
            h("span", shown_reason(example["reason"]), title=example["reason"]),
        ]
