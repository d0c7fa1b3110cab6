"""What a run is: its facts and its configuration, secrets hidden."""

from __future__ import annotations

from peak_trade.contract.pages.run_tabs import Table
from peak_trade.i18n import _
from peak_trade.views.kit import text
from peak_trade.views.kit.data_tree import branch
from peak_trade.views.kit.elements import Node, h


def meta(found: Table) -> Node:
    """Return the facts of a run and the tree of its configuration."""
    detail = found["detail"]
    stored = detail["meta"]
    facts = {
        _("run"): stored["run_id"],
        _("strategy"): stored["strategy_name"],
        _("symbol"): stored["symbol"],
        _("mode"): stored["mode"],
        _("time frame"): stored["timeframe"],
        _("started"): stored["started_at"],
        _("ended"): stored["ended_at"],
        _("last event"): detail["snapshot"]["last_event_time"],
        _("notes"): stored["notes"],
    }
    pairs = (
        part
        for name, value in facts.items()
        for part in (h("dt", name), h("dd", value or text.NONE))
    )
    config = stored["config_snapshot"]
    tree = (
        branch(config) if config else h("p", _("The run stored no configuration."), class_="soft")
    )
    return h(
        "div",
        h("dl", *pairs),
        h("section", h("h2", _("Configuration")), tree, class_="tree"),
        class_="meta",
    )
