"""The table of sessions with its query, filters, order and columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from peak_trade.contract.base.listing import MAX_ROWS, PAGE
from peak_trade.contract.pages.console import ConsolePayload
from peak_trade.contract.sessions.schema import SessionRow
from peak_trade.contract.sessions.search import SessionTableParams
from peak_trade.i18n import _, mark
from peak_trade.views.kit import badges, text
from peak_trade.views.kit.choices import Choice, choices, offered
from peak_trade.views.kit.columns import arranged, chooser, clear, roots, states, with_root
from peak_trade.views.kit.elements import Node, h
from peak_trade.views.kit.export import foot
from peak_trade.views.kit.links import Links, PlacedComponent
from peak_trade.views.kit.states import empty
from peak_trade.views.kit.table import Column, Order, table

COLUMNS: Final = (
    Column("session", "id", "session"),
    Column("root", key="root"),
    Column("mode", key="mode"),
    Column("state", key="state"),
    Column("status", key="status"),
    Column("risk", key="risk"),
    Column("strategy", key="strategy"),
    Column("tier", key="tier"),
    Column("symbol", key="symbol"),
    Column("environment", key="environment"),
    Column("started", "number", "started"),
    Column("duration", "number", "duration"),
    Column("realized PnL", "number", "pnl"),
    Column("max DD", "number", "dd"),
    Column("orders", "number", "orders"),
    Column("age", "number", "updated"),
)
ORDER: Final = (*badges.MODES, *badges.STATUSES)
View = dict[str, str]


class SessionTable(PlacedComponent):
    """Sessions, newest first unless sorted; `labels` are those of several roots."""

    def __init__(self, links: Links, place: Path, labels: Mapping[str, str]) -> None:
        super().__init__(links, place)
        self._labels = labels

    def update(
        self,
        console: ConsolePayload,
        view: Mapping[str, str],
        params: SessionTableParams,
        fault: str,
    ) -> None:
        """Show these sessions; `view` is what the URL has, `params` what of it is shown."""
        self.show(
            h("p", fault, class_="fault", role="alert") if fault else None,
            h(
                "header",
                h("h2", _("Sessions")),
                states(console["by_state"], view, self._link),
                roots(console.get("by_root", {}), self._labels, view, self._link),
                self._filter(mark("mode"), console["by_mode"], view),
                self._filter(mark("status"), console["by_status"], view),
                self._filter(mark("tier"), console["by_tier"], view)
                if len(console["by_tier"]) > 1
                else None,
                h("peak-views", key="views"),
                chooser(with_root(COLUMNS, self._labels), view, params, self._link),
                class_="bar",
            ),
            self._body(console, view, params),
            self._foot(console, view, params) if console["sessions"] else None,
        )

    def _body(
        self, console: ConsolePayload, view: Mapping[str, str], params: SessionTableParams
    ) -> Node:
        if console["sessions"]:
            columns = arranged(with_root(COLUMNS, self._labels), params)
            cells = [self._row(session) for session in console["sessions"]]
            rows = [[row[column.key] for column in columns] for row in cells]
            keys = [f"{s['session_id']} {s['started_at']}" for s in console["sessions"]]
            order = Order(params.sort, lambda sort: self._link({**view, "sort": sort}))
            body = table(columns, rows, "Sessions", keys, order, name="sessions")
            return h("div", body, class_="scroll", tabindex=0)
        asked = [f"{name}:{view[name]}" for name in ("mode", "status", "tier") if view.get(name)]
        if view.get("q"):
            asked.insert(0, view["q"])
        if asked:
            chosen = " ".join(asked)
            why = _("None of the sessions has %s.") % chosen
            return empty(_("No session matches"), why, more=clear(view, self._link))
        why = _("A session appears when a run writes its record into the registry.")
        return empty(_("No sessions yet"), why, "make demo", self._place)

    def _foot(
        self, console: ConsolePayload, view: Mapping[str, str], params: SessionTableParams
    ) -> Node:
        shown, matching = len(console["sessions"]), console["matching"]
        line = _("%(shown)s of %(total)s") % {
            "shown": text.count(shown),
            "total": text.count(matching),
        }
        following = str(min(params.rows + PAGE, MAX_ROWS))
        more = h("a", _("show more"), **self._link({**view, "rows": following}))
        view_in_force = params.model_dump(exclude_defaults=True, mode="json")
        address = self._links.table("sessions_table")
        is_cut = shown < min(matching, MAX_ROWS)
        return foot(line, address, view_in_force, more if is_cut else None, of=_("Sessions"))

    def _row(self, session: SessionRow) -> dict[str, Node]:
        name, href = session["session_id"], self._links.session(session["session_id"])
        return {
            "session": badges.identifier(name, href),
            "root": badges.root(session.get("root", ""), self._labels),
            "mode": badges.mode_badge(session["mode"]),
            "state": badges.freshness_chip(session["freshness"]),
            "status": badges.status(session["status"], session["notes"]),
            "risk": badges.risk(session["risk_severity"]),
            "strategy": badges.name(session["strategy_name"]),
            "tier": session["tier"],
            "symbol": session["symbol"] or text.NONE,
            "environment": badges.name(session["env_name"]),
            "started": h("small", badges.moment(session["started"])),
            "duration": h("small", text.duration(session["duration_seconds"])),
            "pnl": badges.profit(session["realized_pnl"], session["currency"]),
            "dd": text.percent(session["max_drawdown"], 1),
            "orders": text.count(session["num_orders"]),
            "updated": h("small", badges.age(session["as_of"])),
        }

    def _filter(self, name: str, counts: Mapping[str, int], view: Mapping[str, str]) -> Node:
        others = {key: value for key, value in view.items() if key != name}
        values = [(_("all"), "", sum(counts.values()))]
        shown = sorted(offered(counts, view.get(name)), key=_order)
        values += [(value, value, counts[value]) for value in shown]
        return choices(name, (self._choice(name, *value, others, view) for value in values))

    def _choice(
        self, name: str, label: str, value: str, count: int, others: View, view: Mapping[str, str]
    ) -> Choice:
        to = {**others, name: value} if value else others
        link = self._link(to)
        chosen = view.get(name, "") == value
        return Choice(label, count, link["data_send"], link["href"], chosen)

    def _link(self, view: Mapping[str, str]) -> dict[str, str]:
        kept = {name: value for name, value in _ordered(view) if value}
        return {"href": self._links.console(**kept), "data_send": urlencode(kept)}


def _ordered(view: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    return ((name, view.get(name, "")) for name in SessionTableParams.model_fields)


def _order(value: str) -> tuple[int, str]:
    return (ORDER.index(value) if value in ORDER else len(ORDER), value)
