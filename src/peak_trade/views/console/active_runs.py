"""The wall of runs that have not ended: one card each, the dead ones first; it leads to the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from peak_trade.artifacts import times
from peak_trade.contract.pages.console import ActiveRun
from peak_trade.derive.arrays import Floats
from peak_trade.derive.downsample import shares
from peak_trade.i18n import _, mark
from peak_trade.views.kit import badges, text
from peak_trade.views.kit.elements import Node, h
from peak_trade.views.kit.export import named
from peak_trade.views.kit.links import LinkedComponent, Links
from peak_trade.views.kit.states import empty
from peak_trade.views.kit.verdict import FORGOTTEN, never_ended

WIDTH, HEIGHT = 120, 32
"""Size of a sparkline in its own units; it is stretched to its card."""

MARGIN: Final = 2


class ActiveRuns(LinkedComponent):
    """One card a run; `labels` are those of several roots."""

    def __init__(self, links: Links, labels: Mapping[str, str]) -> None:
        super().__init__(links)
        self._labels = labels

    def update(self, runs: Sequence[ActiveRun], total: int, older: int) -> None:
        """Show these runs of `total`; `older` more never ended either."""
        more = _("the first %(shown)s of %(total)s") % {"shown": len(runs), "total": total}
        note = h("small", more, class_="soft") if len(runs) < total else None
        history = h("a", never_ended(older), href=self._links.watch(q=FORGOTTEN)) if older else None
        title = h("header", h("h2", _("Open runs")), note, history, class_="bar")
        self.show(title, self._body(runs), self._foot() if runs else None)

    def _foot(self) -> Node:
        address = self._links.table("active_runs")
        curves = named(_("points of the curves"), address, {"table": "points"})
        name = mark("curves")
        image = h("button", f"{_(name)} png", type="button", data_save=name)
        saves = h("span", image, class_="saves")
        return h("footer", named(_("runs"), address, {}), curves, saves, class_="foot")

    def _body(self, runs: Sequence[ActiveRun]) -> Node:
        if not runs:
            why = _("A run is here from its first row until it has ended.")
            return empty(_("No run is open"), why, "make demo")
        return h("div", *(self._card(run) for run in runs), class_="cards")

    def _card(self, run: ActiveRun) -> Node:
        return h(
            "a",
            h(
                "span",
                badges.mode_badge(run["mode"]),
                badges.freshness_chip(run["freshness"]),
                badges.root(run["root"], self._labels) if "root" in run else None,
                class_="line",
            ),
            h("strong", run["strategy_name"]),
            h(
                "span",
                h("span", f"{run['symbol']} \N{MIDDLE DOT} {run['timeframe']}"),
                h("small", _("DD %s") % text.percent(run["drawdown"])),
                class_="line soft",
            ),
            spark(run["spark"]),
            h(
                "span",
                h(
                    "span",
                    text.money(run["equity"], run["currency"]),
                    h("small", f" {run['currency']}"),
                ),
                h("span", h("small", _("return"), " "), badges.gain(run["gain"])),
                class_="line metrics",
            ),
            last_alert(run),
            badges.identifier(run["run_id"]),
            class_="run-card",
            href=self._links.run(run["run_id"]),
            key=run["run_id"],
        )


def last_alert(run: ActiveRun) -> Node:
    """Return the newest alert about a run: of its own rules, or of the platform."""
    alert = run["last_alert"]
    if alert is None:
        return h("small", _("no alerts"), class_="soft")
    since = times.parse(alert["timestamp"])
    return h(
        "small",
        badges.severity(alert["severity"]),
        h("span", alert["title"] or alert["message"], title=alert["message"]),
        badges.age(since),
        class_="line alert",
    )


def spark(equity: Floats) -> Node:
    """Return a curve without axes: first to last point from left to right, lowest at the foot."""
    if equity.size < 2:
        return h("span", class_="spark")
    across, up = np.linspace(0, WIDTH, equity.size), shares(equity)
    down = HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * up if up.any() else up + HEIGHT / 2
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(across, down, strict=True))
    return h(
        "svg",
        h("polyline", points=points),
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        preserveAspectRatio="none",
        class_="spark",
        role="img",
        aria_label=_("equity of the last events"),
    )
