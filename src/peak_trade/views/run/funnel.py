"""Why a run did not trade: its decision funnel, reasons of blocks, latencies and costs of fills."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from peak_trade.artifacts import times
from peak_trade.contract.pages.run_tabs import MAX_REASON, Table
from peak_trade.contract.runs.funnel import FunnelPayload, StageItem
from peak_trade.derive.funnel import NO_REASON
from peak_trade.i18n import _
from peak_trade.views.kit import badges, text
from peak_trade.views.kit.elements import Node, h
from peak_trade.views.kit.links import Links
from peak_trade.views.kit.table import Column, table
from peak_trade.views.run.address import RunAddress
from peak_trade.views.run.closed import charted

STAGES: Final = (
    Column("stage"),
    Column("count", "number"),
    Column("of the stage before", "number"),
    Column("counted in"),
)
REASONS: Final = (
    Column("kind"),
    Column("reason", "prose", width=40),
    Column("events", "number"),
    Column("first", "number"),
    Column("last", "number"),
)
LATENCIES: Final = (
    Column("stage"),
    Column("from", "number"),
    Column("n", "number"),
    Column("p50", "number"),
    Column("p95", "number"),
    Column("p99", "number"),
)
FILLS: Final = (
    Column("time", "number"),
    Column("side"),
    Column("quantity", "number"),
    Column("price", "number"),
    Column("fee", "number"),
    Column("slippage bps", "number"),
)


def funnel_panel(found: Table, currency: str, url: RunAddress, links: Links) -> Node:
    """Return all of the funnel; its reasons lead to their events in the view of `url`."""
    told = found["judged"]["funnel"]
    return h("div", *_parts(told, currency, url, links), class_="funnel")


def _parts(told: FunnelPayload, currency: str, url: RunAddress, links: Links) -> list[Node]:
    blocked = _("%(blocked)s blocked, %(rejected)s rejected") % {
        "blocked": text.count(told["blocked"]),
        "rejected": text.count(told["rejected"]),
    }
    reasons = [_reason(row, told["session_id"], url, links) for row in told["reasons"]]
    body = (
        table(REASONS, reasons, "Reasons", name="reasons")
        if reasons
        else h("p", _("No order was blocked or rejected."), class_="soft")
    )
    parts = [_part(_("Why did it not trade?"), h("p", blocked, class_="soft"), body)]
    stages = [_stage(stage) for stage in told["stages"]]
    parts.append(_part(_("From signal to fill"), table(STAGES, stages, "Stages", name="stages")))
    parts.append(_part(_("Latencies"), *_latencies(told)))
    fills = [_fill(row, currency) for row in told["fills"]]
    parts.append(_part(_("Fills"), table(FILLS, fills, "Fills", name="fills")))
    return parts


def _stage(stage: StageItem) -> list[Node]:
    label, source = stage["label"], stage["source"]
    share = text.percent(stage["conversion"], 1)
    return [_(label), text.count(stage["count"]), share, _(source)]


def _part(title: str, *body: Node) -> Node:
    return h("section", h("h2", title), *body, key=title)


def _reason(row: Any, session_id: str | None, url: RunAddress, links: Links) -> list[Node]:
    word = row["kind"]
    kind = h("span", f"\N{CIRCLED TIMES} {_(word)}", data_level="warn")
    own = row["first_seq"] is not None
    ends = (row["first_time"], row["last_time"])
    return [
        kind,
        _named(row, session_id, url, links),
        text.count(row["count"]),
        *(charted(time, url) if own else _moment(time) for time in ends),
    ]


def _named(row: Any, session_id: str | None, url: RunAddress, links: Links) -> Node:
    """Return a reason that leads to its events: those of the log, or of the telemetry."""
    reason = row["reason"]
    shown = _(reason) if reason == NO_REASON else reason
    if row["first_seq"] is None:
        href = links.execution(session_id or "", at=row["first_time"] or "")
        return h("a", shown, title=reason, href=href)
    if len(reason) > MAX_REASON:
        return h("span", shown, title=reason)  # its times lead to the events
    view = {"tab": "events", "reason": reason, "level": "", "q": ""}
    return h("a", shown, title=reason, href=url(view), data_send=urlencode(view), data_to="panel")


def _latencies(told: FunnelPayload) -> list[Node]:
    """Return the latencies of all, and on demand how they went over time."""
    whole, over_time = (
        table(LATENCIES, [_latency(row) for row in told[part]], "Latencies", name="latencies")
        for part in ("latencies", "latencies_over_time")
    )
    if not told["latencies_over_time"]:
        return [whole]
    return [whole, h("details", h("summary", _("over time")), over_time, key="over time")]


def _latency(row: Any) -> list[Node]:
    spread = (text.latency(row[name]) for name in ("p50", "p95", "p99"))
    begin = _moment(row["begin"]) if row["begin"] else _("all")
    stage = row["stage"]
    return [stage, begin, text.count(row["n"]), *spread]


def _fill(row: Any, currency: str) -> list[Node]:
    return [
        _moment(row["time"]),
        row["side"],
        text.size(row["quantity"]),
        text.money(row["price"], currency),
        text.money(row["fee"], currency),
        text.basis_points(row["slippage"]),
    ]


def _moment(time: str | None) -> Node:
    return badges.moment(times.parse(time), "full")
