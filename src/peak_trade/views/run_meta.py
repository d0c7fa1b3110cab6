"""What a run is: its facts and its configuration, secrets hidden."""

from __future__ import annotations

from peak_trade.contract.run_tabs import Table
from peak_trade.views import text
from peak_trade.views.data_tree import branch
from peak_trade.views.elements import Node, h


def meta(found: Table) -> Node:
    """Return the facts of a run and the tree of its configuration."""
    detail = found["detail"]
    stored = detail["meta"]
    facts = {
        "run": stored["run_id"],
        "strategy": stored["strategy_name"],
        "symbol": stored["symbol"],
        "mode": stored["mode"],
        "time frame": stored["timeframe"],
        "started": stored["started_at"],
        "ended": stored["ended_at"],
        "last event": detail["snapshot"]["last_event_time"],
        "notes": stored["notes"],
    }
    pairs = (
        part
        for name, value in facts.items()
        for part in (h("dt", name), h("dd", value or text.NONE))
    )
    config = stored["config_snapshot"]
    tree = branch(config) if config else h("p", "The run stored no configuration.", class_="soft")
    return h(
        "div",
        h("dl", *pairs),
        h("section", h("h2", "Configuration"), tree, class_="tree"),
        class_="meta",
    )
