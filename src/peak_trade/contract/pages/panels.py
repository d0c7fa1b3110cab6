"""The six status panels in a word each, for the row of the console."""

from __future__ import annotations

from typing import Annotated, Final

from typing_extensions import TypedDict

from peak_trade.contract.base import fields as f
from peak_trade.contract.base.route import Context
from peak_trade.contract.service.schema import Panel, Verdict
from peak_trade.contract.service.verdict import known_verdict, status_panels

TOLD: Final = {
    "alerts": frozenset({"critical_alerts"}),
    "live_sessions": frozenset({"crashed", "sessions_crashed", "stale"}),
}
"""Parts of the verdict that a panel is about."""


class PanelWord(TypedDict):
    """One panel."""

    id: Annotated[str, f.about("Name of the panel", "live_sessions")]
    title: Annotated[str, f.about("Its title", "Live sessions")]
    word: Annotated[str, f.about("ok, active, warn, error or unknown", "ok")]


async def panel_words(context: Context) -> list[PanelWord]:
    """Give the panels; those of alerts and sessions say what the verdict says of them."""
    panels, found = await status_panels(context), await known_verdict(context)
    return [
        {"id": panel["id"], "title": panel["title"], "word": word(panel, found)} for panel in panels
    ]


def word(panel: Panel, found: Verdict) -> str:
    """Return a panel's status in a word."""
    kinds = TOLD.get(panel["id"], frozenset())
    told = {part["level"] for part in found["parts"] if part["kind"] in kinds}
    worst = next((level for level in ("error", "warn") if level in {*told, panel["status"]}), None)
    goes_on = panel["id"] == "live_sessions" and panel["details"].get("active_sessions")
    return worst or ("active" if goes_on and panel["status"] == "ok" else panel["status"])
