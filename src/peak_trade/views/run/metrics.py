"""A run's name and its metrics, above the charts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from peak_trade.contract.pages.run import RunPayload
from peak_trade.i18n import _
from peak_trade.views.judged.books import wrong_chip
from peak_trade.views.kit import badges, text
from peak_trade.views.kit.elements import Node, h
from peak_trade.views.kit.links import Links
from peak_trade.views.kit.tiles import Tile, fit, profits
from peak_trade.views.run.address import RunAddress


def heading(run: RunPayload, links: Links, books: str, labels: Mapping[str, str]) -> Node:
    """Return the name of a run; `books` is where what does not add up is explained.

    `labels` are those of several roots.
    """
    snapshot, started = run["snapshot"], run["started_at"]
    name = snapshot["run_id"]
    facts = f"{snapshot['symbol']} \N{MIDDLE DOT} {snapshot['timeframe']} \N{MIDDLE DOT} "
    since = (_("since "), badges.moment(started)) if started else (_("start unknown"),)
    return h(
        "div",
        badges.mode_badge(snapshot["mode"]),
        badges.root(run["root"], labels) if "root" in run else None,
        h("h1", snapshot["strategy_name"]),
        h("span", facts, *since, class_="soft"),
        h("a", _("compare"), class_="leads", href=links.compare(runs=snapshot["run_id"])),
        h("a", _("all runs"), class_="leads", href=links.watch()),
        h("a", _("report"), class_="leads", href=links.run_report(name)),
        badges.named(name),
        wrong_chip(run["wrong"], run["currency"], books, data_send="tab=books", data_to="panel"),
        class_="heading",
    )


def tiles(run: RunPayload, address: RunAddress) -> list[Tile]:
    """Return the metrics of a run at its last event; each opens the rows that it sums up."""
    snapshot, unit = run["snapshot"], run["currency"]
    blocked = snapshot["total_blocked_orders"]

    def opened(tile: Tile, tab: str) -> Tile:
        return replace(tile, href=address({"tab": tab}), send=f"tab={tab}", to="panel")

    equity = Tile(
        _("Equity"),
        text.money(snapshot["equity"], unit),
        _("start %s") % text.money(run["start_equity"], unit),
        unit=unit,
    )
    realized, unrealized = profits(snapshot["realized_pnl"], snapshot["unrealized_pnl"], unit)
    tone = "warn" if blocked else None
    return [
        opened(equity, "statistics"),
        opened(realized, "closed"),
        opened(unrealized, "positions"),
        opened(_drawdown(run), "statistics"),
        opened(
            Tile(_("Position"), text.size(run["position_size"]), unit=run["asset"]), "positions"
        ),
        opened(Tile(_("Steps"), text.count(snapshot["total_steps"])), "events"),
        opened(Tile(_("Orders"), text.count(snapshot["total_orders"])), "orders"),
        opened(Tile(_("Blocked"), text.count(blocked), _("by risk"), tone), "funnel"),
    ]


def _drawdown(run: RunPayload) -> Tile:
    """Return how far below its peak a run is, and since when."""
    drawdown, peak_at = run["snapshot"]["drawdown"], run["peak_at"]
    deepest = title = _("max %s") % text.percent(run["max_drawdown"])
    context: Node = deepest
    if drawdown and peak_at:
        peak = text.money(run["peak"], run["currency"])
        since = h("span", _("since "), badges.moment(peak_at))
        context = fit(since, _("below %s") % peak)
        title = "\n".join((_("below the peak of %s") % peak, deepest))
    return Tile(_("Drawdown"), text.percent(drawdown), context, title=title)
