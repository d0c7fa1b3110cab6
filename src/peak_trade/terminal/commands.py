"""What the commands do: ask the build functions of the routes, and print what they give.

Each returns an exit code: 0, 3 where a script wants to know (`cli` says what), 1 if it could not.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from peak_trade import output
from peak_trade.cli_options import NOTABLE
from peak_trade.contract.base.listing import Listed, columns_of
from peak_trade.contract.base.route import JSON, Context, Params, Raw
from peak_trade.contract.pages.compare import CompareView
from peak_trade.contract.pages.compare_drift import compare_with_drift
from peak_trade.contract.pages.exports import CurveTableParams, run_curve
from peak_trade.contract.pages.run import run_payload
from peak_trade.contract.pages.run_chart import MomentView
from peak_trade.contract.pages.session import session_page
from peak_trade.contract.runs.judged import statistics
from peak_trade.contract.runs.params import ReportParams, RunReportParams
from peak_trade.contract.runs.search import RUNS, RunFileParams, read_metrics, run_table
from peak_trade.contract.sessions.search import SESSIONS, SessionFileParams, session_table
from peak_trade.errors import PeakTradeError
from peak_trade.reports.build import Reports
from peak_trade.settings import Settings
from peak_trade.store.paths import watched
from peak_trade.terminal import export as exports
from peak_trade.terminal import tables
from peak_trade.terminal.found import artifacts, find, find_run_id
from peak_trade.terminal.screen import Screen, Shown
from peak_trade.terminal.tail import as_json, as_line, tail

DONE, FAILED = 0, 1
STDOUT: Final = "-"


@dataclass(frozen=True)
class Told:
    """What a command says: a payload, how it is shown, and the exit code."""

    payload: Any
    shown: Sequence[Shown]
    code: int = DONE


Tell = Callable[[Context], Awaitable[Told]]


@dataclass(frozen=True)
class How:
    """How a command prints: as JSON, and again with each change."""

    as_json: bool = False
    watch: bool = False


def tell(settings: Settings, command: Tell, how: How) -> int:
    """Print what a command says; return its exit code."""
    return asyncio.run(
        _watch(settings, command, how) if how.watch else _once(settings, command, how)
    )


async def _once(settings: Settings, command: Tell, how: How) -> int:
    async with artifacts(settings) as context:
        told = await command(context())
    screen = Screen()
    screen.json(told.payload) if how.as_json else screen.show(told.shown)
    return told.code


async def _watch(settings: Settings, command: Tell, how: How) -> int:
    """Print again what changed, for ever: in place on a terminal, a line of JSON each if asked."""
    screen, before = Screen(), None
    in_place = screen.is_terminal and not how.as_json
    async with artifacts(settings) as context:
        with screen.live() if in_place else nullcontext() as live:
            while True:
                told = await command(context())
                if told.shown != before:
                    before = told.shown
                    if live is not None:
                        live.update(screen.drawn(told.shown), refresh=True)
                    elif how.as_json:
                        screen.json(told.payload, indent=False)
                    else:
                        screen.show([*told.shown, ""])
                        sys.stdout.flush()
                await asyncio.sleep(settings.web_ui.auto_refresh_seconds)


def ls(of: str, options: Mapping[str, Any]) -> Tell:
    """List runs or sessions; the exit code says if none matches, or none could be listed.

    Raises
    ------
    ValidationError
        If the query, or another option, cannot be understood.
    """
    language, kind = (RUNS, RunFileParams) if of == "runs" else (SESSIONS, SessionFileParams)
    params: Any = kind(**options)
    table: Any = run_table if of == "runs" else session_table

    async def command(context: Context) -> Told:
        if of == "runs":
            await read_metrics(context)
        found: Listed = await table(context, params)
        is_missing = context.store.local.directories.missing(of).total
        code = DONE if found["matching"] else FAILED if is_missing else NOTABLE
        columns = params.arranged(columns_of(language, several=context.settings.several))
        return Told(found, tables.listed(found, columns), code)

    return command


def show(name: str) -> Tell:
    """Show a run or a session; the exit code says if something is wrong with it."""

    async def command(context: Context) -> Told:
        found = await find(context, name)
        if found.session_id:
            page = await session_page(context, MomentView(), found.session_id)
            well = tables.is_well(page["life"]["freshness"], page["wrong"])
            return Told(page, tables.session(page), DONE if well else NOTABLE)
        run = await run_payload(context, Params(), found.run_id)
        points = await run_curve(context, CurveTableParams(), found.run_id)
        shown = tables.run(run, [point["equity"] for point in points])
        well = tables.is_well(run["freshness"], run["wrong"])
        return Told(run, shown, DONE if well else NOTABLE)

    return command


def stats(name: str) -> Tell:
    """Give the statistics of a run, or of the run of a session."""

    async def command(context: Context) -> Told:
        found = await statistics(context, Params(), await find_run_id(context, name))
        return Told(found, tables.statistics(found))

    return command


def compare(names: Sequence[str]) -> Tell:
    """Compare runs; the exit code says if the bars of two differ."""

    async def command(context: Context) -> Told:
        run_ids = [await find_run_id(context, name) for name in names]
        found = await compare_with_drift(context, CompareView(runs=",".join(run_ids)))
        known = [await statistics(context, Params(), run["run_id"]) for run in found["runs"]]
        drift = found["drift"]
        code = NOTABLE if drift and drift["first"] else DONE
        return Told(found, tables.compared(found, known), code)

    return command


def follow(settings: Settings, name: str, last: int, how: How) -> int:
    """Print the last events of a run; with `watch`, those that come as well."""

    async def run() -> int:
        screen = Screen()
        async with artifacts(settings) as context:
            run_id = await find_run_id(context(), name)
            async for told in tail(context, run_id, last, follow=how.watch):
                shown = as_json(told)
                if how.as_json:
                    screen.json(shown, indent=False)
                else:
                    screen.line(as_line(told), "" if shown.get("level") == "info" else "warn")
        return DONE

    return asyncio.run(run())


def export(settings: Settings, name: str, table: str, form: str, out: str | None) -> int:
    """Write a table of a run to a file or to standard output."""

    async def made() -> Raw:
        async with artifacts(settings) as context:
            return await exports.export(context(), await find_run_id(context(), name), table, form)

    _write(settings, asyncio.run(made()), out or STDOUT)
    return DONE


def report(
    settings: Settings, names: Sequence[str], forms: Sequence[str], language: str, out: str | None
) -> int:
    """Write the report of a run, of two, or of a session, in each of these forms."""
    if len(forms) > 1 and out == STDOUT:
        raise PeakTradeError("Standard output takes one form; name a file with --out")
    for made in asyncio.run(_reports(settings, names, forms, language)):
        suffix = made.filename.rpartition(".")[2]
        target = out or made.filename
        if out and len(forms) > 1:
            target = str(Path(out).with_suffix(f".{suffix}"))
        _write(settings, made, target)
        if target != STDOUT:
            Screen().line(target)
    return DONE


async def _reports(
    settings: Settings, names: Sequence[str], forms: Sequence[str], language: str
) -> list[Raw]:
    reports = Reports()
    async with artifacts(settings) as context:
        first = await find(context(), names[0])
        if first.session_id and len(names) == 1:
            params = [ReportParams(format=form, language=language) for form in forms]
            return [
                await reports.of_session(context(), one, session_id=first.session_id)
                for one in params
            ]
        run_ids = [await find_run_id(context(), name) for name in names]
        other = "".join(run_ids[1:])
        return [
            await reports.of_run(
                context(),
                RunReportParams(format=form, language=language, other=other),
                run_id=run_ids[0],
            )
            for form in forms
        ]


def _write(settings: Settings, made: Raw, out: str) -> None:
    if out == STDOUT:
        is_text = made.content_type == JSON or made.content_type.startswith("text/")
        Screen().data(made.body, is_text=is_text)
    else:
        output.write_result(Path(out), made.body, watched(settings))
