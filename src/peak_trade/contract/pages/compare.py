"""Payload of the comparison of runs: curves, metrics side by side, and what differs in settings.

A curve may be normalised, so that it begins at 100; a run whose first equity is not above 0 then
has none. Runs are in the order in which they were asked for; an unknown one is named, not an error.
"""

from __future__ import annotations

import shlex
from typing import Annotated, Any, Final, Literal, NotRequired

import numpy as np
from pydantic import Field
from typing_extensions import TypedDict

from peak_trade.contract.base import fields as f
from peak_trade.contract.base.flat import flatten
from peak_trade.contract.base.freshness import Freshness, freshness
from peak_trade.contract.base.life import Lives, lives
from peak_trade.contract.base.redact import redact, redact_arguments
from peak_trade.contract.base.route import Context, Params
from peak_trade.contract.pages.drawable import gaps_of
from peak_trade.contract.pages.run_chart import MAX_GAPS
from peak_trade.contract.runs import schema as runs_schema
from peak_trade.contract.runs import snapshot as runs
from peak_trade.derive.arrays import Floats, Instants
from peak_trade.derive.curve import Curve, equity_curve
from peak_trade.derive.metrics import floats
from peak_trade.derive.symbols import quote_currency
from peak_trade.i18n import mark
from peak_trade.jsonio import finite
from peak_trade.store.runs_state import RunState

MAX_RUNS: Final = 6
MAX_POINTS: Final = 500
START: Final = 100.0
NO_EQUITY: Final = mark("no event with a time and an equity")
NO_START: Final = mark("its first equity is not above 0: choose absolute values")


class CompareView(Params):
    """What is compared, and how."""

    runs: str = Field(
        "", max_length=2_000, description="Ids with commas between, at most 6", examples=["r1,r2"]
    )
    by: Literal["time", "elapsed", "bar"] = Field(
        "time",
        description="What the curves run along: `elapsed` is the time since each run's first point",
    )
    scale: Literal["start", "absolute"] = Field(
        "start", description="`start`: each curve begins at 100; `absolute`: as stored"
    )

    @property
    def ids(self) -> list[str]:
        """The ids that are compared, each once."""
        named = dict.fromkeys(name.strip() for name in self.runs.split(","))
        return [name for name in named if name][:MAX_RUNS]


class ComparedRun(runs_schema.RunMetrics):
    """One run with its metrics."""

    run_id: f.RunId
    mode: f.Mode
    strategy_name: f.Strategy
    symbol: f.Symbol
    timeframe: f.Timeframe
    currency: Annotated[str, f.about("Quote currency of the symbol, empty if unknown", "EUR")]
    start_equity: Annotated[float | None, f.about("First equity, account currency", 10000.0)]
    max_drawdown: Annotated[float | None, f.about("Deepest drawdown, fraction <= 0", -0.01)]
    points: Annotated[int, f.about("Events with a time and an equity", 50)]
    freshness: Annotated[Freshness, f.about("How old its data is")]
    root: NotRequired[f.Root]


class ComparedCurve(TypedDict):
    """Equity of one run; lists of the same length, extremes kept."""

    run_id: f.RunId
    times: Annotated[
        list[str], f.about("Times of the candles, ISO 8601, UTC", ["2026-01-15T17:36:00.000Z"])
    ]
    bars: Annotated[list[int], f.about("Numbers of the points in the run, from 0", [0])]
    hours: Annotated[list[float], f.about("Hours since the first point of the run", [0.0])]
    values: Annotated[list[float], f.about("Equity, or percent of the first equity", [100.0])]
    drawdown: Annotated[list[float | None], f.about("Fraction <= 0, null for none", [0.0])]
    positions: Annotated[list[float | None], f.about("Base units, null if unknown", [0.5])]
    gaps: Annotated[
        list[tuple[str, str]],
        f.about(
            "Last candle before each gap of its rows, the longest, and the first after it",
            [("2026-01-15T17:40:00.000Z", "2026-01-15T17:52:00.000Z")],
        ),
    ]
    why_not: Annotated[str, f.about("Why nothing can be drawn, empty if it can", "")]


class Difference(TypedDict):
    """One setting that is not the same in all runs."""

    key: Annotated[str, f.about("Path in the stored meta data", "config.strategy.fast")]
    values: Annotated[list[Any], f.about("One for each run, null where it has none", [10, None])]


class ComparePayload(TypedDict):
    """Runs side by side."""

    runs: Annotated[list[ComparedRun], f.about("Those that are known, in the order asked for")]
    unknown: Annotated[list[str], f.about("Ids that name no run", ["gone"])]
    curves: Annotated[list[ComparedCurve], f.about("One for each run")]
    differences: Annotated[list[Difference], Field(description="What differs, sorted by key")]


