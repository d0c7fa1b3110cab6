"""The status snapshot for scripts: the bytes of the routes, without a server.

Guarantees: the same artifacts and the same time give the same bytes as the routes; a file appears
whole or not at all, and never in a directory that is watched.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
from pathlib import Path
from typing import Final

from peak_trade import clock, jsonio
from peak_trade.contract import health, status, status_html
from peak_trade.contract.route import Context, Params
from peak_trade.errors import PeakTradeError
from peak_trade.settings import Settings
from peak_trade.store.live import LiveStore
from peak_trade.store.paths import Paths

EXIT_CODES: Final = {"ok": 0, "degraded": 2, "blocked": 3}
STDOUT: Final = "-"
HTML: Final = "html"


def write_snapshot(settings: Settings, form: str, out: str) -> int:
    """Write the snapshot, as `html` or `json`, to the file `out`, or to standard output for `-`.

    Returns
    -------
    int
        0 if all panels are ok, 2 with a warning, 3 with an error.

    Raises
    ------
    PeakTradeError
        If it cannot be written there.
    """
    snapshot = asyncio.run(_take(settings))
    body = status_html.page(snapshot) if form == HTML else jsonio.dumps(snapshot)
    if out == STDOUT:
        sys.stdout.buffer.write(body)
        sys.stdout.buffer.flush()
    else:
        _replace(_checked(settings, Path(out)), body)
    states = [panel["status"] for panel in snapshot["panels"]]
    return EXIT_CODES[health.overall_status(states, 0)]


async def _take(settings: Settings) -> status.StatusSnapshot:
    store = LiveStore(settings)
    try:
        return await status.snapshot(Context(store, settings, clock.now()), Params())
    finally:
        await store.stop()


def _checked(settings: Settings, out: Path) -> Path:
    """Return where to write, with links followed; refuse what is watched."""
    target = out.resolve()
    paths = Paths.of(settings)
    for name in Paths.__slots__:
        watched = getattr(paths, name).resolve()
        if target == watched or watched in target.parents:
            raise PeakTradeError(f"{out} is among the artifacts; nothing is ever written there")
    return target


def _replace(target: Path, body: bytes) -> None:
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("xb") as stream:
            stream.write(body)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(target)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise PeakTradeError(f"{target.name} cannot be written: {error.strerror}") from None
