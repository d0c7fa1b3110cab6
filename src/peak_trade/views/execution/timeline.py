"""The events of a telemetry log, newest first, each with its payload."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from peak_trade import jsonio
from peak_trade.contract.pages.execution import ExecutionPayload, ExecutionRow
from peak_trade.i18n import _, mark
from peak_trade.views.kit import badges, text
from peak_trade.views.kit.choices import Choice, choices, offered
from peak_trade.views.kit.elements import Node, h
from peak_trade.views.kit.export import foot
from peak_trade.views.kit.links import LinkedComponent, component, query
from peak_trade.views.kit.states import empty
from peak_trade.views.kit.table import Column, table

COLUMNS: Final = (Column("time"), Column("kind"), Column("symbol"), Column("description"))
Filters = dict[str, str]


class Timeline(LinkedComponent):
    """A table with a filter by kind; a row opens and shows its payload."""

    def update(self, page: ExecutionPayload, filters: Filters) -> None:
        """Show these events; `filters` are those in force."""
        shown, matching = len(page["rows"]), page["matching"]
        line = _("newest %(shown)s of %(total)s") % {
            "shown": text.count(shown),
            "total": text.count(matching),
        }
        self.show(
            h("header", h("h2", _("Timeline")), self._kinds(page, filters), class_="bar"),
            self._body(page, filters),
            foot(line, self._file(page), filters, of=_("Timeline")),
        )

    def _body(self, page: ExecutionPayload, filters: Filters) -> Node:
        if not page["rows"]:
            return empty(
                _("No event matches"), _("None of the events is of kind %s.") % filters["kind"]
            )
        rows = [row(event) for event in page["rows"]]
        keys = [event["seq"] for event in page["rows"]]
        return h(
            "div",
            table(COLUMNS, rows, "Timeline", keys, name="timeline", stacked=False),
            class_="scroll tall",
            tabindex=0,
        )

    def _kinds(self, page: ExecutionPayload, filters: Filters) -> Node:
        summary, others = page["summary"], {k: v for k, v in filters.items() if k != "kind"}
        counts = summary["kind_counts"]
        kinds = offered(counts, filters.get("kind"))
        values = [(_("all"), others, summary["event_count"])]
        values += [(kind, {"kind": kind, **others}, counts[kind]) for kind in kinds]
        return choices(
            mark("kind"),
            (
                Choice(name, number, urlencode(to), self._href(page, to), to == filters)
                for name, to, number in values
            ),
        )

    def _file(self, page: ExecutionPayload) -> str:
        return f"{self._links.table('execution_table')}/{component(page['session_id'])}"

    def _href(self, page: ExecutionPayload, filters: Filters) -> str:
        return self._links.execution(page["session_id"]) + query(filters)


def row(event: ExecutionRow) -> list[Node]:
    """Return the cells of an event."""
    return [
        badges.moment(event["time"], "exact"),
        badges.kind(event["kind"], blocked=event["blocked"]),
        event["symbol"] or text.NONE,
        h(
            "details",
            h("summary", event["description"]),
            h("pre", jsonio.dumps(event["details"], indent=True).decode()),
        ),
    ]
