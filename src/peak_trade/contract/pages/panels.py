"""The six status panels in a word each, for the row of the console."""

from __future__ import annotations

from typing import Annotated

from typing_extensions import TypedDict

from peak_trade.contract.base import fields as f
from peak_trade.contract.base.route import Context, Params
from peak_trade.contract.service import status
from peak_trade.contract.service.schema import Panel


class PanelWord(TypedDict):
    """One panel."""

    id: Annotated[str, f.about("Name of the panel", "live_sessions")]
    title: Annotated[str, f.about("Its title", "Live sessions")]
    word: Annotated[str, f.about("ok, active, warn, error or unknown", "ok")]


async def panel_words(context: Context) -> list[PanelWord]:
    """Give the panels; that of the sessions is active while one of them goes on."""
    snapshot = await status.snapshot(context, Params())
    return [
        {"id": panel["id"], "title": panel["title"], "word": word(panel)}
        for panel in snapshot["panels"]
    ]


def word(panel: Panel) -> str:
    """Return a panel's status in a word."""
    goes_on = panel["id"] == "live_sessions" and panel["details"].get("active_sessions")
    return "active" if goes_on and panel["status"] == "ok" else panel["status"]
