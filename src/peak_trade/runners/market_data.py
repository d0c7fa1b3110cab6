"""Candle files: Kraken OHLC, Kraken trades and generic OHLCV, as CSV or Parquet.

Assumes a file that fits in memory; CSV is UTF-8, comma-separated, one record a line. The layout is
found from the content, never from the name of the file:

* a first line of numbers only: Kraken's download without header, with 3 columns (trades: time,
  price, volume) or 7 or 8 (time, open, high, low, close, [vwap,] volume, count);
* a header with a column `time`: Kraken's layout, time in unix seconds, milliseconds, microseconds
  or nanoseconds, or ISO 8601;
* any other header: generic, the first column is the time in ISO 8601 (without offset: UTC). Plain
  numbers are refused there, since nothing says what they count.

Guarantees an ascending UTC index without duplicates (the last one wins, which is told) and float
columns; an empty cell is NaN; a row without a time is left out and its line is listed. Trades are
gathered to bars; a bar without trades is left out, since no price was made in it. Candles may be
missing: the time frame is the greatest length of which every step is a whole multiple.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from peak_trade.errors import MarketDataError
from peak_trade.runners.bars import (
    CANDLE_COLUMNS,
    MONTH,
    begins_of_bars,
    check_timeframe,
    common_step,
    timeframe_name,
    timeframe_seconds,
)
from peak_trade.runners.candle_tables import (
    TRADE_COLUMNS,
    Table,
    has_decimal_comma,
    read_csv,
    read_parquet,
    require_columns,
    shown,
)
from peak_trade.runners.candle_times import LOST_DIGITS, times
from peak_trade.schemas import NULL_WORDS

TRADES_TIMEFRAME: Final = "1m"
"""Bars that trades are gathered to if no time frame is asked for."""

SKIPPED_LINES: Final = "skipped_lines"
TIMEFRAME: Final = "timeframe"
NOTICES: Final = "notices"
"""Keys of `DataFrame.attrs` in the result of `load_candles`."""

_TRADE_IDS: Final = ("trade_id", "id")


def load_candles(path: Path | str, timeframe: str | None = None) -> pd.DataFrame:
    """Read a market-data file as candles.

    Parameters
    ----------
    path
        CSV file, or Parquet if the name ends in `.parquet` or `.pq`.
    timeframe
        Length of a bar, such as `5m`. Without it: of candles, the greatest length of which every
        step in the file is a whole multiple; of trades, `TRADES_TIMEFRAME`.

    Returns
    -------
    DataFrame of shape (n, 5): UTC index, float columns open, high, low, close (quote currency) and
    volume (base units). `attrs["timeframe"]` is the length of a bar, `attrs["skipped_lines"]` the
    tuple of lines that have no time, `attrs["notices"]` sentences about rows that do not count.

    Raises
    ------
    MarketDataError
        If the file cannot be used, or a step is no whole multiple of `timeframe`; the message names
        file, line and column and how to mend it.
    SettingsError
        If `timeframe` is no time frame.
    """
    path = Path(path)
    if timeframe is not None:
        check_timeframe(timeframe)
    table = read_parquet(path) if path.suffix in {".parquet", ".pq"} else read_csv(path)
    return _candles(table, timeframe)


@dataclass(frozen=True, slots=True)
class KrakenCsvLoader:
    """Reads Kraken's CSV files of candles and of trades, with or without a header, and no others.

    Parameters
    ----------
    timeframe
        Length of a bar, such as `5m`; None as for `load_candles`.
    """

    timeframe: str | None = None

    def load(self, path: Path | str) -> pd.DataFrame:
        """Return the candles of the file, in the form of `load_candles`.

        Raises
        ------
        MarketDataError
            If the file cannot be used, or has a header without a column `time`.
        SettingsError
            If `timeframe` is no time frame.
        """
        if self.timeframe is not None:
            check_timeframe(self.timeframe)
        table = read_csv(Path(path))
        require_columns(table, ("time",))
        return _candles(table, self.timeframe)


def _candles(table: Table, timeframe: str | None) -> pd.DataFrame:
    is_trades = "price" in table.columns and "open" not in table.columns
    wanted = TRADE_COLUMNS[1:] if is_trades else CANDLE_COLUMNS
    require_columns(table, wanted)
    moments = times(table)
    data = pd.DataFrame({name: _numbers(table, name) for name in wanted})
    if not is_trades:
        _check_order(table, data)
    data.index = pd.DatetimeIndex(moments, name="time")
    skipped = tuple(int(row) + table.first_line for row in np.flatnonzero(moments.isna()))
    make = _bars_of_trades if is_trades else _one_a_time
    candles, timeframe, notices = make(table, data, timeframe)
    candles.attrs = {TIMEFRAME: timeframe, SKIPPED_LINES: skipped, NOTICES: tuple(notices)}
    return candles


def _one_a_time(
    table: Table, data: pd.DataFrame, timeframe: str | None
) -> tuple[pd.DataFrame, str, list[str]]:
    data = data[data.index.notna()].sort_index(kind="stable")
    repeated = data.index.duplicated(keep="last")
    if not repeated.any():
        return data, _check_step(table.file, data, timeframe), []
    others = repeated & ~data.reset_index().duplicated(keep="last").to_numpy()
    if 2 * others.sum() > len(data):
        raise MarketDataError(
            f"{table.file}, column 'time': {others.sum()} of {len(data)} rows share their time "
            f"with another row that has other prices: {LOST_DIGITS}; or keep one market a file"
        )
    first = data.index[repeated][0].isoformat()
    notice = (
        f"{table.file}: {repeated.sum()} rows share their time with a later row, which counts; "
        f"first: {first}"
    )
    data = data[~repeated]
    return data, _check_step(table.file, data, timeframe), [notice]


def _bars_of_trades(
    table: Table, trades: pd.DataFrame, timeframe: str | None
) -> tuple[pd.DataFrame, str, list[str]]:
    """Gather trades; of those with one id one counts, without ids an overlap is told."""
    timeframe = timeframe or TRADES_TIMEFRAME
    notices = []
    ids = next((name for name in _TRADE_IDS if name in table.columns), None)
    if ids is not None:
        again = table.columns[ids].duplicated().to_numpy()
        if again.any():
            notices.append(f"{table.file}: {again.sum()} trades are there twice and count once")
        trades = trades[~again]
    elif not trades.index.dropna().is_monotonic_increasing:
        twice = int(trades.reset_index().duplicated().sum())
        if twice:
            notices.append(
                f"{table.file}: the times go back, and {twice} trades are like an earlier one; if "
                "exports overlap, their volume counts twice"
            )
    trades = trades[trades.index.notna()].sort_index(kind="stable")
    return _gather(trades, timeframe), timeframe, notices


def _check_order(table: Table, data: pd.DataFrame) -> None:
    bad = (data["high"] < data["low"]).to_numpy()
    if bad.any():
        row = int(bad.argmax())
        high, low = data["high"].iloc[row], data["low"].iloc[row]
        raise MarketDataError(
            f"{table.place(row, 'high')}: {high:g} is below the low, {low:g}; correct or remove "
            "the line"
        )


def _numbers(table: Table, column: str) -> np.ndarray:
    cells = table.columns[column]
    text = cells.astype(str).str.strip()
    values = pd.to_numeric(text, errors="coerce").to_numpy(dtype=float)
    bad = ~np.isfinite(values) & ~(cells.isna() | text.isin(NULL_WORDS)).to_numpy(dtype=bool)
    if bad.any():
        row = int(bad.argmax())
        hint = "write '.' as decimal sign" if has_decimal_comma(text.iloc[row]) else "correct"
        raise MarketDataError(
            f"{table.place(row, column)}: {shown(text.iloc[row])} is not a number; {hint} or empty "
            "the cell"
        )
    return values


def _gather(trades: pd.DataFrame, timeframe: str) -> pd.DataFrame:
    begins = begins_of_bars(pd.DatetimeIndex(trades.index), timeframe)
    groups = trades.groupby(begins.rename("time"))
    prices = groups["price"]
    return pd.DataFrame(
        {
            "open": prices.first(),
            "high": prices.max(),
            "low": prices.min(),
            "close": prices.last(),
            "volume": groups["volume"].sum(),
        }
    ).astype(float)


def _check_step(file: str, candles: pd.DataFrame, timeframe: str | None) -> str:
    """Return the time frame: the one asked for, if all steps are whole multiples of it."""
    index = pd.DatetimeIndex(candles.index)
    step = common_step(index)
    if step is None:
        return timeframe or TRADES_TIMEFRAME
    are_months = bool((index == begins_of_bars(index, MONTH)).all())
    if timeframe == MONTH and not are_months:
        raise MarketDataError(f"{file}, column 'time': not all candles begin with a month")
    if are_months and timeframe in {None, MONTH}:
        return MONTH
    seconds, rest = divmod(step, 1_000_000)
    if rest:
        raise MarketDataError(f"{file}, column 'time': candles not whole seconds apart in places")
    found = timeframe_name(seconds)
    if timeframe is not None and seconds % timeframe_seconds(timeframe):
        raise MarketDataError(
            f"{file}, column 'time': the candles are {found} apart, or multiples of it, not "
            f"{timeframe}; ask for the time frame {found}"
        )
    return timeframe or found
