"""The table of sessions with its filters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from peak_trade.contract.pages import Console, SessionRow
from peak_trade.views import marks, text
from peak_trade.views.elements import Node, Part, h
from peak_trade.views.links import Links
from peak_trade.views.states import empty
from peak_trade.views.table import Column, table

COLUMNS: Final = (
    Column("session", "id"),
    Column("mode"),
    Column("status"),
    Column("risk"),
    Column("strategy"),
    Column("symbol"),
    Column("environment"),
    Column("started", "number"),
    Column("duration", "number"),
    Column("PnL", "number"),
    Column("max DD", "number"),
    Column("orders", "number"),
    Column("age", "number"),
)
ORDER: Final = (*marks.MODES, *marks.STATUSES)


class SessionTable(Part):
    """Sessions, newest first, with filters by mode and status."""

    def __init__(self, links: Links) -> None:
        super().__init__()
        self._links = links

    def update(self, console: Console, filters: Mapping[str, str]) -> None:
        """Show these sessions; `filters` are those in force."""
        shown, matching = len(console["sessions"]), console["matching"]
        self.show(
            h(
                "header",
                h("h2", "Sessions"),
                self._filter("mode", console["by_mode"], filters),
                self._filter("status", console["by_status"], filters),
                class_="bar",
            ),
            self._body(console, filters),
            h("footer", f"{shown} of {matching}", class_="foot") if shown else None,
        )

    def _body(self, console: Console, filters: Mapping[str, str]) -> Node:
        if console["sessions"]:
            rows = [self._row(session) for session in console["sessions"]]
            keys = [f"{s['session_id']} {s['started_at']}" for s in console["sessions"]]
            return h("div", table(COLUMNS, rows, "Sessions", keys), class_="scroll", tabindex=0)
        if filters:
            chosen = ", ".join(f"{name} {value}" for name, value in filters.items())
            return empty("No session matches", f"None of the sessions has {chosen}.")
        why = "A session appears when a run writes its record into the registry."
        return empty("No sessions yet", why, "make demo")

    def _row(self, session: SessionRow) -> list[Node]:
        name, href = session["session_id"], self._links.session(session["session_id"])
        pnl = session["realized_pnl"]
        return [
            h("a", name, href=href, title=name),
            marks.mode_badge(session["mode"]),
            marks.status(session["status"], session["notes"]),
            marks.risk(session["risk_severity"]),
            session["strategy_name"] or text.NONE,
            session["symbol"] or text.NONE,
            h("span", session["env_name"] or text.NONE, title=session["env_name"] or None),
            marks.moment(session["started"]),
            text.duration(session["duration_seconds"]),
            h("span", text.signed(pnl), data_level=text.tone(pnl)),
            text.percent(session["max_drawdown"], 1),
            text.count(session["num_orders"]),
            marks.age(session["as_of"]),
        ]

    def _filter(self, name: str, counts: Mapping[str, int], filters: Mapping[str, str]) -> Node:
        others = {key: value for key, value in filters.items() if key != name}
        values = sorted(counts, key=_order)
        links = [
            self._choice("all", others, sum(counts.values()), filters),
            *(self._choice(v, {**others, name: v}, counts[v], filters) for v in values),
        ]
        return h("nav", h("span", name), *links, class_="filter", aria_label=f"Filter by {name}")

    def _choice(
        self, label: str, filters: dict[str, str], count: int, chosen: Mapping[str, str]
    ) -> Node:
        return h(
            "a",
            label,
            h("small", text.count(count)),
            href=self._links.console(**filters),
            aria_current="true" if filters == chosen else None,
            data_send=urlencode(filters),
        )


def _order(value: str) -> tuple[int, str]:
    return (ORDER.index(value) if value in ORDER else len(ORDER), value)
