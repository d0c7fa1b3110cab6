"""Payload of how far two runs of one strategy went apart."""

from __future__ import annotations

from typing import Annotated, Final

import numpy as np
from pydantic import Field
from typing_extensions import TypedDict

from peak_trade.contract.base import fields as f
from peak_trade.contract.base.route import Context, Params
from peak_trade.contract.runs.funnel import FillItem, fill_item
from peak_trade.contract.runs.judged import judged, moment
from peak_trade.derive.arrays import Floats, Instants
from peak_trade.derive.downsample import extremes
from peak_trade.derive.drift import Divergence, Drift, drift
from peak_trade.derive.measured import Judged
from peak_trade.jsonio import finite
from peak_trade.store.runs_state import RunState

MAX_POINTS: Final = 500
MAX_FILLS: Final = 200


class DriftView(Params):
    """Which runs."""

    left: str = Field(description="Id of the run to compare with", examples=["r1"])
    right: str = Field(description="Id of the run that is compared", examples=["r2"])


class DivergenceItem(TypedDict):
    """The first bar at which the runs differ."""

    time: Annotated[str | None, f.about("Time of the candle, ISO 8601", f.EXAMPLE_TIME)]
    column: Annotated[str, f.about("What differs: signal, position_size or equity", "signal")]
    left: Annotated[float | None, f.about("Of the left run; of equity the profit", 1.0)]
    right: Annotated[float | None, f.about("Of the right run", -1.0)]


class MatchedItem(TypedDict):
    """A fill of both runs, or of one."""

    kind: Annotated[str, f.about("matched, missed (left alone) or extra (right alone)", "matched")]
    time: Annotated[str | None, f.about("Time of the candle, ISO 8601", f.EXAMPLE_TIME)]
    left: Annotated[FillItem | None, f.about("Of the left run")]
    right: Annotated[FillItem | None, f.about("Of the right run")]
    price_bps: Annotated[
        float | None, f.about("Right against left, above 0 is worse", 1.2, unit="bps")
    ]


class DriftBars(TypedDict):
    """What the bars of two runs have in common, and what not."""

    bars: Annotated[int, f.about("Candles that both have", 320)]
    only_left: Annotated[int, f.about("Candles of the left run alone", 0)]
    only_right: Annotated[int, f.about("Candles of the right run alone", 0)]
    first: Annotated[DivergenceItem | None, f.about("Null if they agree everywhere")]
    last_difference: Annotated[
        float | None, f.about("Profit, right less left, at the last bar", -3.5, unit=f.CURRENCY)
    ]
    max_difference: Annotated[
        float | None, f.about("Greatest distance of the profits", 12.5, unit=f.CURRENCY)
    ]
    times: Annotated[Instants, f.about("Times of the candles that are drawn")]
    difference: Annotated[Floats, f.about("Profit, right less left, extremes kept")]


class DriftFills(TypedDict):
    """What the fills of two runs have in common, and what not."""

    matched: Annotated[int, f.about("Fills of both", 9)]
    missed: Annotated[int, f.about("Fills of the left run alone", 0)]
    extra: Annotated[int, f.about("Fills of the right run alone", 0)]
    mean_price_bps: Annotated[float | None, f.about("Mean over the matched", 1.2, unit="bps")]
    fills: Annotated[
        list[MatchedItem], f.about("At most 200: those not matched, then the furthest")
    ]


class DriftPayload(DriftBars, DriftFills):
    """Two runs bar by bar."""

    left: f.RunId
    right: f.RunId
    comparable: Annotated[bool, f.about("Same strategy, symbol and time frame", True)]


async def run_drift(context: Context, params: DriftView) -> DriftPayload:
    """Compare two runs bar by bar.

    Raises
    ------
    NotFoundError
        If one of the runs is not known.
    """
    left, right = await judged(context, params.left), await judged(context, params.right)
    return await context.store.compute(lambda: drift_payload(left, right))


def drift_payload(left: tuple[RunState, Judged], right: tuple[RunState, Judged]) -> DriftPayload:
    """Return how far the right run went from the left one."""
    (left_run, of_left), (right_run, of_right) = left, right
    fields = ("strategy_name", "symbol", "timeframe")
    a, b = left_run.events.table(), right_run.events.table()
    found = drift(a, b, of_left.fills.fills, of_right.fills.fills)
    return {
        "left": left_run.run_id,
        "right": right_run.run_id,
        "comparable": all(
            getattr(left_run.meta, name) == getattr(right_run.meta, name) for name in fields
        ),
        **_bars(found),
        **_fills(found),
    }


def _bars(found: Drift) -> DriftBars:
    apart = found.difference
    known = apart[~np.isnan(apart)]
    drawn = extremes(apart, MAX_POINTS)
    return {
        "bars": int(found.times.size),
        "only_left": found.only_left,
        "only_right": found.only_right,
        "first": _divergence(found.first) if found.first else None,
        "last_difference": finite(float(known[-1])) if known.size else None,
        "max_difference": finite(float(np.abs(known).max())) if known.size else None,
        "times": found.times[drawn],
        "difference": apart[drawn],
    }


def _fills(found: Drift) -> DriftFills:
    items: list[MatchedItem] = [
        {
            "kind": "missed" if fill.right is None else "extra" if fill.left is None else "matched",
            "time": moment(fill.time),
            "left": fill_item(fill.left) if fill.left else None,
            "right": fill_item(fill.right) if fill.right else None,
            "price_bps": fill.price_bps,
        }
        for fill in found.fills
    ]
    apart = [item["price_bps"] for item in items if item["price_bps"] is not None]
    kinds = [item["kind"] for item in items]
    items.sort(key=lambda item: (item["kind"] == "matched", -abs(item["price_bps"] or 0)))
    return {
        "matched": kinds.count("matched"),
        "missed": kinds.count("missed"),
        "extra": kinds.count("extra"),
        "mean_price_bps": sum(apart) / len(apart) if apart else None,
        "fills": items[:MAX_FILLS],
    }


def _divergence(first: Divergence) -> DivergenceItem:
    return {
        "time": moment(first.time),
        "column": first.column,
        "left": finite(first.left),
        "right": finite(first.right),
    }
