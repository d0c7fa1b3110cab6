"""What is drawn of a run in a window: price, signals, fills, blocked orders, position, equity."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Final, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from peak_trade.artifacts.times import as_utc, plus
from peak_trade.contract.base import fields as f
from peak_trade.contract.base.route import Context, Params
from peak_trade.contract.pages.drawable import Drawable, Points, drawable
from peak_trade.contract.pages.indicators import Chosen, Indicators, indicators
from peak_trade.contract.pages.moments import Moment, moment
from peak_trade.contract.runs.snapshot import find_run
from peak_trade.derive.arrays import Floats, Instant, Instants, Places
from peak_trade.derive.bands import Band, band, clusters
from peak_trade.derive.candles import Candles, merge
from peak_trade.derive.curve import Curve, equity_curve, inside
from peak_trade.derive.gaps import Gaps
from peak_trade.schemas import BAR_COLUMN
from peak_trade.store.runs_state import RunState

RANGES: Final = {"1h": 3_600, "6h": 21_600, "1d": 86_400, "all": None}
"""Ranges that end at the newest candle, in seconds."""

SINCE, UNTIL = "2026-01-15T17:30:00Z", "2026-01-15T18:30:00Z"

MAX_CANDLES: Final = 260
MAX_POSITIONS: Final = 300
"""Changes of the position that are drawn as such, and buckets of more."""
MAX_MARKS: Final = 100
"""Of a kind and a sign."""
MAX_GAPS: Final = 50
MAX_REASON: Final = 300
"""Characters of the reason of a mark."""


class Markers(TypedDict):
    """Marks at a price, close ones as one; arrays of the same length, in order of time."""

    times: Annotated[Instants, f.about("Times of the candles; of several marks, of the middle one")]
    first: Annotated[Instants, f.about("Of several marks that are one, the time of the first")]
    last: Annotated[Instants, f.about("Of several marks that are one, the time of the last")]
    price: Annotated[
        Floats, f.about("Price; of several fills the mean, weighted by their quantities")
    ]
    value: Annotated[
        Floats,
        f.about("Signal, side (1 bought, -1 sold), or orders blocked; of several marks the last"),
    ]
    marks: Annotated[Places, f.about("How many marks it stands for")]
    count: Annotated[int, f.about("All marks in the window, the sum of `marks`", 3)]


class PriceChart(TypedDict):
    """What is drawn in the price panel and the strip of the position."""

    begin: Annotated[Instant | None, f.about("First candle of the run", f.EXAMPLE_TIME)]
    end: Annotated[Instant | None, f.about("Last candle of the run", f.EXAMPLE_TIME)]
    candles: Annotated[Candles, f.about("What is drawn, in order of time")]
    bars: Annotated[int, f.about("Candles in the window", 50)]
    merged: Annotated[int, f.about("Candles that one drawn candle stands for", 1)]
    seconds: Annotated[
        float, f.about("Time from one drawn candle to the next", 60.0, unit=f.SECONDS)
    ]
    signals: Annotated[Markers, f.about("Rows whose signal changed")]
    fills: Annotated[Markers, f.about("Orders that were filled")]
    blocked: Annotated[Markers, f.about("Rows with blocked orders")]
    reasons: Annotated[
        list[str | None],
        f.about(
            "Why orders were blocked, for each of `blocked`; of several marks the last one's",
            ["max_drawdown"],
        ),
    ]
    closes_only: Annotated[bool, f.about("Whether there are closes and no other prices", False)]
    gaps_first: Annotated[Instants, f.about("Last candle before each gap, the longest ones")]
    gaps_last: Annotated[Instants, f.about("First candle after each of these gaps")]
    gaps: Annotated[int, f.about("All gaps in the window", 1)]
    position_times: Annotated[Instants, f.about("When a stretch of the position begins")]
    position: Annotated[Floats, f.about("Base units, at the end of the stretch")]
    position_low: Annotated[
        Floats, f.about("Base units, the least from this time to the next one's")
    ]
    position_high: Annotated[
        Floats, f.about("Base units, the greatest; equal to the least: the position itself")
    ]
    position_changes: Annotated[int, f.about("How often it changes in the window", 8604)]
    position_buckets: Annotated[
        int, f.about("Stretches in which several changes are one; 0: each is drawn", 300)
    ]


class RunChart(TypedDict):
    """What is drawn of a run."""

    price: Annotated[PriceChart, f.about("Price and position")]
    curve: Annotated[Curve, f.about("Equity and drawdown")]
    indicators: Annotated[Indicators, f.about("Values that its producer added to the rows")]
    moment: Annotated[Moment | None, f.about("The moment `at`, as event and candle; null without")]


def window(
    since: datetime | None,
    until: datetime | None,
    span: str,
    at: datetime | None = None,
    indicator: tuple[str, ...] = (),
) -> CurveParams:
    """Return what is drawn: from `since` to `until`, or around `at`, or `span` up to the end."""
    seconds = RANGES.get(span) if since is None and until is None and at is None else None
    last = timedelta(seconds=seconds) if seconds else None
    return CurveParams(since=since, until=until, last=last, at=at, indicator=indicator)


def _in_utc(moment: datetime) -> datetime:
    try:
        return as_utc(moment)
    except OverflowError:
        raise PydanticCustomError(
            "datetime_parsing", "Input should be a time in the years 1 to 9999 in UTC"
        ) from None


TimeBound = Annotated[datetime, AfterValidator(_in_utc)]
"""A time in an address; without offset it is UTC."""


class WindowView(Params):
    """A window of time."""

    since: TimeBound | None = Field(None, description="Begin of the window", examples=[SINCE])
    until: TimeBound | None = Field(None, description="End of the window", examples=[UNTIL])

    @property
    def drawn(self) -> CurveParams:
        """What is drawn."""
        return CurveParams(since=self.since, until=self.until)


class MomentView(WindowView):
    """A window of time, or what is around a moment."""

    at: TimeBound | None = Field(
        None, description="Without a window: around the candle of this moment", examples=[SINCE]
    )

    @property
    def drawn(self) -> CurveParams:
        """What is drawn."""
        return CurveParams(since=self.since, until=self.until, at=self.at)


class RangeView(MomentView):
    """A window of time, or a range that ends at the newest candle."""

    range: Literal["1h", "6h", "1d", "all"] = Field(
        "all", description="Without a window: so much, up to the newest candle"
    )

    @property
    def drawn(self) -> CurveParams:
        """What is drawn."""
        return window(self.since, self.until, self.range, self.at)


class ChartView(RangeView):
    """What is drawn of a run, and which indicators."""

    indicator: Chosen = ()

    @property
    def drawn(self) -> CurveParams:
        """What is drawn."""
        return window(self.since, self.until, self.range, self.at, self.indicator)


async def run_chart(context: Context, params: CurveParams, run_id: str) -> RunChart:
    """Give all that is drawn of a run, downsampled with the extremes kept."""
    state = await find_run(context, run_id, rows=True)
    trades = await context.store.trades(run_id)

    def draw() -> RunChart:
        found = moment(state, params.at) if params.at else None
        shown = placed(state, params, found)
        table, known = state.events.table(), drawable(state, trades)
        return {
            "price": price_chart(known, shown),
            "curve": equity_curve(table, shown.since, shown.until),
            "indicators": indicators(table, known, shown.indicator, shown.since, shown.until),
            "moment": found,
        }

    return await context.store.compute(draw)


def price_chart(known: Drawable, params: CurveParams) -> PriceChart:
    """Return the price chart in a window; the candles just outside of it are drawn as well."""
    first, stop = inside(known.times, params.since, params.until)
    inner = np.searchsorted(known.places, (first, stop))
    outer = np.searchsorted(known.places, (max(first - 1, 0), min(stop + 1, known.times.size)))
    candles, merged = merge(known.candles, int(outer[0]), int(outer[1]), MAX_CANDLES)
    held, changes = _held(known.held, params)
    gaps = _gaps(known.gaps, params)
    longest = gaps.longest(MAX_GAPS)
    blocked = _clustered(known.blocked, params)
    return {
        "begin": known.begin,
        "end": known.end,
        "candles": candles,
        "bars": int(inner[1] - inner[0]),
        "merged": merged,
        "seconds": _spacing(candles.times),
        "signals": _clustered(known.signals, params),
        "fills": _clustered(known.fills, params),
        "blocked": blocked,
        "reasons": _reasons(known, blocked),
        "closes_only": known.closes_only,
        "gaps_first": longest.first,
        "gaps_last": longest.last,
        "gaps": int(gaps.first.size),
        "position_times": held.times,
        "position": held.last,
        "position_low": held.low,
        "position_high": held.high,
        "position_changes": changes,
        "position_buckets": held.buckets,
    }


def _spacing(times: Instants) -> float:
    """Return the usual time between two neighbours, in seconds; a minute if there are none."""
    gaps = np.diff(times.astype(np.int64)) / 1e6
    gaps = gaps[gaps > 0]
    return float(np.median(gaps)) if gaps.size else 60.0


def _held(points: Points, params: CurveParams) -> tuple[Band, int]:
    """Return the position in the window and one change on each side, and its changes inside."""
    first, stop = inside(points.times, params.since, params.until)
    begin = max(first - 1, 0)
    changes = int(np.count_nonzero(np.diff(points.value[begin:stop])))
    held = band(points.times[begin:stop], points.value[begin:stop], MAX_POSITIONS)
    beyond = slice(stop, stop + 1)
    return held.followed_by(points.times[beyond], points.value[beyond]), changes


def _gaps(found: Gaps, params: CurveParams) -> Gaps:
    """Return the gaps that reach into the window."""
    first, _ = inside(found.last, params.since, None)
    _, stop = inside(found.first, None, params.until)
    return Gaps(found.first[first:stop], found.last[first:stop])


def _reasons(known: Drawable, blocked: Markers) -> list[str | None]:
    """Return why orders were blocked, for each mark; only the rows of those are looked at."""
    if known.reasons is None or not blocked["last"].size:
        return [None] * int(blocked["last"].size)
    places = np.searchsorted(known.blocked.times, blocked["last"], side="right") - 1
    found = known.reasons.take(pa.array(known.blocked_rows[places])).to_pylist()
    return [str(text)[:MAX_REASON] if text else None for text in found]


def _clustered(points: Points, params: CurveParams) -> Markers:
    """Return the marks of the window, and how many there are."""
    first, stop = inside(points.times, params.since, params.until)
    drawn = slice(first, stop)
    found = clusters(
        points.times[drawn],
        points.price[drawn],
        points.value[drawn],
        points.weight[drawn],
        MAX_MARKS,
    )
    return {
        "times": found.times,
        "first": found.first,
        "last": found.last,
        "price": found.price,
        "value": found.value,
        "marks": found.count,
        "count": stop - first,
    }


class CurveParams(Params):
    """The window of time to draw; the points just outside of it are drawn as well."""

    since: datetime | None = None
    until: datetime | None = None
    last: timedelta | None = None
    """Instead of `since`: begin so long before the newest candle."""
    at: datetime | None = None
    """Instead of both: around the candle of this moment, if anything is near it."""
    indicator: tuple[str, ...] = ()
    """Names of indicators that are drawn as well."""


def placed(state: RunState, params: CurveParams, found: Moment | None) -> CurveParams:
    """Return the window with its ends, if it is given as a length of time or around a moment."""
    if found and found["near"] and found["candle"] and not (params.since or params.until):
        side = timedelta(seconds=found["side"])
        ends = {"since": plus(found["candle"], -side), "until": plus(found["candle"], side)}
        return params.model_copy(update=ends)
    table = state.events.table()
    if params.last is None or BAR_COLUMN not in table.column_names:
        return params
    end = pc.max(table[BAR_COLUMN]).as_py()
    return params.model_copy(update={"since": end and end - params.last})
