"""Candle files: Kraken OHLC, Kraken trades and generic OHLCV, as CSV or Parquet.

Assumes a file that fits in memory; CSV is UTF-8, comma-separated, one record a line. The layout is
found from the content, never from the name of the file:

* a first line of numbers only: Kraken's download without header, with 3 columns (trades: time,
  price, volume) or 7 or 8 (time, open, high, low, close, [vwap,] volume, count);
* a header with a column `time`: Kraken's layout, time in unix seconds or milliseconds or ISO 8601;
* any other header: generic, the first column is the time in ISO 8601 (without offset: UTC). Plain
  numbers are refused there, since nothing says what they count.

Guarantees an ascending UTC index without duplicates (the last one wins) and float columns; an
empty cell is NaN; a row without a time is left out and its line is listed. Trades are gathered to
bars; a bar without trades is left out, since no price was made in it.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa

from peak_trade.errors import MarketDataError
from peak_trade.runners.bars import CANDLE_COLUMNS, timeframe_name, timeframe_seconds
from peak_trade.schemas import NULL_WORDS

TRADES_TIMEFRAME: Final = "1m"
"""Bars that trades are gathered to if no time frame is asked for."""

SKIPPED_LINES: Final = "skipped_lines"
TIMEFRAME: Final = "timeframe"
"""Keys of `DataFrame.attrs` in the result of `load_candles`."""

_TRADE_COLUMNS: Final = ("time", "price", "volume")
_HEADERLESS: Final[dict[int, tuple[str, ...]]] = {
    3: _TRADE_COLUMNS,
    7: ("time", "open", "high", "low", "close", "volume", "count"),
    8: ("time", "open", "high", "low", "close", "vwap", "volume", "count"),
}
_MILLISECONDS_FROM: Final = 1e11  # as seconds this would be the year 5138
_LATEST: Final = 253_402_300_800.0  # unix seconds of the year 10000


@dataclass(frozen=True, slots=True)
class _Table:
    """Named raw columns, text (CSV) or typed (Parquet), and where they came from."""

    file: str
    columns: pd.DataFrame
    first_line: int
    word: str = "line"

    def place(self, row: int, column: str) -> str:
        return f"{self.file}, {self.word} {row + self.first_line}, column '{column}'"


def load_candles(path: Path | str, timeframe: str | None = None) -> pd.DataFrame:
    """Read a market-data file as candles.

    Parameters
    ----------
    path
        CSV file, or Parquet if the name ends in `.parquet` or `.pq`.
    timeframe
        Length of a bar, such as `5m`. Without it: of candles, the smallest step in the file; of
        trades, `TRADES_TIMEFRAME`.

    Returns
    -------
    DataFrame of shape (n, 5): UTC index, float columns open, high, low, close (quote currency) and
    volume (base units). `attrs["timeframe"]` is the length of a bar, `attrs["skipped_lines"]` the
    tuple of lines that have no time.

    Raises
    ------
    MarketDataError
        If the file cannot be used, or its candles are not `timeframe` apart; the message names
        file, line and column and how to mend it.
    SettingsError
        If `timeframe` is no time frame.
    """
    path = Path(path)
    if timeframe is not None:
        timeframe_seconds(timeframe)
    table = _read_parquet(path) if path.suffix in {".parquet", ".pq"} else _read_csv(path)
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
            timeframe_seconds(self.timeframe)
        table = _read_csv(Path(path))
        _require_columns(table, ("time",))
        return _candles(table, self.timeframe)


def _candles(table: _Table, timeframe: str | None) -> pd.DataFrame:
    is_trades = "price" in table.columns and "open" not in table.columns
    wanted = _TRADE_COLUMNS[1:] if is_trades else CANDLE_COLUMNS
    _require_columns(table, wanted)
    times = _times(table)
    data = pd.DataFrame({name: _numbers(table, name) for name in wanted})
    data.index = pd.DatetimeIndex(times, name="time")
    skipped = tuple(int(row) + table.first_line for row in np.flatnonzero(times.isna()))
    data = data[data.index.notna()].sort_index(kind="stable")
    if is_trades:
        timeframe = timeframe or TRADES_TIMEFRAME
        data = _gather(data, timeframe)
    else:
        data = data[~data.index.duplicated(keep="last")]
        timeframe = _check_step(table.file, data, timeframe)
    data.attrs = {TIMEFRAME: timeframe, SKIPPED_LINES: skipped}
    return data


def _read_csv(path: Path) -> _Table:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = next((row for row in csv.reader(file) if any(map(str.strip, row))), None)
        if first is None:
            raise MarketDataError(f"{path.name}, line 1: the file is empty; export it again")
        raw = pd.read_csv(
            path,
            header=None,
            names=range(len(first)),
            index_col=False,
            dtype=str,
            keep_default_na=False,
            skip_blank_lines=False,
            encoding="utf-8-sig",
        )
    except OSError as error:
        raise MarketDataError(f"{path.name} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise MarketDataError(f"{path.name} is not UTF-8 text; save it as UTF-8 CSV") from None
    except (csv.Error, pd.errors.ParserError) as error:
        line = re.search(r"line (\d+)", str(error))
        raise MarketDataError(
            f"{path.name}, line {line[1] if line else 1}: not as many cells as in the first line; "
            "correct or remove the line"
        ) from None
    return _with_header(path.name, first, raw)


def _with_header(file: str, first: list[str], raw: pd.DataFrame) -> _Table:
    if all(map(_is_number, first)):
        names = _HEADERLESS.get(len(first))
        if names is None:
            raise MarketDataError(
                f"{file}, line 1: {len(first)} columns of numbers without a header; Kraken's "
                "downloads have 3 (trades) or 7 or 8 (candles). Add a header line"
            )
        return _Table(file, raw.set_axis(list(names), axis="columns"), first_line=1)
    if len(first) == 1:
        raise MarketDataError(
            f"{file}, line 1: only one column; save the file with ',' between the columns"
        )
    blank = (raw.apply(lambda cells: cells.str.strip()) == "").all(axis="columns")
    header = int((~blank).to_numpy().argmax())
    body = raw.iloc[header + 1 :].reset_index(drop=True)
    names = tuple(name.strip().lower() for name in first)
    return _Table(file, body.set_axis(list(names), axis="columns"), first_line=header + 2)


def _read_parquet(path: Path) -> _Table:
    try:
        frame = pd.read_parquet(path)
    except OSError as error:
        raise MarketDataError(
            f"{path.name} cannot be read: {error.strerror or 'damaged'}"
        ) from None
    except pa.ArrowException:
        raise MarketDataError(f"{path.name} is not a Parquet file; write it again") from None
    if isinstance(frame.index, pd.DatetimeIndex):
        frame = frame.rename_axis("time").reset_index()
    names = [str(name).strip().lower() for name in frame.columns]
    return _Table(path.name, frame.set_axis(names, axis="columns"), first_line=1, word="row")


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _require_columns(table: _Table, wanted: tuple[str, ...]) -> None:
    missing = [name for name in wanted if name not in table.columns]
    if missing:
        found = ", ".join(map(str, table.columns.columns))
        raise MarketDataError(
            f"{table.file}, line 1: no column '{missing[0]}' (columns needed: "
            f"{', '.join(dict.fromkeys(('time', *wanted)))}; found: {found}). "
            "Name the columns in the first line"
        )
    repeated = table.columns.columns[table.columns.columns.duplicated()]
    if len(repeated):
        raise MarketDataError(f"{table.file}, line 1: column '{repeated[0]}' is there twice")


def _numbers(table: _Table, column: str) -> np.ndarray:
    cells = table.columns[column]
    text = cells.astype(str).str.strip()
    values = pd.to_numeric(text, errors="coerce").to_numpy(dtype=float)
    bad = ~np.isfinite(values) & ~(cells.isna() | text.isin(NULL_WORDS)).to_numpy(dtype=bool)
    if bad.any():
        row = int(bad.argmax())
        raise MarketDataError(
            f"{table.place(row, column)}: {text.iloc[row]!r} is not a number; "
            "correct or empty the cell"
        )
    return values


def _times(table: _Table) -> pd.Series[pd.Timestamp]:
    """Return the time of each row in UTC; NaT where the cell is empty."""
    kraken = "time" in table.columns
    column = "time" if kraken else str(table.columns.columns[0])
    cells = table.columns[column]
    if isinstance(cells.dtype, (pd.DatetimeTZDtype, np.dtypes.DateTime64DType)):
        return pd.to_datetime(cells, utc=True).dt.as_unit("us")
    text = cells.astype(str).str.strip()
    empty = cells.isna() | text.isin(NULL_WORDS)
    seconds = pd.to_numeric(text, errors="coerce")
    seconds = seconds.where(seconds.abs() < _MILLISECONDS_FROM, seconds / 1000)
    is_unix = seconds.notna() & (seconds.abs() < _LATEST)
    if not kraken and is_unix.any():
        row = int(is_unix.to_numpy().argmax())
        raise MarketDataError(
            f"{table.place(row, column)}: {text.iloc[row]!r} is a plain number; write ISO 8601 "
            "times, or name the column 'time' if it holds unix seconds"
        )
    stamps = pd.to_datetime(text.mask(is_unix), utc=True, format="ISO8601", errors="coerce")
    micros = (seconds[is_unix] * 1e6).round().astype("int64")
    stamps = stamps.dt.as_unit("us")
    stamps[is_unix] = pd.to_datetime(micros, unit="us", utc=True)
    bad = (stamps.isna() & ~empty).to_numpy()
    if bad.any():
        row = int(bad.argmax())
        raise MarketDataError(
            f"{table.place(row, column)}: {text.iloc[row]!r} is not a time; write ISO 8601, or "
            "unix seconds in a column 'time'"
        )
    return stamps


def _gather(trades: pd.DataFrame, timeframe: str) -> pd.DataFrame:
    """Gather trades to bars that begin at whole multiples of the time frame since 1970."""
    width = timeframe_seconds(timeframe) * 1_000_000  # microseconds
    micros = pd.DatetimeIndex(trades.index).as_unit("us").asi8
    begins = pd.DatetimeIndex(pd.to_datetime(micros // width * width, unit="us", utc=True))
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
    """Return the time frame of the candles, which has to be `timeframe` if that is given."""
    steps = np.diff(pd.DatetimeIndex(candles.index).as_unit("us").asi8)
    if not len(steps):
        return timeframe or TRADES_TIMEFRAME
    seconds, rest = divmod(int(steps.min()), 1_000_000)
    if rest:
        raise MarketDataError(f"{file}, column 'time': candles less than a second apart in places")
    found = timeframe_name(seconds)
    if timeframe is not None and timeframe_seconds(timeframe) != seconds:
        raise MarketDataError(
            f"{file}, column 'time': the candles are {found} apart, not {timeframe}; "
            f"ask for the time frame {found}"
        )
    return found