async def compare(context: Context, params: CompareView) -> ComparePayload:
    """Compare runs."""
    states = [(name, await context.store.run(name, rows=True)) for name in params.ids]
    known = [state for _, state in states if state is not None]
    alive, local = await lives(context), context.store.local

    def build() -> ComparePayload:
        drawn = [equity_curve(state.events.table(), max_points=MAX_POINTS) for state in known]
        return {
            "runs": [
                compared(*pair, alive, local.root_of(pair[0].run_id).name)
                for pair in zip(known, drawn, strict=True)
            ],
            "unknown": [name for name, state in states if state is None],
            "curves": [curve(*pair, params.scale) for pair in zip(known, drawn, strict=True)],
            "differences": differences([settings(state, alive) for state in known]),
        }

    return await context.store.compute(build)


def compared(state: RunState, drawn: Curve, alive: Lives, root: str) -> ComparedRun:
    """Return a run with its metrics; `root` is empty where there is one alone."""
    known, meta = state.events.metrics, state.meta
    run: ComparedRun = {
        **runs.run_metrics(state),  # type: ignore[typeddict-item]  # it has no root
        "run_id": state.run_id,
        "mode": meta.mode,
        "strategy_name": meta.strategy_name,
        "symbol": meta.symbol,
        "timeframe": meta.timeframe,
        "currency": quote_currency(meta.symbol),
        "start_equity": known.start_equity,
        "max_drawdown": known.max_drawdown,
        "points": drawn["points"],
        "freshness": freshness(alive.run(state.run_id, meta)),
    }
    return {**run, "root": root} if root else run


def metrics(run: ComparedRun) -> dict[str, Any]:
    """Return the metrics of a run as a row."""
    return {key: value for key, value in run.items() if key != "freshness"}


def curve(state: RunState, drawn: Curve, scale: str) -> ComparedCurve:
    """Return the equity of a run for drawing."""
    values = scaled(drawn["equity"], state.events.metrics.start_equity, scale)
    known = ~np.isnan(values)
    times, places = drawn["times"][known], drawn["places"][known]
    gaps = gaps_of(state.events.table(), MAX_GAPS)
    begin = drawn["begin"] if drawn["begin"] is not None else np.datetime64(0, "us")
    position = floats(state.events.table(), "position_size")[places]
    return {
        "run_id": state.run_id,
        "times": stamps(times),
        "bars": places.tolist(),
        "hours": ((times - begin) / np.timedelta64(1, "h")).tolist(),
        "values": values[known].tolist(),
        "drawdown": [finite(value) for value in drawn["drawdown"][known].tolist()],
        "positions": [finite(value) for value in position.tolist()],
        "gaps": list(zip(stamps(gaps.first), stamps(gaps.last), strict=True)),
        "why_not": "" if known.any() else NO_START if drawn["points"] else NO_EQUITY,
    }


def stamps(times: Instants) -> list[str]:
    """Return times as ISO 8601 in UTC."""
    return [str(one) for one in np.datetime_as_string(times, unit="ms", timezone="UTC")]


def scaled(equity: Floats, start: float | None, scale: str) -> Floats:
    """Return equity as it is, or so that it begins at 100; NaN where that cannot be."""
    if scale == "absolute":
        return equity
    if start is None or start <= 0:
        return np.full(equity.shape, np.nan)
    return equity / start * START


def settings(state: RunState, alive: Lives) -> dict[str, Any]:
    """Return the settings of a run by their path, secrets hidden.

    Of the session that wrote it, if the registry knows one, the command line and what it says of
    git: the same settings may have been run by another program.
    """
    meta, session = state.meta, alive.sessions_by_run.get(state.run_id)
    stored = {
        "mode": meta.mode,
        "strategy_name": meta.strategy_name,
        "symbol": meta.symbol,
        "timeframe": meta.timeframe,
        "config": redact(meta.config_snapshot),
    }
    found = flatten(stored)
    if session is not None:
        arguments = redact_arguments(session.cli_args)
        found["session.command"] = shlex.join(str(part) for part in arguments)
        started = flatten({"session": redact(session.config)})
        found |= {key: value for key, value in started.items() if "git" in key.lower()}
    return found


def differences(known: list[dict[str, Any]]) -> list[Difference]:
    """Return the settings that are not the same in all runs.

    What is empty in one run and has parts in another one differs by these parts alone.
    """
    keys = {key for one in known for key in one}
    branches = {key[:at] for key in keys for at in range(len(key)) if key[at] == "."}
    empty = {key for key in branches & keys if all(one.get(key, {}) in ({}, []) for one in known)}
    rows: list[Difference] = [
        {"key": key, "values": [one.get(key) for one in known]} for key in sorted(keys - empty)
    ]
    return [row for row in rows if any(value != row["values"][0] for value in row["values"])]
