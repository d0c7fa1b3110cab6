"""Candle files: downloads of Kraken, Binance, freqtrade and jesse, and generic tables.

CSV is UTF-8, comma-separated, one record a line. The layout is found from the content:

* a first line of numbers only: a download without header, with 3 columns (Kraken's trades: time,
  price, volume), 7 or 8 (Kraken's candles: time, open, high, low, close, [vwap,] volume, count), 12
  (Binance's klines) or 6 (time, open, high, low, close, volume, or jesse's order, with the close
  behind the open, which the prices tell);
* a header with a column `time`, `open_time`, `timestamp` or `unix`: time in unix seconds,
  milliseconds, microseconds or nanoseconds, or ISO 8601;
* any other header: generic, the first column is the time in ISO 8601 (without offset: UTC). Plain
  numbers are refused there, since nothing says what they count.

Guarantees an ascending UTC index without duplicates (the last one wins, which is told) and float
columns; an empty cell is NaN; a row without a time is left out and its line is listed. Trades are
gathered to bars; a bar without trades is left out, since no price was made in it. Candles may be
missing: the time frame is the greatest length of which every step is a whole multiple.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from peak_trade.derive.unix_times import LOST_DIGITS
from peak_trade.errors import MarketDataError
from peak_trade.runners.bars import (
    BEYOND,
    CANDLE_COLUMNS,
    MONTH,
    PRICE_COLUMNS,
    are_months,
    begins_of_bars,
    check_timeframe,
    common_step,
    timeframe_name,
    timeframe_seconds,
)
from peak_trade.runners.candle_files import read_tables
from peak_trade.runners.candle_tables import (
    TRADE_COLUMNS,
    Table,
    has_decimal_comma,
    read_csv,
    require_columns,
    shown,
)
from peak_trade.runners.candle_times import times
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
        CSV file, or what the end of its name says: `.parquet`, `.pq`, `.feather` or `.json`.
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
    return _candles(path.name, read_tables(path), timeframe)


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
        tables = list(read_csv(Path(path)))
        require_columns(tables[0], ("time",))
        return _candles(tables[0].file, tables, self.timeframe)


def is_trades(table: Table) -> bool:
    """Tell whether the rows are trades, no candles."""
    return "price" in table.columns and "open" not in table.columns


def times_of(table: Table) -> pd.Series[pd.Timestamp]:
    """Return the time of each row in UTC, NaT where the cell is empty.

    Raises
    ------
    MarketDataError
        If a column is missing that candles or trades need, or a cell is no time.
    """
    require_columns(table, TRADE_COLUMNS[1:] if is_trades(table) else CANDLE_COLUMNS)
    return times(table)


def skipped_lines(table: Table, moments: pd.Series[pd.Timestamp]) -> list[int]:
    """Return the lines of a table that have no time."""
    return [int(row) + table.first_line for row in np.flatnonzero(moments.isna())]


def candle_rows(table: Table, moments: pd.Series[pd.Timestamp]) -> pd.DataFrame:
    """Return the candles of a table, of shape (n, 5), with their times as index.

    Raises
    ------
    MarketDataError
        If a cell is no number, or a high is below its low.
    """
    data = _rows(table, CANDLE_COLUMNS, moments)
    _check(table, data, "volume", data["volume"] < 0, "below zero; correct or remove the line")
    is_below = data["high"] < data["low"]
    _check(table, data, "high", is_below, "below the low, {low:g}; correct or remove the line")
    return data


def check_timeframe_of(file: str, index: pd.DatetimeIndex, timeframe: str | None) -> str:
    """Return the time frame of candles: the one asked for, if every step is a multiple of it.

    Raises
    ------
    MarketDataError
        If it is not; the message names the time frame that is.
    """
    step = common_step(index)
    if step is None:
        return timeframe or TRADES_TIMEFRAME
    is_monthly = are_months(index, step)
    if timeframe == MONTH and not is_monthly:
        raise MarketDataError(f"{file}, column 'time': not all candles begin with a month")
    if is_monthly and timeframe in {None, MONTH}:
        return MONTH
    seconds, rest = divmod(step, 1_000_000)
    if rest:
        row = int((np.diff(index.as_unit("us").asi8) % 1_000_000 != 0).argmax()) + 1
        raise MarketDataError(
            f"{file}, column 'time': {index[row].isoformat()} is no whole seconds after the candle "
            "before it; correct or remove its row"
        )
    found = timeframe_name(seconds)
    if timeframe is not None and seconds % (wanted := timeframe_seconds(timeframe)):
        hint = f", or resample to {timeframe}" if wanted % seconds == 0 else ""
        raise MarketDataError(
            f"{file}, column 'time': the candles are {found} apart, or multiples of it, not "
            f"{timeframe}; ask for the time frame {found}{hint}"
        )
    return timeframe or found


def _candles(file: str, tables: Iterable[Table], timeframe: str | None) -> pd.DataFrame:
    parts, skipped = [], list[int]()
    of_trades = False
    for table in tables:
        of_trades = is_trades(table)
        moments = times_of(table)
        skipped += skipped_lines(table, moments)
        parts.append((_trades if of_trades else candle_rows)(table, moments))
    if not parts:
        raise MarketDataError(f"{file}: no rows; export it again")
    data = pd.concat(parts)
    make = _bars_of_trades if of_trades else _one_a_time
    candles, timeframe, notices = make(file, data, timeframe)
    candles.attrs[TIMEFRAME] = timeframe
    candles.attrs[SKIPPED_LINES] = tuple(skipped)
    candles.attrs[NOTICES] = tuple(notices)
    return candles


def _trades(table: Table, moments: pd.Series[pd.Timestamp]) -> pd.DataFrame:
    """Return price and volume of trades, and their ids if they have any."""
    data = _rows(table, TRADE_COLUMNS[1:], moments)
    _check(table, data, "volume", data["volume"] < 0, "below zero; write amounts without a sign")
    ids = next((name for name in _TRADE_IDS if name in table.columns), None)
    return data if ids is None else data.assign(id=table.columns[ids].to_numpy())


def _rows(table: Table, wanted: tuple[str, ...], moments: pd.Series[pd.Timestamp]) -> pd.DataFrame:
    index = pd.DatetimeIndex(moments, name="time")
    return pd.DataFrame({name: _numbers(table, name) for name in wanted}, index=index)


def _one_a_time(
    file: str, data: pd.DataFrame, timeframe: str | None
) -> tuple[pd.DataFrame, str, list[str]]:
    data = data[data.index.notna()].sort_index(kind="stable")
    repeated = data.index.duplicated(keep="last")
    if not repeated.any():
        return data, check_timeframe_of(file, pd.DatetimeIndex(data.index), timeframe), []
    others = repeated & ~data.reset_index().duplicated(keep="last").to_numpy()
    if 2 * others.sum() >= len(data):
        raise MarketDataError(
            f"{file}, column 'time': {others.sum()} of {len(data)} rows share their time "
            f"with another row that has other prices: {LOST_DIGITS}; or keep one market a file"
        )
    first = data.index[repeated][0].isoformat()
    notice = (
        f"{file}: {repeated.sum()} rows share their time with a later row, which counts; "
        f"first: {first}"
    )
    data = data[~repeated]
    return data, check_timeframe_of(file, pd.DatetimeIndex(data.index), timeframe), [notice]


def _bars_of_trades(
    file: str, trades: pd.DataFrame, timeframe: str | None
) -> tuple[pd.DataFrame, str, list[str]]:
    """Gather trades; of those with one id one counts, without ids an overlap is told."""
    timeframe = timeframe or TRADES_TIMEFRAME
    notices = []
    if pd.DatetimeIndex(trades.index.dropna()).is_monotonic_decreasing:
        trades = trades[::-1]  # the newest first: those of one time as well
    if "id" in trades.columns:
        ids = trades["id"]
        again = (ids.duplicated() & ids.notna() & (ids != "")).to_numpy()
        if again.any():
            notices.append(f"{file}: {again.sum()} trades are there twice and count once")
        trades = trades[~again]
    elif not trades.index.dropna().is_monotonic_increasing:
        twice = int(trades.reset_index().duplicated().sum())
        if twice:
            notices.append(
                f"{file}: the times go back, and {twice} trades are like an earlier one; if "
                "exports overlap, their volume counts twice"
            )
    trades = trades[trades.index.notna()].sort_index(kind="stable")
    sources = dict.fromkeys(PRICE_COLUMNS, "price")
    return gathered(trades, sources, timeframe), timeframe, notices


def gathered(rows: pd.DataFrame, sources: Mapping[str, str], timeframe: str) -> pd.DataFrame:
    """Return one candle for each bar that has rows; `sources` are the columns of the prices."""
    begins = begins_of_bars(pd.DatetimeIndex(rows.index), timeframe).rename("time")
    groups = rows.groupby(begins)
    return pd.DataFrame(
        {
            "open": groups[sources["open"]].first(),
            "high": groups[sources["high"]].max(),
            "low": groups[sources["low"]].min(),
            "close": groups[sources["close"]].last(),
            "volume": groups["volume"].sum(min_count=1),
        }
    ).astype(float)


def _check(
    table: Table, data: pd.DataFrame, column: str, bad: pd.Series[bool], problem: str
) -> None:
    """Refuse the first cell of a column that is bad; the problem may name others of its row."""
    if bad.any():
        row = int(bad.to_numpy().argmax())
        value = data[column].iloc[row]
        raise MarketDataError(
            f"{table.place(row, column)}: {value:g} is {problem.format_map(data.iloc[row])}"
        )


def _numbers(table: Table, column: str) -> np.ndarray:
    cells = table.columns[column]
    if is_numeric_dtype(cells) and not is_bool_dtype(cells):
        values = cells.to_numpy(dtype=float, na_value=np.nan)
        empty = np.isnan(values)
    else:
        text = cells.astype(str).str.strip()
        values = pd.to_numeric(text, errors="coerce").to_numpy(dtype=float)
        empty = (cells.isna() | text.isin(NULL_WORDS)).to_numpy(dtype=bool)
    size = np.abs(values)
    bad = ~empty & (size != 0) & ~((size > 1 / BEYOND) & (size < BEYOND))
    if bad.any():
        row = int(bad.argmax())
        text_of_cell = str(cells.iloc[row]).strip()
        problem = (
            "not a number" if not np.isfinite(values[row]) else "no price or volume of a market"
        )
        hint = "write '.' as decimal sign" if has_decimal_comma(text_of_cell) else "correct"
        raise MarketDataError(
            f"{table.place(row, column)}: {shown(text_of_cell)} is {problem}; {hint} or empty the "
            "cell"
        )
    return values
