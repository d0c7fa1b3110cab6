"""Checks of the doctor that read the artifacts: read errors, runs that never ended, times ahead."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from itertools import islice
from typing import Final

from peak_trade import clock
from peak_trade.artifacts import files
from peak_trade.contract.base.coverage import read_error_coverage
from peak_trade.contract.base.life import known_lives
from peak_trade.derive.freshness import AHEAD, Freshness
from peak_trade.errors import UnlistedError
from peak_trade.serve.findings import Finding, Status
from peak_trade.settings import Settings
from peak_trade.store.live import LiveStore
from peak_trade.store.local import LocalStore

SHOWN: Final = 3
FIRST_DAY: Final = datetime(2000, 1, 1, tzinfo=UTC)


def artifacts(settings: Settings) -> Iterator[Finding]:
    """Check all artifacts as the console would read them."""
    store = asyncio.run(_read_all(settings))
    local = store.local
    yield Finding(
        Status.OK,
        f"{len(local.index.summaries)} runs, {len(local.sessions.by_id)} sessions,"
        f" {local.alerts.files} alert days, {len(local.logs.logs)} telemetry logs",
    )
    yield from _read_errors(local)
    yield from _runs(local, settings, clock.now())


async def _read_all(settings: Settings) -> LiveStore:
    store = LiveStore(settings)
    try:
        with suppress(UnlistedError):  # which is a read error as well
            for summary in (await store.index()).ordered:
                await store.run(summary.run_id)
                await store.trades(summary.run_id)
        with suppress(UnlistedError):
            await store.sessions()
        with suppress(UnlistedError):
            await store.alerts(FIRST_DAY, clock.now())
        with suppress(UnlistedError):
            for log_id in (await store.logs()).logs:
                await store.log(log_id)
        await store.health_snapshots()
        await store.rule_alerts()
    finally:
        await store.stop()
    return store


def _read_errors(local: LocalStore) -> Iterator[Finding]:
    read_errors, covers = local.read_errors(), read_error_coverage(local.coverage())["text"]
    if not read_errors.total:
        yield Finding(Status.OK, f"no read errors {covers}")
        return
    kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(read_errors.counts.items()))
    examples = (
        f"{f'{files.shown(place.run_id)}/' if place.run_id else ''}{found.file}"
        f"{f', line {found.line}' if found.line else ''}: {found.reason}"
        for place in local.read_error_places()
        for found in place.read_errors.examples[-1:]
    )
    newest = "; ".join(islice(examples, SHOWN))
    mend = "What wrote these is at fault, or their permissions; all else is shown"
    yield Finding(
        Status.WARN, f"{read_errors.total} read errors {covers} ({kinds}), such as: {newest}", mend
    )


def _runs(local: LocalStore, settings: Settings, now: datetime) -> Iterator[Finding]:
    summaries, alive = local.index.ordered, known_lives(local, settings, now)
    crashed = [
        summary for summary in summaries if alive.summary(summary).state is Freshness.CRASHED
    ]
    if crashed:
        text = f"{len(crashed)} runs stopped without an end, the newest: {crashed[0].run_id}"
        mend = "If their processes are gone, move old run directories away; the console shows them"
        yield Finding(Status.WARN, text, mend)
    ahead = [
        summary for summary in summaries if summary.last_event and summary.last_event > now + AHEAD
    ]
    if ahead:
        text = f"{len(ahead)} runs have events in the future, such as {ahead[0].run_id}"
        mend = "Set the clock of this machine and of the writer by NTP; ages are wrong until then"
        yield Finding(Status.WARN, text, mend)
