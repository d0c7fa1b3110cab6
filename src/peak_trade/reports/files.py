"""A report as a file, for who has no store and no loop: a notebook, a script."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, Literal

from peak_trade import clock, output
from peak_trade.contract.base.route import Context, Raw
from peak_trade.contract.runs.params import RunReportParams
from peak_trade.errors import PeakTradeError
from peak_trade.reports.build import Reports
from peak_trade.settings import Settings
from peak_trade.store.live import LiveStore
from peak_trade.store.paths import watched

Form = Literal["html", "json", "parquet"]
FORMS: Final[dict[str, Form]] = {".html": "html", ".json": "json", ".parquet": "parquet"}


def write_run_report(
    settings: Settings,
    run_id: str,
    out: Path,
    *,
    other: str = "",
    language: Literal["en", "de"] = "en",
) -> None:
    """Write the report of a run, beside that of the run `other`, in the form that `out` ends with.

    It is of the artifacts as they are now.

    Raises
    ------
    PeakTradeError
        If `out` ends with none of `FORMS`, is among the artifacts or cannot be written.
    NotFoundError
        If there is no such run.
    NotInstalledError
        If it is a document, and the package that draws charts is not there.
    """
    if out.suffix not in FORMS:
        raise PeakTradeError(f"{out.name} ends with none of {', '.join(FORMS)}")
    params = RunReportParams(format=FORMS[out.suffix], other=other, language=language)
    with ThreadPoolExecutor(1) as thread:  # a notebook has a loop that runs already
        made = thread.submit(asyncio.run, _made(settings, run_id, params)).result()
    output.write_result(out, made.body, watched(settings))


async def _made(settings: Settings, run_id: str, params: RunReportParams) -> Raw:
    store = LiveStore(settings)
    try:
        context = Context(store, settings, clock.now())
        return await Reports().of_run(context, params, run_id=run_id)
    finally:
        await store.stop()
