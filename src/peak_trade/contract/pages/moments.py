"""The moment that a link leads to, as event and candle of a run."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Final

import numpy as np
from typing_extensions import TypedDict

from peak_trade.artifacts.times import as_utc
from peak_trade.contract.base import fields as f
from peak_trade.derive.moments import nearest
from peak_trade.derive.run_facts import candle_times, column_times
from peak_trade.derive.timeframes import candle_length
from peak_trade.schemas import INSTANT_COLUMN
from peak_trade.store.runs_state import RunState

AROUND: Final = timedelta(minutes=30)
"""What is shown before and after a candle, and how far a row may be from its moment, at least."""

CANDLES_AROUND: Final = 15
"""As many candles are shown on each side, if they take longer."""


class Moment(TypedDict):
    """A moment of the clock, and the row of the run that it belongs to."""

    at: Annotated[datetime, f.about("The moment", f.EXAMPLE_TIME)]
    seq: Annotated[
        int | None, f.about("Position of the event in the run; null: none has a time", 41)
    ]
    event: Annotated[datetime | None, f.about("Time of the event, `ts_event`", f.EXAMPLE_TIME)]
    candle: Annotated[datetime | None, f.about("Its candle, `ts_bar`", f.EXAMPLE_TIME)]
    seconds: Annotated[
        float | None,
        f.about("Time from the event to the moment, < 0 if the event came later", 11.0),
    ]
    side: Annotated[float, f.about("Seconds that charts show before and after the candle", 1800.0)]
    near: Annotated[bool, f.about("The event is so near that the moment is about it", True)]


def moment(state: RunState, at: datetime) -> Moment:
    """Return the row of a run that a moment belongs to."""
    table = state.events.table()
    times, candles = column_times(table, INSTANT_COLUMN), candle_times(table)
    limit = around(state).total_seconds()
    found = nearest(times, candles, np.datetime64(as_utc(at).replace(tzinfo=None), "us"), limit)
    if found is None:
        return Moment(
            at=at, seq=None, event=None, candle=None, seconds=None, side=limit, near=False
        )
    event, candle = _moment(times[found.row]), _moment(candles[found.row])
    return {
        "at": at,
        "seq": found.row,
        "event": event,
        "candle": candle or event,
        "seconds": found.seconds,
        "side": limit,
        "near": abs(found.seconds) <= limit,
    }


def around(state: RunState) -> timedelta:
    """Return how much is shown on each side of a moment."""
    return max(AROUND, CANDLES_AROUND * (candle_length(state.meta.timeframe) or timedelta()))


def _moment(time: np.datetime64) -> datetime | None:
    return None if np.isnat(time) else as_utc(time.astype("datetime64[us]").astype(datetime))
