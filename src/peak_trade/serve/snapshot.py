"""The status snapshot for scripts: the bytes of the routes, without a server.

Guarantees: the same artifacts and the same time give the same bytes as the routes; nothing is
written among the artifacts, and `output` says what becomes of a file that is there.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Final

from peak_trade import clock, jsonio, output
from peak_trade.contract.base.route import Context, Params
from peak_trade.contract.service import health, status, status_html, verdict
from peak_trade.contract.service.schema import StatusSnapshot, Verdict
from peak_trade.settings import Settings
from peak_trade.store.live import LiveStore
from peak_trade.store.paths import watched

EXIT_CODES: Final = {"ok": 0, "degraded": 2, "blocked": 3}
STDOUT: Final = "-"
HTML: Final = "html"


def write_snapshot(settings: Settings, form: str, out: str) -> int:
    """Write the snapshot, as `html` or `json`, to the file `out`, or to standard output for `-`.

    Returns
    -------
    int
        0 if all panels are ok, 2 with a warning, 3 with an error or a directory that cannot be
        listed.

    Raises
    ------
    PeakTradeError
        If it cannot be written there.
    """
    snapshot, told, faults = asyncio.run(_take(settings))
    body = status_html.page(snapshot, told) if form == HTML else jsonio.dumps(snapshot)
    if out == STDOUT:
        sys.stdout.buffer.write(body)
        sys.stdout.buffer.flush()
    else:
        output.write_result(Path(out), body, watched(settings))
    states = [panel["status"] for panel in snapshot["panels"]]
    return EXIT_CODES[health.overall_status(states, faults)]


async def _take(settings: Settings) -> tuple[StatusSnapshot, Verdict, int]:
    store = LiveStore(settings)
    try:
        context = Context(store, settings, clock.now())
        snapshot, told = await status.snapshot(context, Params()), await verdict.verdict(context)
        return snapshot, told, len(store.local.directories.faults)
    finally:
        await store.stop()
