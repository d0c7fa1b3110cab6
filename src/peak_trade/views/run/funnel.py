"""Why a run did not trade: its decision funnel, reasons of blocks, latencies and costs of fills."""

from __future__ import annotations

from typing import Any, Final

from peak_trade.artifacts import times
from peak_trade.contract.pages.run_tabs import Table
from peak_trade.contract.runs.funnel import FunnelPayload, StageItem
from peak_trade.derive.funnel import NO_REASON
from peak_trade.i18n import _
from peak_trade.views.kit import badges, text
from peak_trade.views.kit.elements import Node, h
from peak_trade.views.kit.table import Column, table

STAGES: Final = (
    Column("stage"),
    Column("count", "number"),
    Column("of the stage before", "number"),
    Column("counted in"),
)
REASONS: Final = (
    Column("kind"),
    Column("reason", "prose"),
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


def funnel_panel(found: Table, currency: str) -> Node:
    """Return all of the funnel."""
    told = found["judged"]["funnel"]
    return h("div", *_parts(told, currency), class_="funnel")


def _parts(told: FunnelPayload, currency: str) -> list[Node]:
    stages = [_stage(stage) for stage in told["stages"]]
    parts = [_part(_("From signal to fill"), table(STAGES, stages, "Stages", name="stages"))]
    blocked = _("%(blocked)s blocked, %(rejected)s rejected") % {
        "blocked": text.count(told["blocked"]),
        "rejected": text.count(told["rejected"]),
    }
    reasons = [_reason(row) for row in told["reasons"]]
    body = (
        table(REASONS, reasons, "Reasons", name="reasons")
        if reasons
        else h("p", _("No order was blocked or rejected."), class_="soft")
    )
    parts.append(_part(_("Why did it not trade?"), h("p", blocked, class_="soft"), body))
    latencies = [_latency(row) for row in (*told["latencies"], *told["latencies_over_time"])]
    parts.append(_part(_("Latencies"), table(LATENCIES, latencies, "Latencies", name="latencies")))
    fills = [_fill(row, currency) for row in told["fills"]]
    parts.append(_part(_("Fills"), table(FILLS, fills, "Fills", name="fills")))
    return parts


def _stage(stage: StageItem) -> list[Node]:
    label, source = stage["label"], stage["source"]
    share = text.percent(stage["conversion"], 1)
    return [_(label), text.count(stage["count"]), share, _(source)]


def _part(title: str, *body: Node) -> Node:
    return h("section", h("h2", title), *body, key=title)


def _reason(row: Any) -> list[Node]:
    word, reason = row["kind"], row["reason"]
    kind = h("span", f"\N{CIRCLED TIMES} {_(word)}", data_level="warn")
    return [
        kind,
        h("span", _(reason) if reason == NO_REASON else reason, title=reason),
        text.count(row["count"]),
        *(_moment(row[name]) for name in ("first_time", "last_time")),
    ]


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
