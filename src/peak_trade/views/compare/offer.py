"""What is offered while nothing is compared: the newest runs, to begin with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final
from urllib.parse import urlencode

from peak_trade.contract.runs.schema import RunEntry
from peak_trade.i18n import _
from peak_trade.views.kit import badges, text
from peak_trade.views.kit.elements import Node, h

Href = Callable[[dict[str, str]], str]

OFFERED: Final = 9
"""Runs; cards stand in rows of three."""

PAIR: Final = 2


def offer(runs: Sequence[RunEntry], labels: Mapping[str, str], href: Href) -> Node:
    """Return the first of these runs as cards, each of which begins a comparison.

    `labels` are those of several roots.
    """
    shown = runs[:OFFERED]
    pair = ",".join(run["run_id"] for run in shown[:PAIR])
    both = h("a", _("Compare the first two"), **_link({"runs": pair}, href))
    return h(
        "section",
        h(
            "header",
            h("h2", _("Choose what to compare")),
            both if len(shown) >= PAIR else None,
            class_="bar",
        ),
        h(
            "p",
            _("Choose up to 6 runs from the list; their curves and metrics come here."),
            class_="soft",
        ),
        h("div", *(_card(run, labels, href) for run in shown), class_="cards"),
        class_="offer",
    )


def _card(run: RunEntry, labels: Mapping[str, str], href: Href) -> Node:
    name = run["run_id"]
    facts = {
        _("realized PnL"): badges.profit(run["realized_pnl"], run["currency"]),
        _("return"): badges.gain(run["gain"]),
        _("max DD"): text.percent(run["max_drawdown"]),
    }
    return h(
        "a",
        h(
            "span",
            badges.mode_badge(run["mode"]),
            badges.freshness_chip(run["freshness"]),
            badges.root(run["root"], labels) if "root" in run else None,
            class_="line",
        ),
        h("strong", run["strategy_name"]),
        h("span", f"{run['symbol']} \N{MIDDLE DOT} {run['timeframe']}", class_="soft"),
        h("dl", *(h("div", h("dt", label), h("dd", shown)) for label, shown in facts.items())),
        badges.identifier(name),
        class_="run-card",
        key=name,
        **_link({"runs": name}, href),
    )


def _link(changes: dict[str, str], href: Href) -> dict[str, str]:
    return {"href": href(changes), "data_send": urlencode(changes)}
