"""Reports as answers: what a route, a command and a notebook get, in one form of three."""

from __future__ import annotations

import asyncio
from typing import Final

from peak_trade import jsonio
from peak_trade.contract.base import downloads
from peak_trade.contract.base.route import JSON, Context, Raw
from peak_trade.contract.runs.params import ReportParams, RunReportParams
from peak_trade.errors import OverloadedError
from peak_trade.reports import payload
from peak_trade.reports.html import HTML_TYPE, html
from peak_trade.reports.payload import Report

MAX_WAITING: Final = 8


class Reports:
    """Makes one report at a time: each keeps a thread of the store busy for a second or two.

    Use it on one event loop.
    """

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def of_run(self, context: Context, params: RunReportParams, /, *, run_id: str) -> Raw:
        """Give the report of a run, or of two side by side."""
        found = await payload.of_run(context, run_id, params.other)
        ids = (run["run"]["snapshot"]["run_id"] for run in found["runs"])
        name = downloads.called(*ids, "report", at=context.now)
        return await self._answer(context, params, found, name)

    async def of_session(
        self, context: Context, params: ReportParams, /, *, session_id: str
    ) -> Raw:
        """Give the report of a session with its run."""
        found = await payload.of_session(context, session_id)
        name = downloads.called(session_id, "report", at=context.now)
        return await self._answer(context, params, found, name)

    async def _answer(
        self, context: Context, params: ReportParams, found: Report, name: str
    ) -> Raw:
        if self._waiting >= MAX_WAITING:
            raise OverloadedError("Too many reports are being made. Ask again in a second.")
        self._waiting += 1
        try:
            async with self._turn:
                return await context.store.compute(lambda: answer(found, params, name))
        finally:
            self._waiting -= 1


def answer(found: Report, params: ReportParams, name: str) -> Raw:
    """Return a report in a form; `name` is what its file is called.

    Raises
    ------
    NotInstalledError
        If it is a document, and the package that draws charts is not there.
    """
    if params.format == "json":
        return Raw(jsonio.dumps(found), JSON, filename=downloads.filename(name, "json"))
    if params.format == "parquet":
        rows = [
            {"run_id": run["run"]["snapshot"]["run_id"], **item}
            for run in found["runs"]
            for item in run["judged"]["statistics"]["items"]
        ]
        return downloads.rows_as_parquet(rows, name)
    body = html(found, params.language)
    return Raw(body, HTML_TYPE, filename=downloads.filename(name, "html"))
