"""Parts of the comparison: choice of runs, legend, metrics, settings that differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

from peak_trade.contract.pages.compare import MAX_RUNS, ComparedRun, ComparePayload, CompareView
from peak_trade.contract.runs.schema import RunEntry
from peak_trade.i18n import _, mark
from peak_trade.views.charts.curves import LETTERS, TONES
from peak_trade.views.kit import badges, text
from peak_trade.views.kit.data_tree import leaf
from peak_trade.views.kit.elements import Node, h
from peak_trade.views.kit.export import foot
from peak_trade.views.kit.links import Links
from peak_trade.views.kit.table import Column, table

Href = Callable[[dict[str, str]], str]
Show = Callable[[Any], Node]


FIRST_WIDTH: Final = 40
"""Percent of a table for what its rows are called."""

MANY: Final = 3
"""From so many runs on, all columns are equal and a table scrolls on a narrow screen."""

MAX_DIFFERENCES: Final = 200
"""Settings that are listed; the files below the table have all of them, and all of each."""

LONGEST, LONGEST_TITLE = 200, 2000
"""Signs of a setting in its cell, and in its tooltip."""

MONEY: Final[dict[str, tuple[str, Callable[[Any, str], Node]]]] = {
    "start_equity": (mark("start equity"), text.money),
    "equity": (mark("equity"), text.money),
    "realized_pnl": (mark("realized PnL"), partial(badges.profit, named=False)),
    "unrealized_pnl": (mark("unrealized PnL"), partial(badges.profit, named=False)),
}
METRICS: Final[dict[str, tuple[str, Show]]] = {
    "drawdown": (mark("drawdown"), text.percent),
    "max_drawdown": (mark("max drawdown"), text.percent),
    "total_steps": (mark("steps"), text.count),
    "points": (mark("n, events with an equity"), text.count),
    "total_orders": (mark("orders"), text.count),
    "total_blocked_orders": (mark("blocked"), text.count),
}


def choice(run: RunEntry, chosen: CompareView, labels: Mapping[str, str], href: Href) -> Node:
    """Return a run of the list as a switch that adds it or takes it away.

    `labels` are those of several roots.
    """
    name, ids = run["run_id"], chosen.ids
    is_chosen = name in ids
    wanted = [one for one in ids if one != name] if is_chosen else [*ids, name][:MAX_RUNS]
    box = "\N{BALLOT BOX WITH CHECK}" if is_chosen else "\N{BALLOT BOX}"
    changes = {"runs": ",".join(wanted)}
    return h(
        "a",
        h(
            "span",
            h("strong", f"{box} {run['strategy_name']}"),
            badges.root(run["root"], labels) if "root" in run else None,
            badges.mode_badge(run["mode"]),
        ),
        badges.identifier(name),
        href=href(changes),
        aria_current="true" if is_chosen else None,
        data_send=urlencode(changes),
    )


def legend(
    found: ComparePayload,
    chosen: CompareView,
    links: Links,
    labels: Mapping[str, str],
    href: Href,
) -> Node:
    """Return the runs with letter and colour of their curve."""
    entries = []
    rows = zip(found["runs"], found["curves"], LETTERS, TONES, strict=False)
    for run, curve, letter, tone in rows:
        why = curve["why_not"]
        name = run["run_id"]
        rest = {"runs": ",".join(one for one in chosen.ids if one != name)}
        entries.append(
            h(
                "li",
                h("strong", letter, class_="letter", data_tone=tone),
                badges.mode_badge(run["mode"]),
                badges.root(run["root"], labels) if "root" in run else None,
                badges.identifier(name, links.run(name)),
                h("span", f"{run['symbol']} {run['timeframe']}", class_="soft"),
                badges.freshness_chip(run["freshness"]),
                h("span", _("not drawn: %s") % _(why), data_level="warn") if why else None,
                h("a", _("remove"), href=href(rest), data_send=urlencode(rest)),
                key=name,
            )
        )
    return h("ul", *entries, class_="legend")


def metrics(found: ComparePayload, address: str, view: Mapping[str, str]) -> tuple[Node, ...]:
    """Return the metrics side by side; `address` gives them as data."""
    runs = found["runs"]
    rows: list[list[Node]] = [[_("currency"), *(run["currency"] for run in runs)]]
    rows += [
        [_(label), *(show(_value(run, name), run["currency"]) for run in runs)]
        for name, (label, show) in MONEY.items()
    ]
    rows += [
        [_(label), *(show(_value(run, name)) for run in runs)]
        for name, (label, show) in METRICS.items()
    ]
    columns = _columns(mark("metric"), found)
    return (
        h("header", h("h2", _("Metrics")), class_="bar"),
        h(
            "div",
            table(
                columns,
                rows,
                "Compared",
                name="compared" if len(found["runs"]) < MANY else "compared wide",
                stacked=False,
            ),
            class_="scroll",
            tabindex=0,
        ),
        foot(
            text.plural(
                len(runs), "%s run, at its last event", "%s runs, at the last event of each"
            ),
            address,
            {**view, "table": "metrics"},
            of=_("Metrics"),
        ),
    )


def _value(run: ComparedRun, name: str) -> Any:
    return run[name]  # type: ignore[literal-required]


def differences(found: ComparePayload, address: str, view: Mapping[str, str]) -> tuple[Node, ...]:
    """Return the settings that differ; `address` gives them as data."""
    title = h("header", h("h2", _("Settings that differ")), class_="bar")
    rows = found["differences"]
    if not rows:
        same = (
            _("All settings are the same.") if len(found["runs"]) > 1 else _("Choose a second run.")
        )
        return title, h("p", same, class_="soft")
    cells = [
        [_setting(row["key"]), *(_setting(leaf(value)) for value in row["values"])]
        for row in rows[:MAX_DIFFERENCES]
    ]
    columns = _columns(mark("setting"), found, "prose")
    shown = table(columns, cells, "Differences", name="differences")
    line = text.plural(len(rows), "%s setting", "%s settings")
    if len(rows) > len(cells):
        line = _("%(shown)s of %(total)s") % {"shown": len(cells), "total": line}
    return (
        title,
        h("div", shown, class_="scroll", tabindex=0),
        foot(line, address, {**view, "table": "settings"}, of=_("Settings that differ")),
    )


def _setting(word: str) -> Node:
    return h("span", text.cut(word, LONGEST), title=text.cut(word, LONGEST_TITLE))


def _columns(first: str, found: ComparePayload, kind: str = "number") -> list[Column]:
    letters = LETTERS[: len(found["runs"])]
    width = FIRST_WIDTH if len(letters) < MANY else None
    return [Column(first, width=width), *(Column(letter, kind) for letter in letters)]
