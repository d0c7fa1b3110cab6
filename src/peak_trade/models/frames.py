"""What is drawn and listed as pandas frames.

A frame is made once for all pages that show the same revision, on read-only memory; each model
holds it as `lent`, so that nobody writes into what others see.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from peak_trade.derive.arrays import Instants
from peak_trade.derive.candles import Candles
from peak_trade.derive.curve import Curve


def lent(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a shared frame for one holder: who writes into it gets a copy of what is written.

    A part that outlives it, such as a column, is read-only.
    """
    own = frame.copy(deep=False)
    # pandas copies on write only while somebody else holds the data, and the store may forget it.
    weakref.finalize(own, lambda _: None, frame).atexit = False
    return own


def equity_frame(curve: Curve) -> pd.DataFrame:
    """Return the drawn points of an equity curve.

    Index `time` in UTC. Columns `equity` in account currency and `drawdown` as a fraction <= 0.
    """
    columns = {"equity": curve["equity"], "drawdown": curve["drawdown"]}
    return pd.DataFrame(columns, index=time_index(curve["times"]), copy=False)


def candle_frame(candles: Candles) -> pd.DataFrame:
    """Return the drawn candles.

    Index `time` in UTC, the begin of a candle. Columns `open`, `high`, `low`, `close` in the quote
    currency, `volume` in base units, NaN where it is not known.
    """
    names = ("open", "high", "low", "close", "volume")
    columns = {name: getattr(candles, name) for name in names}
    return pd.DataFrame(columns, index=time_index(candles.times), copy=False)


def row_frame(rows: Iterable[Mapping[str, Any]], columns: Iterable[str] = ()) -> pd.DataFrame:
    """Return listed rows, with the keys of the payload as columns."""
    listed = list(rows)
    return pd.DataFrame(listed, columns=None if listed else list(columns))


def time_index(times: Instants) -> pd.DatetimeIndex:
    """Return instants as an index `time` in UTC."""
    return pd.DatetimeIndex(times, name="time").tz_localize("UTC")
