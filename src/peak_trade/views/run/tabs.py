"""The rows of a run below its charts: one tab at a time, each with its export."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from peak_trade.contract.pages.run_tabs import TABS, Table, TabParams
from peak_trade.i18n import _, mark
from peak_trade.views.judged.books import book_table
from peak_trade.views.judged.statistics import statistics_panel
from peak_trade.views.kit import text
from peak_trade.views.kit.controls import text_box
from peak_trade.views.kit.elements import Component, Node, h
from peak_trade.views.kit.export import FORMS, foot
from peak_trade.views.kit.links import Links
from peak_trade.views.kit.states import empty, problem
from peak_trade.views.run.address import RunAddress
from peak_trade.views.run.alerts import alert_list
from peak_trade.views.run.closed import closed_table
from peak_trade.views.run.funnel import funnel_panel
from peak_trade.views.run.log import log
from peak_trade.views.run.meta import meta
from peak_trade.views.run.rows import order_table, position_table, signal_table, trade_table

MONEY: Final[dict[str, Callable[[Table, str], Node]]] = {
    "events": log,
    "positions": position_table,
    "books": book_table,
}
"""Bodies with money, which take its currency."""

BODIES: Final[dict[str, Callable[[Table], Node]]] = {
    "signals": signal_table,
    "orders": order_table,
    "trades": trade_table,
    "statistics": statistics_panel,
    "meta": meta,
}
WHOLE: Final = frozenset({"statistics", "books", "funnel"})
"""Tabs that are not long: the page scrolls, and not a part of it."""

LINKED: Final = frozenset({"alerts", "closed", "funnel"})
"""Tabs whose rows are links of the view."""

NOTHING: Final = {
    "events": mark("The run has written no such event so far."),
    "signals": mark("The run has written no event so far, or only its header."),
    "positions": mark("The run has written no event so far, or only its header."),
    "orders": mark("None of the last 200 events has an order."),
    "trades": mark("The run has no file of trades, or it is empty."),
    "closed": mark("No trade of the run was closed so far."),
    "alerts": mark("Nothing was raised by the run's alert rules, nor by the platform."),
}
TAB_LABELS: Final = {
    "events": mark("events"),
    "signals": mark("signals"),
    "positions": mark("positions"),
    "orders": mark("orders"),
    "trades": mark("trades"),
    "closed": mark("closed trades"),
    "statistics": mark("statistics"),
    "books": mark("books"),
    "funnel": mark("why not traded?"),
    "alerts": mark("alerts"),
    "meta": mark("meta"),
}
LEVELS: Final = {"": mark("all"), "info": mark("info"), "warning": mark("warning")}


class RunTabs:
    """The names of the tabs, the search in the log, and the rows of the chosen tab."""

    def __init__(self, links: Links) -> None:
        self._links = links
        self.names, self.controls, self.body = Component(), Component(), Component()
        self.search = text_box(_("Search events"))

    def on_choose(self, callback: Callable[[str], None]) -> None:
        """Call `callback` with what was chosen, as a query: a tab, a level, or a pause."""
        self.names.elements.on_send(callback)
        self.controls.elements.on_send(callback)
        self.body.elements.on_send(callback)

    def on_search(self, callback: Callable[[str], None]) -> None:
        """Call `callback` with each change of the search."""

        def tell(event: Any) -> None:
            callback(event.new)

        self.search.param.watch(tell, "value_input")

    def clear(self) -> None:
        """Show nothing."""
        for part in (self.names, self.controls, self.body):
            part.show()

    def update(
        self,
        run_id: str,
        currency: str,
        table: Table | None,
        why: str,
        params: TabParams,
        url: RunAddress,
    ) -> None:
        """Show these rows of a run with its `currency`; without them, `why` there are none.

        `url` is that of the view.
        """
        self.search.visible = params.tab == "events"
        if self.search.value_input != params.q:
            self.search.param.update(value=params.q, value_input=params.q)
        self.names.show_of(None, ("tabs", params.tab, url), lambda: [self._names(params, url)])
        if table is None:
            self.controls.show()
            self.body.show(problem(_("These rows cannot be shown"), why))
            return
        # A part of its own: its links hold the view, and the rows are not sent for a zoom.
        if params.tab == "events":
            controls = ("log", params, url)
            self.controls.show_of(table, controls, lambda: [log_controls(table, params, url)])
        else:
            self.controls.show()
        shown = url if params.tab in LINKED else None
        rows = ("rows", run_id, currency, params, self._links.root, shown)
        self.body.show_of(table, rows, lambda: self._rows(run_id, currency, table, params, url))

    def _rows(
        self, run_id: str, currency: str, table: Table, params: TabParams, url: RunAddress
    ) -> list[Node]:
        if params.tab == "closed" and table["rows"]:
            body = closed_table(table, currency, params.sort, url)
        elif params.tab == "alerts" and table["rows"]:
            body = alert_list(table, url)
        elif params.tab == "funnel":
            body = funnel_panel(table, currency, url, self._links)
        elif params.tab in MONEY and table["rows"]:
            body = MONEY[params.tab](table, currency)
        elif table["rows"]:
            body = BODIES[params.tab](table)
        else:
            why = NOTHING[params.tab]
            body = empty(_("Nothing here"), _(why))
        box = h(
            "div",
            body,
            class_="scroll" if params.tab in WHOLE else "scroll short",
            data_hold=_("newer rows wait above"),
            tabindex=0,
            key=f"{params.tab} {run_id}",
        )
        return [box, self._foot(run_id, table, params)]

    def _names(self, params: TabParams, url: RunAddress) -> Node:
        links = (
            h(
                "a",
                _(TAB_LABELS[name]),
                href=url({"tab": name}),
                aria_current="true" if name == params.tab else None,
                data_send=f"tab={name}",
            )
            for name in TABS
        )
        return h("nav", *links, class_="tabs", aria_label=_("Tabs"))

    def _foot(self, run_id: str, table: Table, params: TabParams) -> Node:
        shown, total = len(table["rows"]), table["total"]
        count = text.count(total)
        if shown < total:
            count = _("newest %(shown)s of %(total)s") % {"shown": shown, "total": count}
        elif total > 1:
            count = _("all %s") % count
        href = self._links.run_events(run_id)
        everything = h("a", _("all events as parquet"), class_="leads", href=href)
        return foot(
            count,
            self._links.run_table(run_id),
            params.model_dump(exclude_defaults=True),
            everything if params.tab == "events" and shown else None,
            of=_(TAB_LABELS[params.tab]),
            forms=FORMS if shown else (),
        )


def log_controls(table: Table, params: TabParams, url: RunAddress) -> Node:
    """Return the filters by level and reason, and the pause of the log."""
    levels = (
        h(
            "a",
            _(label),
            href=url({"level": level}),
            aria_current="true" if level == params.level else None,
            data_send=f"level={level}",
        )
        for level, label in LEVELS.items()
    )
    every = _("every reason")
    named = (
        h("span", _("reason"), " ", h("strong", params.reason, class_="reason")),
        h("a", every, href=url({"reason": ""}), data_send="reason="),
    )
    paused = params.until is not None
    waiting = _("%s new wait") % text.count(table["waiting"]) if paused else _("live")
    return h(
        "header",
        h("nav", h("span", _("level")), *levels, class_="filter", aria_label=_("Filter by level")),
        h("div", *named, class_="filter") if params.reason else None,
        h(
            "button",
            _("Resume") if paused else _("Pause"),
            type="button",
            aria_pressed="true" if paused else "false",
            data_pause=True,
            data_send=f"pause={'' if paused else 1}",
        ),
        h("small", waiting, class_="soft"),
        class_="bar",
    )
